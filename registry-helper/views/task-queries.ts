import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { ClawTaskError } from "../model/errors.ts";
import { timeOrderedId } from "../model/ids.ts";
import type { TaskRecord, TaskRuntime } from "../model/task-record.ts";
import { TASK_RUNTIMES } from "../model/task-record.ts";
import type { TaskPhase } from "../model/task-status.ts";
import { formatMicros, type Micros } from "../model/time.ts";
import { LOST_SHOWN_FOR, SHOWN_FOR } from "../task/attention.ts";
import { STALL_AFTER_MS } from "../task/status.ts";

/** The node of a run whose child session or host run a task is. Derived from the run's bindings. */
export interface TaskLink {
  runId: string;
  nodeId: string;
  attempt: number;
}

export interface TaskRow extends TaskRecord {
  link: TaskLink | null;
}

export interface TaskFilter {
  status?: string | undefined;
  runtime?: string | undefined;
  phase?: TaskPhase | undefined;
  /** The session that asked for it, or its beginning. */
  owner?: string | undefined;
  flowId?: string | undefined;
  runId?: string | undefined;
  /** Made at or after this time. */
  since?: Micros | undefined;
  /** Words that must all be in its texts; the beginning of a word is enough. */
  search?: string | undefined;
  /** Also what ended long ago. */
  all?: boolean | undefined;
  /** Only tasks older than this one: the next page. */
  before?: string | undefined;
  now?: Micros | undefined;
  limit: number;
}

