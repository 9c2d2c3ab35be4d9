import { readFileSync } from "node:fs";
import { buildSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { findGeneratedCode } from "../../../plugin/build/generated-code.ts";

describe("the check of the bundles for text that is run as code", () => {
  it.each([
    'const f = new Function("a", code);',
    "new   Function(code)",
    'Function("return this")()',
    "const value = eval(text);",
    "(0, eval)(text)",
    "(0,globalThis.eval)(text)",
    "window.eval(text)",
    "str = eval('(' + str + ')')",
  ])("finds %s", (code) => {
    expect(findGeneratedCode(`let before;\n${code}\nlet after;`)).not.toEqual([]);
  });

  it.each([
    "class Node { eval(input, pos) { return this.subs[0].eval(input, pos); } }",
    "new Worker(code, { eval: true })",
    "isFunction(value)",
    "medieval(text)",
    "typeof value === 'function' && value instanceof Function",
  ])("does not take for it %s", (code) => {
    expect(findGeneratedCode(code)).toEqual([]);
  });

  it.each(["ajv", "ajv/dist/compile/index.js"])("would find %s in a bundle", (name) => {
    const { outputFiles } = buildSync({
      stdin: { contents: `export * from "${name}";`, resolveDir: process.cwd() },
      bundle: true,
      platform: "node",
      write: false,
    });
    expect(findGeneratedCode(outputFiles[0]?.text ?? "")).not.toEqual([]);
  });

  it("finds none in what ships", () => {
    for (const file of [
      "dist/clawtask.cjs",
      "dist/clawtask.lazy-commands.cjs",
      "dist/plugin.js",
      "dist/ledger-worker.cjs",
    ])
      expect(findGeneratedCode(readFileSync(file, "utf8")), file).toEqual([]);
  });
});
