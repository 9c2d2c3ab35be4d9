import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Metafile, Plugin } from "esbuild";

/** The folder of the package, to which paths in metafiles are relative. */
export const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A file that the build wrote, and the files whose code is in it. */
export interface BundledFile {
  /** Relative to the package's folder. */
  file: string;
  inputs: string[];
}

/** What each output contains. Inputs of which nothing is left after tree shaking are not in it. */
export function bundledFiles({ outputs }: Metafile): BundledFile[] {
  return Object.entries(outputs)
    .map(([file, { inputs }]) => ({
      file,
      inputs: Object.keys(inputs).filter((input) => (inputs[input]?.bytesInOutput ?? 0) > 0),
    }))
    .filter(({ inputs }) => inputs.length > 0);
}

/** Keeps scripts and dependencies out of the bundles: of package.json the code reads the version only. */
export const VERSION_ONLY: Plugin = {
  name: "version-only",
  setup(builder) {
    builder.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
      if (path !== `${PACKAGE_ROOT}package.json`) return undefined;
      const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

/**
 * Leaves gray-matter's own engines out of the bundles. They would bring js-yaml (130 kB) and code that evaluates
 * JavaScript; `domain/workflow/front-matter.ts` gives an engine for every language.
 */
export const WITHOUT_ENGINES: Plugin = {
  name: "without-engines",
  setup(builder) {
    builder.onLoad({ filter: /[\\/]gray-matter[\\/]lib[\\/]engines\.js$/ }, () => ({
      contents: "module.exports = {};",
    }));
  },
};
