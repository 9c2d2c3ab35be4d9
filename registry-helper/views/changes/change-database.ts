import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../registry/registry.ts";
import { BUSY_TIMEOUT_MS, NoDatabaseLocks, openLockable } from "../index/database-locks.ts";
import { discardIfTorn, isSqliteError, keepPrivate, loadSqlite } from "../index/index-database.ts";

/** Raised with every change of the tables; a log of another version is thrown away, with its epoch. */
const LOG_VERSION = 1;

const TABLES = `
  CREATE TABLE log (epoch TEXT NOT NULL, isBegun INTEGER NOT NULL);
  CREATE TABLE changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT NOT NULL,
    event TEXT NOT NULL, nodeId TEXT, message TEXT, status TEXT, removed INTEGER
  );
  CREATE TABLE journals (
    path TEXT PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, bytes INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
    file INTEGER NOT NULL, size INTEGER NOT NULL, modifiedMs REAL NOT NULL, head TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE members (path TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (path, id)) WITHOUT ROWID;
`;

/** The log's database, opened. */
export interface ChangeDatabase {
  database: DatabaseSync;
  /** Names this file: numbers of another one mean nothing here. */
  epoch: string;
  /** Identity of the file; 0 for a database in memory. */
  file: number;
  /** False when it is in memory because there is no registry yet. */
  hadRoot: boolean;
}

export function changeLogPath(registry: Registry): string {
  return join(registry.root, "changes.sqlite");
}

/**
 * Opens `changes.sqlite`. It may be deleted at any time: the next one has another epoch, and who follows the changes
 * begins anew. On a registry that cannot be written to it lives in memory.
 *
 * @throws ClawTaskError `node_too_old`
 */
export function openChangeDatabase(registry: Registry): ChangeDatabase {
  const { DatabaseSync } = loadSqlite();
  const path = changeLogPath(registry);
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      keepPrivate(registry, path);
      const opened = openLockable(registry, (busyTimeoutMs) => prepared(new DatabaseSync(path), busyTimeoutMs));
      return { ...opened, file: registry.fs.statSync(path).ino, hadRoot: true };
    } catch (error) {
      if (error instanceof NoDatabaseLocks) break;
      if (!isSqliteError(error)) throw error;
      try {
        if (!discardIfTorn(registry, error, path)) break;
      } catch {
        break; // It cannot even be taken away.
      }
    }
  }
  return { ...prepared(new DatabaseSync(":memory:")), file: 0, hadRoot: registry.fs.existsSync(registry.root) };
}

/**
 * Every commit is flushed: after a power cut a number that was handed out must not stand for something else.
 */
function prepared(database: DatabaseSync, busyTimeoutMs = BUSY_TIMEOUT_MS): Pick<ChangeDatabase, "database" | "epoch"> {
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
    if (getLogVersion(database) !== LOG_VERSION) create(database);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const epoch = String(database.prepare("SELECT epoch FROM log").get()?.["epoch"] ?? "");
    return { database, epoch };
  } catch (error) {
    database.close();
    throw error;
  }
}

function create(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  // Another process may have been faster.
  if (getLogVersion(database) !== LOG_VERSION) {
    for (const table of ["log", "changes", "journals", "members"]) database.exec(`DROP TABLE IF EXISTS ${table}`);
    database.exec(`${TABLES} PRAGMA user_version = ${LOG_VERSION};`);
    database.prepare("INSERT INTO log (epoch, isBegun) VALUES (?, 0)").run(randomBytes(4).toString("hex"));
  }
  database.exec("COMMIT");
}

function getLogVersion(database: DatabaseSync): unknown {
  return database.prepare("PRAGMA user_version").get()?.["user_version"];
}
