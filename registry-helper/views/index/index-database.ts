import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../registry/registry.ts";
import { FILE_MODE } from "../../storage/file-system.ts";
import { BUSY_TIMEOUT_MS, isSqliteError, NoDatabaseLocks, openLockable } from "./database-locks.ts";
import { loadSqlite } from "./load-sqlite.ts";

export { isSqliteError } from "./database-locks.ts";
export { canIndex, loadSqlite, MIN_NODE_FOR_INDEX } from "./load-sqlite.ts";

/** Raised with every change of the tables; an index of another version is thrown away and built anew. */
const INDEX_VERSION = 10;

const TABLES = `
  CREATE TABLE runs (
    runId TEXT PRIMARY KEY, stamp TEXT NOT NULL, status TEXT, phase TEXT, workflowId TEXT, title TEXT, createdAt TEXT, updatedAt TEXT,
    done INTEGER, total INTEGER, problem TEXT, delivery TEXT, workflowVersion TEXT, archivedAt TEXT, endedAt TEXT,
    forkedFrom TEXT, unverified INTEGER NOT NULL, bypassed INTEGER NOT NULL, sourceSession TEXT, rootSession TEXT
  );
  CREATE INDEX runs_source ON runs (sourceSession, updatedAt);
  CREATE INDEX runs_root ON runs (rootSession, updatedAt);
  CREATE INDEX runs_workflow ON runs (workflowId, createdAt);
  CREATE TABLE attempts (
    runId TEXT NOT NULL, nodeId TEXT NOT NULL, attempt INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT,
    startedAt TEXT, endedAt TEXT, inputTokens INTEGER, outputTokens INTEGER, unverified INTEGER NOT NULL,
    bypassed INTEGER NOT NULL
  );
  CREATE INDEX attempts_run ON attempts (runId);
  CREATE TABLE bindings (
    runId TEXT NOT NULL, nodeId TEXT NOT NULL, attempt INTEGER NOT NULL, childSessionKey TEXT, hostRunId TEXT
  );
  CREATE INDEX bindings_run ON bindings (runId);
  CREATE INDEX bindings_session ON bindings (childSessionKey);
  CREATE INDEX bindings_host_run ON bindings (hostRunId);
  CREATE TABLE tasks (
    number INTEGER PRIMARY KEY, taskId TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL, runtime TEXT NOT NULL, status TEXT NOT NULL,
    phase TEXT, delivery TEXT NOT NULL, isOpen INTEGER NOT NULL, needsLook INTEGER NOT NULL, lastProgressAt TEXT, endedAt TEXT,
    childSessionKey TEXT, hostRunId TEXT, requesterSessionKey TEXT, sourceId TEXT, flowId TEXT, parentTaskId TEXT, record TEXT NOT NULL
  );
  CREATE INDEX tasks_status ON tasks (status, taskId);
  CREATE INDEX tasks_runtime ON tasks (runtime, taskId);
  CREATE INDEX tasks_runtime_status ON tasks (runtime, status, taskId);
  CREATE INDEX tasks_requester ON tasks (requesterSessionKey, taskId);
  CREATE INDEX tasks_session ON tasks (childSessionKey);
  CREATE INDEX tasks_host_run ON tasks (hostRunId);
  CREATE INDEX tasks_source ON tasks (sourceId, taskId);
  CREATE INDEX tasks_flow ON tasks (flowId, taskId) WHERE flowId IS NOT NULL;
  CREATE INDEX tasks_parent ON tasks (parentTaskId) WHERE parentTaskId IS NOT NULL;
  CREATE INDEX tasks_open ON tasks (taskId) WHERE isOpen = 1;
  CREATE INDEX tasks_look ON tasks (taskId) WHERE needsLook = 1;
  CREATE INDEX tasks_day ON tasks (substr(taskId, 3, 8), seq);
  CREATE INDEX tasks_suffix ON tasks (substr(taskId, 12));
  CREATE TABLE flows (
    flowId TEXT PRIMARY KEY, stamp TEXT, status TEXT NOT NULL, owner TEXT, updatedAt TEXT, isOpen INTEGER NOT NULL,
    needsLook INTEGER NOT NULL, problem TEXT, record TEXT
  );
  CREATE INDEX flows_time ON flows (updatedAt);
  CREATE INDEX flows_owner ON flows (owner, updatedAt);
  CREATE INDEX flows_look ON flows (flowId) WHERE needsLook = 1;
  CREATE TABLE names (name TEXT PRIMARY KEY, taskId TEXT NOT NULL) WITHOUT ROWID;
  CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, prefix='2 3');
  CREATE TABLE ledgers (
    day TEXT PRIMARY KEY, bytes INTEGER NOT NULL, seq INTEGER NOT NULL, file INTEGER NOT NULL, lastTimestamp TEXT, last TEXT, problem TEXT
  );
`;

