/**
 * Checks what `npm pack` would publish: everything that a user needs is in, nothing else, and the texts about it are
 * true. Part of `npm run check`.
 */
import { execFileSync } from "node:child_process";
import { findContentProblems } from "./check-contents.ts";

const NEEDED = [
  "package.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "openclaw.plugin.json",
  "assets/icon.png",
  "assets/activity.svg",
  "dist/plugin.js",
  "dist/ledger-worker.cjs",
  "dist/control-plane-worker.cjs",
  "dist/clawtask.cjs",
  "dist/clawtask.lazy-commands.cjs",
  "dist/clawtask.package-commands.cjs",
  "dist/clawtask.parse-workflow.cjs",
  "dist/registry-helper.js",
  "dist/registry-worker.js",
  "dist/flows.js",
  "dist/dashboard/index.html",
  "dist/dashboard/icon.svg",
  "dist/THIRD_PARTY_LICENSES.txt",
  "dist/sbom.cdx.json",
  "dist/plugin.js.map",
  "dist/registry-helper.js.map",
  "dist/flows.js.map",
  "dist/types/registry-helper/index.d.ts",
  "dist/types/registry-helper/flows.d.ts",
  "skills/clawtask/SKILL.md",
  "skills/clawtask/scripts/clawtask.cjs",
  "skills/clawtask/scripts/clawtask.lazy-commands.cjs",
  "skills/clawtask/scripts/clawtask.parse-workflow.cjs",
  "skills/clawtask/LICENSES.txt",
  "skills/clawtask/assets/research-report.task.md",
];
const ALLOWED =
  /^(dist|skills|docs|assets)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md|openclaw\.plugin\.json)$/;
/**
 * Of these, 0.8 MB are the dashboard (React, React Flow, and a layout engine that was translated from Java), 0.4 MB the
 * source maps and 0.1 MB the pictures in the docs.
 */
const MAX_PACKED_BYTES = 3_800_000;

interface PackReport {
  size: number;
  files: { path: string }[];
}

const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "ignore"],
});
const parsed = JSON.parse(output) as PackReport[] | Record<string, PackReport>;
const report = Object.values(parsed)[0];
if (report === undefined) throw new Error("npm pack told nothing");
const paths = report.files.map((file) => file.path);
const problems = [
  ...NEEDED.filter((path) => !paths.includes(path)).map((path) => `missing from the package: ${path}`),
  ...paths.filter((path) => !ALLOWED.test(path)).map((path) => `does not belong into the package: ${path}`),
  ...findContentProblems(paths),
  ...(report.size > MAX_PACKED_BYTES ? [`the package has ${report.size} bytes, more than ${MAX_PACKED_BYTES}`] : []),
];
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`pack check: ${paths.length} files, ${report.size} bytes packed`);
process.exitCode = problems.length === 0 ? 0 : 1;
