/** Builds everything that the package ships (`npm run build`). */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { bundleHelper, bundleInChunks } from "../../registry-helper/build/bundle-helper.ts";
import {
  bundledFiles,
  PACKAGE_ROOT,
  VERSION_ONLY,
  WITHOUT_ENGINES,
} from "../../registry-helper/build/bundled-files.ts";
import { findBundledPackages, formatLicenses } from "./bundled-packages.ts";
import { bundleDashboard } from "./dashboard.ts";
import { createSbom } from "./sbom.ts";

const at = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname;

/** A dependency's call for a module of Node, such as `require("fs")`. */
const BUILTIN_REQUIRE = new RegExp(`\\brequire\\((["'])(?:node:)?(${builtinModules.join("|")})\\1\\)`, "g");
/**
 * CommonJS dependencies inside an ES module get Node's modules without `require`: there is none, and one that the bundle
 * declares is lost when a loader such as tsx turns the bundle into CommonJS again.
 */
const WITHOUT_REQUIRE: Plugin = {
  name: "without-require",
  setup(builder) {
    builder.onLoad({ filter: /[\\/]node_modules[\\/].*\.c?js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(BUILTIN_REQUIRE, 'process.getBuiltinModule("$2")'),
    }));
  },
};

/**
 * What proper-lockfile brings along that would change the process of the host, and what stands for it. `signal-exit` handles
 * the signals of the process and replaces `process.emit`, to remove locks at its end: a claim is released when the plugin
 * stops, and that of a process that was killed goes stale by itself. `graceful-fs` replaces `fs.close`, `process.cwd` and
 * `process.chdir`, to try again when there are too many open files: the claim is tried again anyway.
 */
const HARMLESS: Readonly<Record<string, string>> = {
  "signal-exit": "module.exports = () => () => undefined;",
  "graceful-fs": 'module.exports = process.getBuiltinModule("fs");',
};
const WITHOUT_PATCHES: Plugin = {
  name: "without-patches",
  setup(builder) {
    const filter = new RegExp(`^(${Object.keys(HARMLESS).join("|")})$`);
    builder.onResolve({ filter }, ({ path }) => ({ path, namespace: "harmless" }));
    builder.onLoad({ filter: /.*/, namespace: "harmless" }, ({ path }) => ({ contents: HARMLESS[path] ?? "" }));
  },
};

const LIBRARY = {
  absWorkingDir: PACKAGE_ROOT,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  // ws would otherwise look for native helpers wherever the gateway happens to have some.
  define: { "process.env.WS_NO_BUFFER_UTIL": '"1"', "process.env.WS_NO_UTF_8_VALIDATE": '"1"' },
  plugins: [VERSION_ONLY, WITHOUT_ENGINES, WITHOUT_PATCHES, WITHOUT_REQUIRE],
} satisfies BuildOptions;
/**
 * Threads are started from their code, so that what stands at its top would become global: TypeBox's `Iterator` took the
 * place of the language's, and SQLite's rows could not be walked any more.
 */
const IIFE_FORMAT = { format: "cjs", banner: { js: "(() => {" }, footer: { js: "})();" } } as const;
/**
 * For stack traces with `node --enable-source-maps`. The text of the sources is left out: names are kept in the bundles,
 * and the sources are in the repository. Workers run from their code, not from a file, so a map beside them is of no use.
 */
const WITH_MAP = { sourcemap: "linked", sourcesContent: false } as const;
rmSync(at("dist"), { recursive: true, force: true });

const [skill, command, dashboard, ...libraries] = await Promise.all([
  bundleHelper(),
  bundleInChunks({
    entry: at("plugin/cli/main.ts"),
    outfile: at("dist/clawtask.cjs"),
    lazy: /(lazy-commands|package-commands)\.ts$/,
    banner: "#!/usr/bin/env node\n// The clawtask command, MIT. Built from plugin/cli/; do not edit.",
  }),
  bundleDashboard(),
  // What the public entries and their thread have in common is in one file beside them.
  build({
    ...LIBRARY,
    ...WITH_MAP,
    entryPoints: {
      "registry-helper": at("registry-helper/index.ts"),
      "registry-worker": at("registry-helper/api/registry-worker.ts"),
      flows: at("registry-helper/flows.ts"),
    },
    outdir: at("dist"),
    splitting: true,
    chunkNames: "library-[hash]",
  }),
  build({
    ...LIBRARY,
    ...WITH_MAP,
    entryPoints: [at("plugin/index.ts")],
    outfile: at("dist/plugin.js"),
    external: ["openclaw", "openclaw/*"],
  }),
  build({
    ...LIBRARY,
    ...IIFE_FORMAT,
    entryPoints: [at("plugin/recorder/recorder-worker.ts")],
    outfile: at("dist/ledger-worker.cjs"),
  }),
  build({
    ...LIBRARY,
    ...IIFE_FORMAT,
    entryPoints: [at("plugin/control-plane/worker/worker.ts")],
    outfile: at("dist/control-plane-worker.cjs"),
  }),
]);

const dist = [...command, ...dashboard, ...libraries.flatMap(({ metafile }) => bundledFiles(metafile))];
writeFileSync(at("dist/THIRD_PARTY_LICENSES.txt"), formatLicenses(findBundledPackages(dist)));
writeFileSync(at("skills/clawtask/LICENSES.txt"), formatLicenses(findBundledPackages(skill)));
const sbom = createSbom(findBundledPackages([...dist, ...skill]));
writeFileSync(at("dist/sbom.cdx.json"), `${JSON.stringify(sbom, null, 2)}\n`);
