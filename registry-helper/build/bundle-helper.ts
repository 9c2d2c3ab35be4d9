/**
 * Builds the helper as one file for the skill and the package (`npm run build`).
 *
 * The hot verbs must start in about the time of an empty Node. So what only the other verbs need (YAML,
 * lists, help) is packed into the file as text, and compiled when one of them is called: a text costs
 * nothing to load, while 170 kB of code cost 3 ms of every command.
 */
import { build, type BuildOptions, type Plugin } from "esbuild";

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

/** Turns `await import("./x.ts")` of these files into a packed part. */
export function packColdParts(pattern: RegExp, external: string[] = []): Plugin {
  return {
    name: "pack-cold-parts",
    setup(builder) {
      builder.onResolve({ filter: pattern }, (args) =>
        args.kind === "dynamic-import"
          ? { path: new URL(args.path, `file://${args.resolveDir}/`).pathname, namespace: "packed" }
          : undefined,
      );
      builder.onLoad({ filter: /.*/, namespace: "packed" }, async ({ path }) => ({
        contents: await packedModule(path, external),
        loader: "js",
        resolveDir: "/",
      }));
    },
  };
}

async function packedModule(path: string, external: string[]): Promise<string> {
  const result = await build({ ...COMMON, entryPoints: [path], write: false, external });
  const code = result.outputFiles?.[0]?.text ?? "";
  return `
    const Module = require("node:module");
    const part = new Module(__filename);
    part.filename = __filename;
    part.paths = module.paths;
    part._compile(${JSON.stringify(code)}, __filename + ".cold");
    module.exports = part.exports;`;
}

/** Bundles one entry with its cold parts packed into the same file. */
export async function bundleWithColdParts(options: {
  entry: string;
  outfile: string;
  cold: RegExp;
  banner: string;
  external?: string[];
}): Promise<void> {
  await build({
    ...COMMON,
    write: true,
    entryPoints: [options.entry],
    outfile: options.outfile,
    banner: { js: options.banner },
    external: options.external ?? [],
    plugins: [packColdParts(options.cold, options.external)],
  });
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
