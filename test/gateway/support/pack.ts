import { execFile } from "node:child_process";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds that packing may take. */
const PACK_DEADLINE_MS = 120_000;

/**
 * Packs a package the way `npm publish` would and returns the path of the tarball. Tests install
 * that file, so that a file missing from the package's `files` list is a failing test. Nothing is built
 * here: other tests may be using what was built.
 */
export async function packPlugin(packageDir: string): Promise<string> {
  const into = await mkdtemp(join(tmpdir(), "clawtask-pack-"));
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", into], {
    cwd: packageDir,
    timeout: PACK_DEADLINE_MS,
  });
  return join(into, getFileName(stdout));
}

/** Unpacks a tarball of `npm pack` beside itself and returns the folder of the package. */
export async function unpackPlugin(tarball: string): Promise<string> {
  const into = join(dirname(tarball), "unpacked");
  await mkdir(into);
  await run("tar", ["-xzf", tarball, "-C", into], { timeout: PACK_DEADLINE_MS });
  return join(into, "package");
}

/** Reads the name of the tarball from npm's report, which build scripts may precede with output. */
function getFileName(report: string): string {
  const start = report.search(/^[[{]/m);
  const parsed: unknown = JSON.parse(report.slice(start));
  const entry: unknown = Array.isArray(parsed) ? parsed[0] : Object.values(parsed as object)[0];
  const name = (entry as { filename?: unknown } | undefined)?.filename;
  if (typeof name !== "string") throw new Error(`npm pack reported no file: ${report}`);
  return name;
}
