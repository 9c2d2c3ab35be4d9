import { join } from "node:path";
import { getErrorMessage } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { FILE_MODE, flushFolder, FOLDER_MODE } from "../../storage/file-system.ts";
import { hasDatabaseLocks } from "../../views/index/database-locks.ts";
import { canIndex } from "../../views/index/index-database.ts";
import type { Check } from "./check.ts";

/** As much as a change needs at least: a few lines of a journal and a small projection. */
const PROBE_BYTES = 4 * 1024;

const NO_DATABASE_LOCKS = "lock the index";

/**
 * Does once, with files of its own, what a change does: writes and flushes some bytes, renames a file, flushes a folder,
 * takes a lock, closes a file to others. A disk that cannot do one of these is found before a change fails on it.
 */
export function checkDisk({ fs, root }: Registry): Check[] {
  if (!fs.existsSync(root)) return [];
  const base = join(root, `.doctor-${process.pid}`);
  const [file, renamed, lock] = [`${base}.next`, base, `${base}.lock`];
  const attempts: [string, () => void][] = [
    ["write and flush 4 kB", () => fs.writeFileSync(file, "x".repeat(PROBE_BYTES), { mode: FILE_MODE, flush: true })],
    ["keep a file to its owner", () => requirePrivate(fs.statSync(file).mode)],
    ["rename a file", () => fs.renameSync(file, renamed)],
    ["flush a folder", () => flushFolder(fs, root)],
    ["make and remove a folder, as locks do", () => (fs.mkdirSync(lock, FOLDER_MODE), fs.rmdirSync(lock))],
    [NO_DATABASE_LOCKS, () => requireDatabaseLocks({ fs, root })],
  ];
  const failed: string[] = [];
  try {
    for (const [what, attempt] of attempts) {
      try {
        attempt();
      } catch (error) {
        failed.push(`cannot ${what}: ${getErrorMessage(error)}`);
      }
    }
  } finally {
    for (const path of [file, renamed, lock]) removeQuietly(fs, path);
  }
  const check = "registry is writable";
  if (failed.length === 0) return [{ check, ok: true, found: "yes" }];
  const isOnlyComfort = failed.every((words) => words.includes("keep a file") || words.includes(NO_DATABASE_LOCKS));
  if (isOnlyComfort) return [{ check, ok: true, found: `yes, but it ${failed.join("; ")}` }];
  const isFull = failed.some((words) => /ENOSPC|EDQUOT/.test(words));
  const fix = isFull
    ? `free some space on the disk of ${root}`
    : `make ${root} writable for this user, or name another root with --registry-root`;
  return [{ check, ok: false, found: failed.join("; "), fix }];
}

/** All works without: each list reads the journals then. */
function requireDatabaseLocks(registry: Pick<Registry, "fs" | "root">): void {
  if (!canIndex() || hasDatabaseLocks(registry)) return;
  throw new Error("this file system has no locks (NFS without its lock service); lists take longer");
}

function requirePrivate(mode: number): void {
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new Error("this file system gives every file to others as well");
}

function removeQuietly(fs: Registry["fs"], path: string): void {
  try {
    fs.rmSync(path, { recursive: true, force: true });
  } catch {
    // It could not be made, either.
  }
}
