import { join } from "node:path";
import type { Registry } from "../../registry/registry.ts";
import { getErrno } from "../../storage/file-system.ts";
import { loadSqlite } from "./load-sqlite.ts";

/** How long a database waits for another process that is writing it, in milliseconds. */
export const BUSY_TIMEOUT_MS = 10_000;

const SQLITE_BUSY = 5;
const SQLITE_IO_ERROR = 10;

export function isSqliteError(error: unknown): error is Error & { errcode?: number } {
  return getErrno(error) === "ERR_SQLITE_ERROR";
}

function hasCode(error: unknown, codes: readonly number[]): boolean {
  return isSqliteError(error) && codes.includes((error.errcode ?? 0) & 0xff);
}

/** Registries on a disk without locks, as this process found them. */
const withoutLocks = new Set<string>();

/** SQLite cannot lock files on the disk of this registry. */
export class NoDatabaseLocks extends Error {}

/**
 * Opens a database of the registry. SQLite takes a disk that has no locks (NFS without its lock service) for a database that
 * is busy, and would wait for nobody: it waits only where locks can be had.
 *
 * @param open waits for others for that many milliseconds
 * @throws NoDatabaseLocks
 */
export function openLockable<Database>(registry: Registry, open: (busyTimeoutMs: number) => Database): Database {
  if (withoutLocks.has(registry.root)) throw new NoDatabaseLocks(registry.root);
  try {
    return open(0);
  } catch (error) {
    if (!hasCode(error, [SQLITE_BUSY])) throw error;
    if (hasDatabaseLocks(registry)) return open(BUSY_TIMEOUT_MS);
    withoutLocks.add(registry.root);
    throw new NoDatabaseLocks(registry.root, { cause: error });
  }
}

/** Tries a lock on a database that nobody else has. */
export function hasDatabaseLocks({ fs, root }: Pick<Registry, "fs" | "root">): boolean {
  const path = join(root, `.lock-probe-${process.pid}-${Math.random().toString(36).slice(2, 8)}.sqlite`);
  try {
    const { DatabaseSync } = loadSqlite();
    const database = new DatabaseSync(path);
    try {
      database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE; ROLLBACK");
    } finally {
      database.close();
    }
    return true;
  } catch (error) {
    // Anything else says nothing of locks.
    return !hasCode(error, [SQLITE_BUSY, SQLITE_IO_ERROR]);
  } finally {
    for (const suffix of ["", "-journal"]) removeQuietly(fs, `${path}${suffix}`);
  }
}

function removeQuietly(fs: Registry["fs"], path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    return; // It could not be made, either.
  }
}
