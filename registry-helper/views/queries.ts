import type { DatabaseSync } from "node:sqlite";
import type { DeliveryRecord } from "../model/delivery-record.ts";
import { ClawTaskError } from "../model/errors.ts";
import type { TaskRecord } from "../model/task-record.ts";
import type { Registry } from "../registry.ts";
import { discardIfTorn, isSqliteError, openIndex, openIndexInMemory } from "./index-database.ts";
import { refreshRuns } from "./refresh-runs.ts";
import { refreshTasks } from "./refresh-tasks.ts";
import type { RunFilter, RunRow } from "./run-row.ts";

/** The node of a run whose child session or host run a task is. Derived from the run's bindings. */
export interface TaskLink {
  runId: string;
  nodeId: string;
  attempt: number;
}

export interface TaskRow extends TaskRecord {
  link: TaskLink | null;
}

/** Page size of lists, and how far it may be raised. */
export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 1_000;

/** Runs a query on an index that is up to date, and closes it again. */
export function withIndex<Result>(registry: Registry, query: (database: DatabaseSync) => Result): Result {
  try {
    return queryOn(registry, openIndex(registry), query);
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    discardIfTorn(registry, error);
    return queryOn(registry, openIndexInMemory(), query);
  }
}

function queryOn<Result>(
  registry: Registry,
  database: DatabaseSync,
  query: (database: DatabaseSync) => Result,
): Result {
  try {
    refreshRuns(registry, database);
    refreshTasks(registry, database);
    return query(database);
  } finally {
    database.close();
  }
}

/** Runs, the most recently changed first. */
export function listRuns(database: DatabaseSync, filter: RunFilter): RunRow[] {
  return database
    .prepare(
      `SELECT runId, status, workflowId, title, createdAt, updatedAt, done, total, problem, delivery FROM runs
       WHERE (:status IS NULL OR status = :status) AND (:workflow IS NULL OR workflowId = :workflow)
       ORDER BY updatedAt DESC, runId LIMIT :limit`,
    )
    .all({ status: filter.status ?? null, workflow: filter.workflowId ?? null, limit: filter.limit })
    .map((row) => ({
      ...(row as unknown as RunRow),
      delivery: row["delivery"] === null ? null : (JSON.parse(String(row["delivery"])) as DeliveryRecord),
    }));
}

export interface TaskFilter {
  status?: string | undefined;
  runtime?: string | undefined;
  runId?: string | undefined;
  limit: number;
}

const TASK_COLUMNS = `
  SELECT t.record, b.runId, b.nodeId, b.attempt FROM tasks t
  LEFT JOIN bindings b ON b.rowid = (
    SELECT rowid FROM bindings
    WHERE (t.childSessionKey IS NOT NULL AND childSessionKey = t.childSessionKey) OR (t.hostRunId IS NOT NULL AND hostRunId = t.hostRunId)
    LIMIT 1
  )`;

/** Tasks, the newest first. */
export function listTasks(database: DatabaseSync, filter: TaskFilter): TaskRow[] {
  return database
    .prepare(
      `${TASK_COLUMNS}
       WHERE (:status IS NULL OR t.status = :status) AND (:runtime IS NULL OR t.runtime = :runtime) AND (:run IS NULL OR b.runId = :run)
       ORDER BY t.createdAt DESC, t.taskId DESC LIMIT :limit`,
    )
    .all({
      status: filter.status ?? null,
      runtime: filter.runtime ?? null,
      run: filter.runId ?? null,
      limit: filter.limit,
    })
    .map(toTaskRow);
}

/**
 * The one task that a person means by a task id (or its last part, as lists show it), a host run id or a child
 * session key; the beginning of one is enough when only one task has it.
 *
 * @throws ClawTaskError `task_not_found` | `ambiguous_id`
 */
export function findTask(database: DatabaseSync, reference: string): TaskRow {
  const exact = database
    .prepare(`${TASK_COLUMNS} WHERE t.taskId = :ref OR t.hostRunId = :ref OR t.childSessionKey = :ref LIMIT 2`)
    .all({ ref: reference });
  const prefix = `${reference.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
  const rows =
    exact.length > 0 || reference === ""
      ? exact
      : database
          .prepare(
            `${TASK_COLUMNS} WHERE t.taskId LIKE :p ESCAPE '\\' OR t.taskId LIKE '%-' || :p ESCAPE '\\' OR t.hostRunId LIKE :p ESCAPE '\\' OR t.childSessionKey LIKE :p ESCAPE '\\' LIMIT 3`,
          )
          .all({ p: prefix });
  const found = rows.map(toTaskRow);
  const [task] = found;
  if (task === undefined) {
    throw new ClawTaskError("task_not_found", { message: `task not found: ${reference}`, next: "tasks list" });
  }
  if (found.length > 1) {
    throw new ClawTaskError("ambiguous_id", {
      message: `${reference} fits more than one task: ${found.map((one) => one.taskId).join(", ")}`,
      next: "give more of the id",
    });
  }
  return task;
}

function toTaskRow(row: Record<string, unknown>): TaskRow {
  const task = JSON.parse(String(row["record"])) as TaskRecord;
  const link =
    row["runId"] === null
      ? null
      : { runId: String(row["runId"]), nodeId: String(row["nodeId"]), attempt: Number(row["attempt"]) };
  return { ...task, link };
}

/** Ledger files that could not be read to their end. */
export function ledgerProblems(database: DatabaseSync): string[] {
  return database
    .prepare("SELECT problem FROM ledgers WHERE problem IS NOT NULL")
    .all()
    .map((row) => String(row["problem"]));
}
