import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { ClawTaskError } from "../model/errors.ts";
import type { Registry } from "../registry.ts";

/** Raised with every change of the tables; an index of another version is thrown away and built anew. */
const INDEX_VERSION = 1;
/** How long a query waits for another process that is bringing the index up to date. */
const BUSY_TIMEOUT_MS = 10_000;

const TABLES = `
  CREATE TABLE runs (
    runId TEXT PRIMARY KEY, stamp TEXT NOT NULL, status TEXT, workflowId TEXT, title TEXT, createdAt TEXT, updatedAt TEXT,
    done INTEGER, total INTEGER, problem TEXT, delivery TEXT
  );
  CREATE TABLE bindings (
    runId TEXT NOT NULL, nodeId TEXT NOT NULL, attempt INTEGER NOT NULL, childSessionKey TEXT, hostRunId TEXT
  );
  CREATE INDEX bindings_run ON bindings (runId);
  CREATE INDEX bindings_session ON bindings (childSessionKey);
  CREATE INDEX bindings_host_run ON bindings (hostRunId);
  CREATE TABLE tasks (
    taskId TEXT PRIMARY KEY, runtime TEXT, status TEXT, delivery TEXT, label TEXT, createdAt TEXT, updatedAt TEXT,
    childSessionKey TEXT, hostRunId TEXT, requesterSessionKey TEXT, record TEXT NOT NULL
  );
  CREATE INDEX tasks_session ON tasks (childSessionKey);
  CREATE INDEX tasks_host_run ON tasks (hostRunId);
  CREATE INDEX tasks_status ON tasks (status, createdAt);
  CREATE TABLE ledgers (day TEXT PRIMARY KEY, bytes INTEGER NOT NULL, seq INTEGER NOT NULL, problem TEXT);
`;

/**
 * Opens `index.sqlite`, the projection that all lists are answered from. It may be deleted at any time. On
 * a registry that cannot be written to, an index in memory does the same.
 *
 * @throws ClawTaskError `node_too_old` | `index_unavailable`
 */
export function openIndex(registry: Registry): DatabaseSync {
  const sqlite = loadSqlite();
  const path = join(registry.root, "index.sqlite");
  try {
    return prepared(new sqlite.DatabaseSync(path));
  } catch {
    try {
      // Not a database, or torn by a crash: it is only a projection.
      for (const suffix of ["", "-wal", "-shm"]) registry.fs.rmSync(`${path}${suffix}`, { force: true });
      return prepared(new sqlite.DatabaseSync(path));
    } catch {
      return prepared(new sqlite.DatabaseSync(":memory:"));
    }
  }
}

function prepared(database: DatabaseSync): DatabaseSync {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;`);
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (version === INDEX_VERSION) return database;
  database.exec("BEGIN IMMEDIATE");
  if (database.prepare("PRAGMA user_version").get()?.["user_version"] !== INDEX_VERSION) {
    for (const table of ["runs", "bindings", "tasks", "ledgers"]) database.exec(`DROP TABLE IF EXISTS ${table}`);
    database.exec(`${TABLES} PRAGMA user_version = ${INDEX_VERSION};`);
  }
  database.exec("COMMIT");
  return database;
}

function loadSqlite(): typeof import("node:sqlite") {
  // Node prints a warning about node:sqlite being young on some releases; it is no news to the person here.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    const sqlite = process.getBuiltinModule?.("node:sqlite") as typeof import("node:sqlite") | undefined;
    if (sqlite !== undefined) return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new ClawTaskError("node_too_old", {
    message: `lists need Node 22.13 or newer, this is ${process.versions.node}`,
    next: "call the helper with the Node that runs OpenClaw; show, next, events and all changes work with this one",
  });
}
