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

const source = (path: string): string => new URL(`../${path}`, import.meta.url).pathname;

/**
 * The helper's packed parts, and the late modules that each carries: modules that other parts call, but seldom. There
 * they are stubs, which compile the part when they are called. They export functions alone.
 */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  // Every run begins with it: YAML and the checks of a definition, without all that lists and looks need.
  [source("cli/verbs/scaffold.ts")]: ["workflow/parse-workflow.ts", "workflow/parse-added-node.ts"].map(source),
  [source("cli/cold-verbs.ts")]: ["workflow/check-against.ts", "views/ended-tasks.ts"].map(source),
};
/** Which part a late module is in. */
const PART_OF = new Map(Object.entries(PARTS).flatMap(([part, late]) => late.map((module) => [module, part] as const)));

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

/** What is being bundled: parts are packed into the same file, whichever part asks for them. */
interface Bundle {
  /** Files that are parts when they are imported by `await import("./x.ts")`. */
  cold: RegExp;
  external: string[];
  /** Texts of the parts by name; a promise as soon as somebody has asked for one. */
  parts: Map<string, Promise<string>>;
}

/** Turns imports of parts into code that opens them, and late modules that are not in this part into stubs. */
function packParts(bundle: Bundle, own: string): Plugin {
  return {
    name: "pack-cold-parts",
    setup(builder) {
      builder.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, namespace, kind }) => {
        const file = new URL(path, `file://${resolveDir}/`).pathname;
        const isPart = namespace === "late" || (kind === "dynamic-import" && bundle.cold.test(path));
        if (isPart) return { path: file, namespace: "packed" };
        const part = namespace === "file" ? PART_OF.get(file) : undefined;
        return part === undefined || part === own ? undefined : { path: file, namespace: "late" };
      });
      builder.onLoad({ filter: /.*/, namespace: "packed" }, ({ path }) => {
        const name = basename(path, ".ts");
        if (!bundle.parts.has(name)) bundle.parts.set(name, packedText(bundle, path));
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

/** A part with its late modules: one text, compiled once. */
async function packedText(bundle: Bundle, path: string): Promise<string> {
  const modules = [path, ...(PARTS[path] ?? [])];
  const contents = modules.map((module) => `export * from ${JSON.stringify(module)};`).join("\n");
  const stdin = { contents, resolveDir: "/", loader: "ts" as const };
  const { external } = bundle;
  const result = await build({ ...COMMON, stdin, write: false, external, plugins: [packParts(bundle, path)] });
  return result.outputFiles?.[0]?.text ?? "";
}

/** Stands for the end of a comment inside of one. */
const COMMENT_END = "*\u0001/";

/**
 * Code that finds a part at the end of its own file, and compiles it under that file's name with its own behind. All of
 * it is ASCII, which is read as latin1 without being looked at.
 */
function openPart(name: string): string {
  return `
    const Module = require("node:module");
    const path = __filename.replace(/\\.cjs\\.[\\w-]+$/, ".cjs");
    const file = require("node:fs").readFileSync(path, "latin1");
    const mark = ["/*packed", ${JSON.stringify(name)}, ""].join(":");
    const start = file.lastIndexOf(mark) + mark.length;
    if (start < mark.length) throw new Error(path + " is not whole: install it again");
    const text = file.slice(start, file.indexOf("*/", start)).replaceAll(${JSON.stringify(COMMENT_END)}, "*/");
    const part = new Module(path);
    part.filename = path;
    part.paths = module.paths;
    part._compile(text, path + ".${name}");
    module.exports = part.exports;`;
}

async function lateModule(path: string): Promise<string> {
  const { metafile } = await build({ entryPoints: [path], format: "esm", metafile: true, write: false });
  const names = Object.values(metafile.outputs).flatMap((output) => output.exports);
  const part = `require(${JSON.stringify(PART_OF.get(path))})`;
  return names.map((name) => `export const ${name} = (...args) => ${part}.${name}(...args);`).join("\n");
}

/** Bundles one entry with its cold parts packed into the same file. */
export async function bundleWithColdParts(options: {
  entry: string;
  outfile: string;
  cold: RegExp;
  banner: string;
  external?: string[];
}): Promise<void> {
  const bundle: Bundle = { cold: options.cold, external: options.external ?? [], parts: new Map() };
  const { metafile } = await build({
    ...COMMON,
    write: true,
    entryPoints: [options.entry],
    outfile: options.outfile,
    banner: { js: options.banner },
    external: bundle.external,
    metafile: true,
    plugins: [packParts(bundle, options.entry)],
  });
  // A part that is packed may ask for another one: the map grows while it is gone through.
  for (const [name, packing] of bundle.parts) {
    const text = await packing;
    appendFileSync(options.outfile, `/*packed:${name}:${text.replaceAll("*/", COMMENT_END)}*/\n`);
  }
  const heavy = Object.keys(metafile.inputs).filter((input) => TOO_LARGE.test(input));
  if (heavy.length > 0) throw new Error(`${options.outfile} would load ${heavy.join(", ")} at every start`);
}

/** The helper alone, as the skill carries it. */
export async function bundleHelper(): Promise<void> {
  await bundleWithColdParts({
    entry: new URL("../cli/helper.ts", import.meta.url).pathname,
    outfile: new URL("../../skills/clawtask/scripts/clawtask.cjs", import.meta.url).pathname,
    cold: /(cold-verbs|verbs\/scaffold)\.ts$/,
    banner: "#!/usr/bin/env node\n// ClawTask registry helper, MIT. Built from registry-helper/; do not edit.",
  });
}

if (import.meta.main) await bundleHelper();
