/**
 * Builds the helper for the skill and the package (`npm run build`).
 *
 * The verbs that drive a run must start in about the time of an empty Node. So what only the other verbs need (YAML,
 * lists, help) stands in files of its own beside the helper, and is compiled when one of them is called: 170 kB of code
 * cost 3 ms of every command, and 760 kB behind it in the same file, even as a comment, 1 ms and 4 ms of processor time.
 */
import { rmSync } from "node:fs";
import { basename } from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { type BundledFile, bundledFiles, PACKAGE_ROOT, VERSION_ONLY, WITHOUT_ENGINES } from "./bundled-files.ts";

const source = (path: string): string => new URL(`../${path}`, import.meta.url).pathname;

/**
 * The helper's parts, and the late modules that each carries: modules that other parts call, but seldom. There they are
 * stubs, which load the part when they are called. They export functions alone.
 */
const CHUNKS: Readonly<Record<string, readonly string[]>> = {
  // Every run begins with it: YAML and the checks of a definition, without all that lists and looks need.
  [source("domain/workflow/parse-workflow.ts")]: [
    "domain/workflow/parse-workflow.ts",
    "domain/workflow/parse-added-node.ts",
  ].map(source),
  // Widths of East Asian letters and emoji: most outputs have none.
  [source("cli/output/wide-text.ts")]: [source("cli/output/wide-text.ts")],
  [source("cli/lazy-commands.ts")]: ["domain/workflow/check-json-schema.ts", "views/queries/ended-tasks.ts"].map(
    source,
  ),
};
/** Which part a late module is in. */
const CHUNK_BY_MODULE = new Map(
  Object.entries(CHUNKS).flatMap(([chunk, lazyModules]) => lazyModules.map((module) => [module, chunk] as const)),
);

/** What must not be in the start-up part: it costs more than a whole command. */
const TOO_LARGE = /node_modules\/(yaml|gray-matter|re2js)\/|workflow-validator\.generated|views\/index\/index-database/;

const COMMON = {
  absWorkingDir: PACKAGE_ROOT,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  // Whoever installs the skill may want to read it, so names are kept everywhere.
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
} as const satisfies BuildOptions;
/** The start-up part is read at every command, and its white space alone costs 2 % of one: lines, but no indentation. */
const STARTUP = { minifyWhitespace: true, lineLimit: 120 } as const;

/** What is being bundled: a start-up file, and its parts, each a file beside it. */
interface Bundle {
  outfile: string;
  /** Files that are parts when they are imported by `await import("./x.ts")`. */
  lazy: RegExp;
  external: string[];
  /** The parts that somebody has asked for, by their source. */
  chunks: Map<string, Promise<BundledFile[]>>;
}

/** `clawtask.cjs` has its part `lazy-commands` in `clawtask.lazy-commands.cjs`. */
function chunkFile({ outfile }: Bundle, path: string): string {
  return outfile.replace(/\.cjs$/, `.${basename(path, ".ts")}.cjs`);
}

/** Turns imports of parts into code that loads them, and late modules that are not in this part into stubs. */
function splitChunks(bundle: Bundle, own: string): Plugin {
  return {
    name: "split-parts",
    setup(builder) {
      builder.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, namespace, kind }) => {
        const file = new URL(path, `file://${resolveDir}/`).pathname;
        if (kind === "dynamic-import" && bundle.lazy.test(path)) return { path: file, namespace: "part" };
        const chunk = namespace === "file" ? CHUNK_BY_MODULE.get(file) : undefined;
        return chunk === undefined || chunk === own ? undefined : { path: file, namespace: "late" };
      });
      builder.onResolve({ filter: /^\.\/[^/]+\.cjs$/, namespace: "part" }, external);
      builder.onResolve({ filter: /^\.\/[^/]+\.cjs$/, namespace: "late" }, external);
      builder.onLoad({ filter: /.*/, namespace: "part" }, ({ path }) => ({
        contents: `module.exports = ${loadChunkCode(bundle, path)};`,
        loader: "js",
      }));
      builder.onLoad({ filter: /.*/, namespace: "late" }, async ({ path }) => ({
        contents: await lazyModuleStub(path, loadChunkCode(bundle, CHUNK_BY_MODULE.get(path) ?? "")),
        loader: "js",
      }));
    },
  };
}

function external({ path }: { path: string }): { path: string; external: true } {
  return { path, external: true };
}

/** The code that loads a part, which is built once somebody wants it. */
function loadChunkCode(bundle: Bundle, path: string): string {
  if (!bundle.chunks.has(path)) bundle.chunks.set(path, buildChunk(bundle, path));
  return `require(${JSON.stringify(`./${basename(chunkFile(bundle, path))}`)})`;
}

/** A part with its late modules. */
async function buildChunk(bundle: Bundle, path: string): Promise<BundledFile[]> {
  const modules = new Set([path, ...(CHUNKS[path] ?? [])]);
  const contents = [...modules].map((module) => `export * from ${JSON.stringify(module)};`).join("\n");
  const stdin = { contents, resolveDir: "/", loader: "ts" as const };
  const { external } = bundle;
  const outfile = chunkFile(bundle, path);
  const plugins = [splitChunks(bundle, path), VERSION_ONLY, WITHOUT_ENGINES];
  const { metafile } = await build({ ...COMMON, stdin, outfile, external, plugins });
  return bundledFiles(metafile);
}

async function lazyModuleStub(path: string, chunk: string): Promise<string> {
  const { metafile } = await build({ entryPoints: [path], format: "esm", metafile: true, write: false });
  const names = Object.values(metafile.outputs).flatMap((output) => output.exports);
  return names.map((name) => `export const ${name} = (...args) => ${chunk}.${name}(...args);`).join("\n");
}

/** Bundles one entry with its parts beside it; tells what is in each file. */
export async function bundleInChunks(options: {
  entry: string;
  outfile: string;
  lazy: RegExp;
  banner: string;
  external?: string[];
}): Promise<BundledFile[]> {
  const { outfile, lazy } = options;
  const bundle: Bundle = { outfile, lazy, external: options.external ?? [], chunks: new Map() };
  const { metafile } = await build({
    ...COMMON,
    ...STARTUP,
    entryPoints: [options.entry],
    outfile,
    banner: { js: options.banner },
    external: bundle.external,
    plugins: [splitChunks(bundle, options.entry), VERSION_ONLY, WITHOUT_ENGINES],
  });
  // A part that is built may ask for another one: the map grows while it is gone through.
  const files = bundledFiles(metafile);
  for (const chunk of bundle.chunks.values()) files.push(...(await chunk));
  const heavy = Object.keys(metafile.inputs).filter((input) => TOO_LARGE.test(input));
  if (heavy.length > 0) throw new Error(`${outfile} would load ${heavy.join(", ")} at every start`);
  return files;
}

/** The helper alone, as the skill carries it. */
export async function bundleHelper(): Promise<BundledFile[]> {
  const scripts = new URL("../../skills/clawtask/scripts/", import.meta.url).pathname;
  rmSync(scripts, { recursive: true, force: true });
  return bundleInChunks({
    entry: new URL("../cli/bin.ts", import.meta.url).pathname,
    outfile: `${scripts}clawtask.cjs`,
    lazy: /lazy-commands\.ts$/,
    banner: "#!/usr/bin/env node\n// ClawTask registry helper, MIT. Built from registry-helper/; do not edit.",
  });
}

if (import.meta.main) await bundleHelper();
