/**
 * Packs the package and uses it as somebody who has nothing else would: a strict TypeScript project in a folder of its
 * own, and the two linters that know how runtimes and compilers resolve a package. Part of `npm run check`; no network.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../registry-helper/build/bundled-files.ts";

const MAIN = `
import {
  ClawTaskError, isClawTaskError, openRegistry, openRegistryInWorker, version,
  type ErrorCode, type NextStep, type OperationDocument, type OperationInput, type OperationName, type RegistryApi,
  type TaskRecord,
} from "clawtask";
import { openFlows } from "clawtask/flows";

type IsAny<T> = 0 extends 1 & T ? true : false;
type Document = OperationDocument<"runs.scaffold">;
const isTyped: [IsAny<RegistryApi["runs"]>, IsAny<Document>, IsAny<TaskRecord>, IsAny<ReturnType<typeof openFlows>>] = [
  false, false, false, false,
];
const areTyped: { [Name in OperationName]: IsAny<OperationDocument<Name>> | IsAny<OperationInput<Name>> } =
  {} as Record<OperationName, false>;

const registry = openRegistry({ root: "registry", actor: "consumer", onNotice: (notice: string) => console.error(notice) });
const { path } = registry.workflows.new({ name: "demo", template: "blank" });
const made: Document = registry.runs.scaffold({ runId: "demo-1", workflowPath: path, sourceSessionKey: "consumer" });
const [step]: NextStep[] = registry.runs.next({ runId: made.runId, claim: true }).steps;
const nodeId: string = step?.nodeId ?? "";
registry.runs.transitionNode({ runId: made.runId, nodeId, status: "failed", message: undefined });
const flow: string = openFlows({ root: "registry" }).createFlow({ title: "A flow" }).flowId;
// @ts-expect-error the id of a run is text
const wrong = (): unknown => registry.runs.show({ runId: 1 });
// @ts-expect-error there is no such property
const unknown = (): unknown => registry.tasks.list({ stauts: "running" });
// @ts-expect-error a run must be named
const missing = (): unknown => registry.runs.show();

const worker = openRegistryInWorker({ root: "registry" });
const { flows } = await worker.flows.list({ owner: undefined });
const code: ErrorCode | undefined = await worker.runs.show({ runId: "none" }).then(
  () => undefined,
  (error: unknown) => (isClawTaskError(error) && error instanceof ClawTaskError ? error.code : undefined),
);
await worker.close();
if (code !== "run_not_found" || !flows.some(({ flowId }) => flowId === flow)) throw new Error(\`\${code}: \${flows.length}\`);
export { areTyped, isTyped, missing, unknown, version, wrong };
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
  files: ["main.ts", "page.ts"],
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
  const page = readFileSync(join(installed, "docs/library.md"), "utf8");
  writeFileSync(
    join(folder, "page.ts"),
    [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join("\n"),
  );
  const failed = [
    runTool("typescript/bin/tsc", "-p", folder),
    runMain(),
    findTypeBox(join(installed, "dist/types")),
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

/** Runs the program on the installed package. The Node of npm scripts runs TypeScript by itself. */
function runMain(): boolean {
  return run("main.ts", [join(folder, "main.ts")]);
}

/** Types must not need a package that is not installed with this one. */
function findTypeBox(types: string): boolean {
  const files = readdirSync(types, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".d.ts"));
  const found = files.filter((path) => readFileSync(join(types, path), "utf8").includes("@sinclair/typebox"));
  for (const path of found) console.error(`dist/types/${path} imports @sinclair/typebox`);
  return found.length === 0;
}

/** Runs a tool of node_modules; prints what it says only when it fails. */
function runTool(script: string, ...args: string[]): boolean {
  return run(script, [join(PACKAGE_ROOT, "node_modules", script), ...args]);
}

function run(name: string, args: readonly string[]): boolean {
  try {
    execFileSync(process.execPath, args, {
      encoding: "utf8",
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return true;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    console.error(`${name}:\n${stdout}${stderr}`);
    return false;
  }
}
