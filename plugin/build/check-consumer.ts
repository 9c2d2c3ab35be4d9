/**
 * Packs the package and uses it as somebody who has nothing else would: a strict TypeScript project in a folder of its
 * own, and the two linters that know how runtimes and compilers resolve a package. Part of `npm run check`; no network.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../registry-helper/build/bundled-files.ts";

const MAIN = `
import { loadWorkflow, openRegistry, version } from "clawtask";
import { openFlows } from "clawtask/flows";

type IsAny<T> = 0 extends 1 & T ? true : false;
type Loaded = ReturnType<typeof loadWorkflow>;
type Definition = Loaded["definition"];
const isTyped: [IsAny<Loaded>, IsAny<Definition>, IsAny<Definition["nodes"][number]>, IsAny<ReturnType<typeof openFlows>>] = [
  false, false, false, false,
];
// @ts-expect-error a workflow has an id, and it is text
const wrong: Definition["workflowId"] = 1;
const registry = openRegistry({ root: "registry" });
const flow: string = openFlows({ root: "registry" }).createFlow({ title: "A flow" }).flowId;
export { flow, isTyped, registry, version, wrong };
`;
const TSCONFIG = {
  compilerOptions: {
    module: "nodenext",
    moduleResolution: "nodenext",
    target: "es2023",
    lib: ["es2023"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  },
  files: ["main.ts"],
};

const folder = mkdtempSync(join(tmpdir(), "clawtask-consumer-"));
try {
  const tarball = pack();
  const installed = join(folder, "node_modules/clawtask");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  // The one thing that a TypeScript project for Node always has.
  mkdirSync(join(folder, "node_modules/@types"));
  symlinkSync(join(PACKAGE_ROOT, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  writeFileSync(join(folder, "main.ts"), MAIN);
  const failed = [
    runTool("typescript/bin/tsc", "-p", folder),
    runTool("publint/src/cli.js", tarball, "--strict"),
    // The package is ESM only, so `require` gets a module from Node 22.13 on and old resolvers get nothing.
    runTool(
      "@arethetypeswrong/cli/dist/index.js",
      tarball,
      "--profile",
      "esm-only",
      "--no-definitely-typed",
      "--no-emoji",
    ),
  ].includes(false);
  if (failed) process.exitCode = 1;
  else console.log("consumer check: strict TypeScript, publint and attw accept the package");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(): string {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const output = execFileSync("npm", args, {
    encoding: "utf8",
    cwd: PACKAGE_ROOT,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const report = Object.values(JSON.parse(output) as Record<string, { filename: string }>)[0];
  if (report === undefined) throw new Error("npm pack wrote nothing");
  return join(folder, report.filename);
}

/** Runs a tool of node_modules; prints what it says only when it fails. */
function runTool(script: string, ...args: string[]): boolean {
  try {
    execFileSync(process.execPath, [join(PACKAGE_ROOT, "node_modules", script), ...args], {
      encoding: "utf8",
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return true;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    console.error(`${script}:\n${stdout}${stderr}`);
    return false;
  }
}
