/**
 * Builds the helper as one file for the skill and the package (`npm run build`).
 *
 * The verbs that drive a run must start in about the time of an empty Node. So what only the other verbs need (YAML,
 * lists, help) stands in a comment at the end of the file, and is compiled when one of them is called: a comment costs
 * next to nothing to load, while 170 kB of code cost 3 ms of every command, and 600 kB of text as a string 2 ms.
 */
import { appendFileSync } from "node:fs";
import { basename } from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";

/**
 * Modules that the start-up part calls, but seldom: there they are stubs, which compile the packed part when they are
 * called. They export functions alone.
 */
const LATE = [
  "workflow/parse-workflow.ts",
  "workflow/parse-added-node.ts",
  "workflow/check-against.ts",
  "views/ended-tasks.ts",
].map((path) => new URL(`../${path}`, import.meta.url).pathname);

/** What must not be in the start-up part: it costs more than a whole command. */
const TOO_LARGE = /node_modules\/(yaml|ajv|gray-matter)\/|workflow-validator\.generated|views\/index-database/;

/** What takes the place of js-yaml in every bundle. */
export const NO_JS_YAML = new URL("./no-js-yaml.cjs", import.meta.url).pathname;

const COMMON: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  alias: { "js-yaml": NO_JS_YAML },
  write: false,
};

/** Turns `await import("./x.ts")` of these files into a packed part, and late modules into stubs that open it. */
function packColdParts(pattern: RegExp, external: string[], parts: Map<string, string>): Plugin {
  return {
    name: "pack-cold-parts",
    setup(builder) {
      builder.onResolve({ filter: pattern }, (args) =>
        args.kind === "dynamic-import" || args.namespace === "late"
          ? { path: new URL(args.path, `file://${args.resolveDir}/`).pathname, namespace: "packed" }
          : undefined,
      );
      builder.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, namespace }) => {
        const file = new URL(path, `file://${resolveDir}/`).pathname;
        return namespace === "file" && LATE.includes(file) ? { path: file, namespace: "late" } : undefined;
      });
      builder.onLoad({ filter: /.*/, namespace: "packed" }, async ({ path }) => {
        const name = basename(path, ".ts");
        parts.set(name, await packedText(path, external));
        return { contents: openPart(name), loader: "js", resolveDir: "/" };
      });
      builder.onLoad({ filter: /.*/, namespace: "late" }, async ({ path }) => ({
        contents: await lateModule(path),
        loader: "js",
        resolveDir: "/",
      }));
    },
  };
}

const HELPERS_COLD_PART = new URL("../cli/cold-verbs.ts", import.meta.url).pathname;

/** The helper's cold part carries the late modules too: one text, compiled once. */
async function packedText(path: string, external: string[]): Promise<string> {
  const parts = path === HELPERS_COLD_PART ? [path, ...LATE] : [path];
  const contents = parts.map((part) => `export * from ${JSON.stringify(part)};`).join("\n");
  const stdin = { contents, resolveDir: "/", loader: "ts" as const };
  const result = await build({ ...COMMON, stdin, write: false, external });
  return result.outputFiles?.[0]?.text ?? "";
}

/** Stands for the end of a comment inside of one. */
const COMMENT_END = "*\u0001/";

/** Code that finds a part at the end of its own file, and compiles it. */
function openPart(name: string): string {
  return `
    const Module = require("node:module");
    const file = require("node:fs").readFileSync(__filename, "utf8");
    const mark = ["/*packed", ${JSON.stringify(name)}, ""].join(":");
    const start = file.lastIndexOf(mark) + mark.length;
    if (start < mark.length) throw new Error(__filename + " is not whole: install it again");
    const text = file.slice(start, file.indexOf("*/", start)).replaceAll(${JSON.stringify(COMMENT_END)}, "*/");
    const part = new Module(__filename);
    part.filename = __filename;
    part.paths = module.paths;
    part._compile(text, __filename + ".cold");
    module.exports = part.exports;`;
}

async function lateModule(path: string): Promise<string> {
  const { metafile } = await build({ entryPoints: [path], format: "esm", metafile: true, write: false });
  const names = Object.values(metafile.outputs).flatMap((output) => output.exports);
  const cold = `require(${JSON.stringify(HELPERS_COLD_PART)})`;
  return names.map((name) => `export const ${name} = (...args) => ${cold}.${name}(...args);`).join("\n");
}

/** Bundles one entry with its cold parts packed into the same file. */
export async function bundleWithColdParts(options: {
  entry: string;
  outfile: string;
  cold: RegExp;
  banner: string;
  external?: string[];
}): Promise<void> {
  const parts = new Map<string, string>();
  const { metafile } = await build({
    ...COMMON,
    write: true,
    entryPoints: [options.entry],
    outfile: options.outfile,
    banner: { js: options.banner },
    external: options.external ?? [],
    metafile: true,
    plugins: [packColdParts(options.cold, options.external ?? [], parts)],
  });
  for (const [name, text] of parts)
    appendFileSync(options.outfile, `/*packed:${name}:${text.replaceAll("*/", COMMENT_END)}*/\n`);
  const heavy = Object.keys(metafile.inputs).filter((input) => TOO_LARGE.test(input));
  if (heavy.length > 0) throw new Error(`${options.outfile} would load ${heavy.join(", ")} at every start`);
}

/** The helper alone, as the skill carries it. */
export async function bundleHelper(): Promise<void> {
  await bundleWithColdParts({
    entry: new URL("../cli/helper.ts", import.meta.url).pathname,
    outfile: new URL("../../skills/clawtask/scripts/clawtask.cjs", import.meta.url).pathname,
    cold: /cold-verbs\.ts$/,
    banner: "#!/usr/bin/env node\n// ClawTask registry helper, MIT. Built from registry-helper/; do not edit.",
  });
}

if (import.meta.main) await bundleHelper();
