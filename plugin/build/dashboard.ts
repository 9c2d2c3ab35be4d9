import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { type BundledFile, bundledFiles, PACKAGE_ROOT } from "../../registry-helper/build/bundled-files.ts";

const SOURCE = new URL("../dashboard/", import.meta.url).pathname;
const TARGET = new URL("../../dist/dashboard/", import.meta.url).pathname;

/**
 * Builds the dashboard into `dist/dashboard/`: one classic script, one style sheet, the layout worker and a page that
 * names them relative to itself. Names carry a hash of the content, so that a browser may keep them for ever.
 */
export async function bundleDashboard(): Promise<BundledFile[]> {
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(TARGET, { recursive: true });
  const elk = createRequire(import.meta.url).resolve("elkjs/lib/elk-worker.min.js");
  const worker = write("elk-worker", "js", readFileSync(elk));
  const { outputFiles, metafile } = await build({
    absWorkingDir: PACKAGE_ROOT,
    entryPoints: { app: join(SOURCE, "app/main.tsx") },
    outdir: TARGET,
    write: false,
    bundle: true,
    minify: true,
    // No module script: a frame without an origin may not load one.
    format: "iife",
    platform: "browser",
    target: ["chrome115", "firefox115", "safari16.4"],
    jsx: "automatic",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    define: { "process.env.NODE_ENV": '"production"', ELK_WORKER_FILE: JSON.stringify(worker) },
  });
  const names = new Map<string, string>();
  for (const { path, contents } of outputFiles) {
    const extension = path.endsWith(".css") ? "css" : "js";
    names.set(`app.${extension}`, write("app", extension, contents));
  }
  const page = readFileSync(join(SOURCE, "index.html"), "utf8").replace(
    /(href|src)="(app\.\w+)"/g,
    (_all, attribute: string, name: string) => `${attribute}="${names.get(name) ?? name}"`,
  );
  writeFileSync(join(TARGET, "index.html"), page);
  copyFileSync(join(SOURCE, "icon.svg"), join(TARGET, "icon.svg"));
  const named = bundledFiles(metafile).map(({ file, inputs }) => ({
    file: `dist/dashboard/${names.get(basename(file)) ?? file}`,
    inputs,
  }));
  return [...named, { file: `dist/dashboard/${worker}`, inputs: [elk] }];
}

function write(name: string, extension: string, contents: Uint8Array): string {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 10);
  const file = `${name}-${hash}.${extension}`;
  writeFileSync(join(TARGET, file), contents);
  return file;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundleDashboard();