/**
 * Opens `index.sqlite`, the projection that all lists are answered from. It may be deleted at any time. On
 * a registry that cannot be written to, or whose disk has no locks, an index in memory does the same.
 *
 * @throws ClawTaskError `node_too_old`
 */
export function openIndex(registry: Registry): DatabaseSync {
  try {
    return openFile(registry);
  } catch (error) {
    if (error instanceof NoDatabaseLocks) return openIndexInMemory();
    if (!isSqliteError(error)) throw error;
    try {
      return discardIfTorn(registry, error) ? openFile(registry) : openIndexInMemory();
    } catch {
      return openIndexInMemory();
    }
  }
}

/** An index that lives as long as the command: on a registry that cannot be written to, or is being written. */
export function openIndexInMemory(): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  return prepared(new DatabaseSync(":memory:"));
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;

/**
 * Not a database, or torn by a crash: it is only a projection. A busy one is somebody's and stays.
 *
 * @returns whether it was taken away
 */
export function discardIfTorn(registry: Registry, error: { errcode?: number }, path = indexPath(registry)): boolean {
  const primary = (error.errcode ?? 0) & 0xff;
  if (primary !== SQLITE_CORRUPT && primary !== SQLITE_NOT_A_DATABASE) return false;
  for (const suffix of ["", "-wal", "-shm"]) registry.fs.rmSync(`${path}${suffix}`, { force: true });
  return true;
}

function indexPath(registry: Registry): string {
  return join(registry.root, "index.sqlite");
}

function openFile(registry: Registry): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  const path = indexPath(registry);
  keepPrivate(registry, path);
  return openLockable(registry, (busyTimeoutMs) => {
    const database = new DatabaseSync(path);
    try {
      return prepared(database, busyTimeoutMs);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * SQLite would make the file readable for everybody; it holds task texts and results. What is left beside a file that
 * somebody took away belongs to those who have that one open: a new file would share it with them, and both would
 * read a mixture.
 */
export function keepPrivate({ fs, root }: Registry, path: string): void {
  if (!fs.existsSync(root) || fs.existsSync(path)) return;
  try {
    for (const suffix of ["-wal", "-shm"]) fs.rmSync(`${path}${suffix}`, { force: true });
    fs.closeSync(fs.openSync(path, "a", FILE_MODE));
  } catch {
    return; // A registry that cannot be written to: the index will be in memory.
  }
}

function prepared(database: DatabaseSync, busyTimeoutMs = BUSY_TIMEOUT_MS): DatabaseSync {
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;`);
  createTables(database);
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return database;
}

function createTables(database: DatabaseSync): void {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (version === INDEX_VERSION) return;
  database.exec("BEGIN IMMEDIATE");
  if (database.prepare("PRAGMA user_version").get()?.["user_version"] !== INDEX_VERSION) {
    for (const table of ["runs", "attempts", "bindings", "tasks", "names", "words", "ledgers", "flows"])
      database.exec(`DROP TABLE IF EXISTS ${table}`);
    database.exec(`${TABLES} PRAGMA user_version = ${INDEX_VERSION};`);
  }
  database.exec("COMMIT");
}