/** Tasks, the newest first. */
export function listTasks(database: DatabaseSync, filter: TaskFilter): TaskRow[] {
  const { where, values } = conditions(filter);
  const sql = `SELECT t.record FROM tasks t ${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`}
    ORDER BY t.taskId DESC LIMIT :limit`;
  return withLinks(database, database.prepare(sql).all({ ...values, limit: filter.limit }));
}

function conditions(filter: TaskFilter): { where: string[]; values: Record<string, SQLInputValue> } {
  const where: string[] = [];
  const values: Record<string, SQLInputValue> = {};
  const add = (condition: string, more: Record<string, SQLInputValue> = {}): void => {
    where.push(condition);
    Object.assign(values, more);
  };
  if (filter.status !== undefined) add("t.status = :status", { status: filter.status });
  if (filter.runtime !== undefined) add("t.runtime = :runtime", { runtime: filter.runtime });
  if (filter.flowId !== undefined) add("t.flowId = :flow", { flow: filter.flowId });
  if (filter.owner !== undefined)
    add("t.requesterSessionKey BETWEEN :owner AND :ownerEnd", {
      owner: filter.owner,
      ownerEnd: `${filter.owner}\u{10ffff}`,
    });
  if (filter.phase !== undefined) addPhase(filter.phase, filter.now, add);
  if (filter.runId !== undefined)
    add(
      `(t.childSessionKey IN (SELECT childSessionKey FROM bindings WHERE runId = :run)
        OR t.hostRunId IN (SELECT hostRunId FROM bindings WHERE runId = :run))`,
      { run: filter.runId },
    );
  if (filter.since !== undefined) add("t.taskId >= :since", { since: firstIdAt(filter.since) });
  if (filter.before !== undefined) add("t.taskId < :before", { before: filter.before });
  if (filter.search !== undefined)
    add("t.number IN (SELECT rowid FROM words WHERE words MATCH :search)", { search: matchOf(filter.search) });
  const isDefaultView =
    filter.all !== true && filter.status === undefined && filter.since === undefined && filter.search === undefined;
  if (isDefaultView && filter.now !== undefined) {
    add("(t.isOpen = 1 OR (t.taskId >= :week AND NOT (t.status = 'lost' AND t.taskId < :day)))", {
      week: firstIdAt(filter.now - SHOWN_FOR),
      day: firstIdAt(filter.now - LOST_SHOWN_FOR),
    });
  }
  return { where, values };
}

/** Being stalled follows from the clock; only work that goes on can be. */
function addPhase(
  phase: TaskPhase,
  now: Micros | undefined,
  add: (condition: string, more?: Record<string, SQLInputValue>) => void,
): void {
  const still = (runtime: TaskRuntime): string =>
    `WHEN '${runtime}' THEN '${formatMicros((now ?? 0) - STALL_AFTER_MS[runtime] * 1000)}'`;
  // Held up is not stalled, as `taskStatus` has it.
  const stalled = `(t.status = 'running' AND t.phase NOT LIKE 'waiting\\_%' ESCAPE '\\'
    AND json_extract(t.record, '$.blockReason') IS NULL
    AND t.lastProgressAt <= CASE t.runtime ${TASK_RUNTIMES.map(still).join(" ")} END)`;
  if (phase === "stalled") add(`t.isOpen = 1 AND ${stalled}`);
  else add(`t.phase = :phase AND NOT ${stalled}`, { phase });
}

/** The first id that a task made at this time can have: ids are ordered by time. */
function firstIdAt(at: Micros): string {
  return timeOrderedId("t", Math.max(0, Math.floor(at / 1000)), 0);
}

/** Each word as a quoted prefix: nothing that a person types is syntax. */
function matchOf(search: string): string {
  const words = search.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  return words.length === 0 ? '""' : words.map((word) => `"${word}"*`).join(" AND ");
}

/**
 * The one task that a person means by a task id (or its last part, as lists show it), a host run id or a child
 * session key; the beginning of one is enough when only one task has it.
 *
 * @throws ClawTaskError `task_not_found` | `ambiguous_id`
 */
export function findTask(database: DatabaseSync, reference: string): TaskRow {
  const exact =
    reference === ""
      ? []
      : database
          .prepare(
            "SELECT record FROM tasks t WHERE taskId = :ref OR hostRunId = :ref OR childSessionKey = :ref ORDER BY taskId DESC LIMIT 2",
          )
          .all({ ref: reference });
  const found = withLinks(database, exact.length > 0 || reference === "" ? exact : byPrefix(database, reference));
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

/** Ranges, since a pattern would read every row of a long ledger. */
function byPrefix(database: DatabaseSync, reference: string): Record<string, unknown>[] {
  const range = { ref: reference, end: `${reference}\u{10ffff}` };
  const found = new Map<string, Record<string, unknown>>();
  for (const column of ["taskId", "substr(taskId, 12)", "hostRunId", "childSessionKey"]) {
    const rows = database
      .prepare(`SELECT taskId, record FROM tasks WHERE ${column} BETWEEN :ref AND :end LIMIT 3`)
      .all(range);
    for (const row of rows) found.set(String(row["taskId"]), row);
  }
  const named = database.prepare("SELECT taskId FROM names WHERE name BETWEEN ? AND ? LIMIT 3");
  for (const kind of ["host:", "run:"]) {
    for (const { taskId } of named.all(`${kind}${reference}`, `${kind}${reference}\u{10ffff}`)) {
      const row = database.prepare("SELECT taskId, record FROM tasks WHERE taskId = ?").get(String(taskId));
      if (row !== undefined) found.set(String(taskId), row);
    }
  }
  return [...found.values()].slice(0, 3);
}

/** Tasks that go on, or that somebody may have to look at. */
export function openTasks(database: DatabaseSync): TaskRecord[] {
  return database.prepare("SELECT record FROM tasks WHERE isOpen = 1 ORDER BY taskId").all().map(toRecord);
}

export function tasksToLookAt(database: DatabaseSync): TaskRecord[] {
  return database.prepare("SELECT record FROM tasks WHERE needsLook = 1 ORDER BY taskId").all().map(toRecord);
}

/** Work that was started by the worker of this session. */
export function tasksStartedBy(database: DatabaseSync, sessionKey: string): TaskRecord[] {
  return database
    .prepare("SELECT record FROM tasks WHERE requesterSessionKey = ? ORDER BY taskId")
    .all(sessionKey)
    .map(toRecord);
}

/** How many of the last runs of a cron job failed without a good one since; stops counting at the limit. */
export function failuresInARow(database: DatabaseSync, sourceId: string, limit = 100): number {
  const rows = database
    .prepare(
      "SELECT status FROM tasks WHERE sourceId = ? AND status NOT IN ('queued', 'running') ORDER BY taskId DESC LIMIT ?",
    )
    .all(sourceId, limit);
  const good = rows.findIndex(({ status }) => status !== "failed" && status !== "timed_out" && status !== "lost");
  return good === -1 ? rows.length : good;
}

/** Ledger files that could not be read to their end. */
export function ledgerProblems(database: DatabaseSync): string[] {
  return database
    .prepare("SELECT problem FROM ledgers WHERE problem IS NOT NULL")
    .all()
    .map((row) => String(row["problem"]));
}

function withLinks(database: DatabaseSync, rows: readonly Record<string, unknown>[]): TaskRow[] {
  const bySession = database.prepare(
    "SELECT runId, nodeId, attempt FROM bindings WHERE childSessionKey = :session LIMIT 1",
  );
  const byRun = database.prepare("SELECT runId, nodeId, attempt FROM bindings WHERE hostRunId = :run LIMIT 1");
  return rows.map((row) => {
    const task = toRecord(row);
    const run = task.attempts.at(-1)?.runId ?? null;
    const link =
      (task.childSessionKey === null ? undefined : bySession.get({ session: task.childSessionKey })) ??
      (run === null ? undefined : byRun.get({ run }));
    return { ...task, link: link === undefined ? null : (link as unknown as TaskLink) };
  });
}

function toRecord(row: Record<string, unknown>): TaskRecord {
  return JSON.parse(String(row["record"])) as TaskRecord;
}
