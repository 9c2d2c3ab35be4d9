import type { DatabaseSync } from "node:sqlite";
import { UNDELIVERED_STATES, WITHOUT_RECEIPT } from "../../domain/delivery/delivery-problem.ts";
import { SHOWN_FOR } from "../../model/attention-item.ts";
import { ClawTaskError } from "../../model/errors.ts";
import { suggest } from "../../model/remedy.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { matchesWords } from "../index/run-rows.ts";
import { sqlList } from "../index/sql-list.ts";
import { getSearchableText } from "../index/task-rows.ts";
import { isOpenOnly, buildSelects, type TaskFilter, type TaskTest } from "./task-filter.ts";

/** The node of a run whose child session or host run a task is. Derived from the run's bindings. */
export interface TaskLink {
  runId: string;
  nodeId: string;
  attempt: number;
}

export interface TaskRow extends TaskRecord {
  link: TaskLink | null;
}

/** Tasks, the newest first. */
export function listTasks(database: DatabaseSync, filter: TaskFilter): TaskRow[] {
  const owners = filter.owner === undefined ? [undefined] : findOwners(database, filter.owner);
  if (owners.length === 1) return withLinks(database, queryPage(database, { ...filter, owner: owners[0] }, "t.record"));
  const ids = owners.flatMap((owner) => queryPage(database, { ...filter, owner }, "t.taskId"));
  const newest = ids.map(({ taskId }) => String(taskId)).sort((one, other) => (one < other ? 1 : -1));
  const tasks = newest.slice(0, filter.limit).flatMap((taskId) => taskById(database, taskId) ?? []);
  return linked(database, tasks);
}

function queryPage(database: DatabaseSync, filter: TaskFilter, columns: string): Record<string, unknown>[] {
  const { search } = filter;
  const matches = filter.matches?.(database) ?? (() => true);
  if (search !== undefined && isOpenOnly(filter))
    return queryMatching(database, filter, (task) => matchesWords(getSearchableText(task), search) && matches(task));
  if (filter.matches !== undefined) return queryMatching(database, filter, matches);
  const rows: Record<string, unknown>[] = [];
  for (const { sql, values } of buildSelects(filter)) {
    const limit = filter.limit - rows.length;
    if (limit > 0) rows.push(...database.prepare(sql(columns)).all({ ...values, limit }));
  }
  return rows;
}

/** Reads record by record until the page is full: what matches is counted, not what was looked at. */
function queryMatching(database: DatabaseSync, filter: TaskFilter, matches: TaskTest): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (const { sql, values } of buildSelects(filter)) {
    for (const row of database.prepare(sql("t.taskId, t.record")).iterate({ ...values, limit: -1 })) {
      if (rows.length >= filter.limit) return rows;
      if (matches(toRecord(row))) rows.push(row);
    }
  }
  return rows;
}

/** Most sessions that a beginning may stand for; a longer beginning names fewer. */
const MAX_OWNERS = 500;

/** The sessions that are meant: the one of this name, else all that begin so. Skips from one to the next. */
function findOwners(database: DatabaseSync, owner: string): string[] {
  const next = database.prepare(
    "SELECT min(requesterSessionKey) AS owner FROM tasks WHERE requesterSessionKey > ? AND requesterSessionKey <= ?",
  );
  const exact = database.prepare("SELECT 1 FROM tasks WHERE requesterSessionKey = ? LIMIT 1").get(owner);
  const owners: string[] = exact === undefined ? [] : [owner];
  for (let last = owner; exact === undefined && owners.length < MAX_OWNERS;) {
    const found = next.get(last, `${owner}\u{10ffff}`)?.["owner"];
    if (typeof found !== "string") break;
    owners.push(found);
    last = found;
  }
  return owners.length === 0 ? [owner] : owners;
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
            `SELECT record, status IN ('queued', 'running') AS goesOn FROM tasks t
             WHERE taskId = :ref OR hostRunId = :ref OR childSessionKey = :ref ORDER BY goesOn DESC, taskId DESC LIMIT 2`,
          )
          .all({ ref: reference });
  // A session that does one piece of work after the other means the one that goes on.
  const meant = exact[0]?.["goesOn"] === 1 && exact[1]?.["goesOn"] === 0 ? exact.slice(0, 1) : exact;
  const found = withLinks(database, exact.length > 0 || reference === "" ? meant : byPrefix(database, reference));
  const [task] = found;
  if (task === undefined) {
    throw new ClawTaskError("task_not_found", {
      message: `task not found: ${reference}`,
      remedy: { commands: [suggest("tasks list")] },
    });
  }
  if (found.length > 1) {
    throw new ClawTaskError("ambiguous_id", {
      message: `${reference} fits more than one task: ${found.map((one) => one.taskId).join(", ")}`,
      remedy: { hint: "give more of the id", commands: [suggest("tasks show", found[0]?.taskId ?? "")] },
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

/** Tasks that may need somebody now. What ended longer ago than lists show it, only while its result is owed. */
export function listTasksNeedingAttention(database: DatabaseSync, now?: Micros): TaskRecord[] {
  const since = now === undefined ? "" : formatMicros(now - SHOWN_FOR);
  return database
    .prepare(
      `SELECT record FROM tasks WHERE needsLook = 1
       AND (isOpen = 1 OR delivery IN ${sqlList(WITHOUT_RECEIPT)} OR endedAt >= ?) ORDER BY taskId`,
    )
    .all(since)
    .map(toRecord);
}

/** Results that are not with their requester, and will not get there by themselves. */
export function undeliveredTasks(database: DatabaseSync): TaskRecord[] {
  return database
    .prepare(
      `SELECT record FROM tasks WHERE needsLook = 1 AND delivery IN ${sqlList(UNDELIVERED_STATES)} ORDER BY taskId`,
    )
    .all()
    .map(toRecord);
}

/** The work that a task's worker started in its turn. */
export function listChildTasks(database: DatabaseSync, taskId: string): TaskRecord[] {
  return database.prepare("SELECT record FROM tasks WHERE parentTaskId = ? ORDER BY taskId").all(taskId).map(toRecord);
}

/** Position in its day's journal of the last event about a task; 0 for one that is not there. */
export function taskRevision(database: DatabaseSync, taskId: string): number {
  return Number(database.prepare("SELECT seq FROM tasks WHERE taskId = ?").get(taskId)?.["seq"] ?? 0);
}

export function taskById(database: DatabaseSync, taskId: string): TaskRecord | undefined {
  const row = database.prepare("SELECT record FROM tasks WHERE taskId = ?").get(taskId);
  return row === undefined ? undefined : toRecord(row);
}

/** Work that was started by the worker of this session. */
export function tasksStartedBy(database: DatabaseSync, sessionKey: string): TaskRecord[] {
  return database
    .prepare("SELECT record FROM tasks WHERE requesterSessionKey = ? ORDER BY taskId")
    .all(sessionKey)
    .map(toRecord);
}

/** Tasks by what a run knows of them. */
export interface WantedTasks {
  sessions: readonly string[];
  /** Reads every task since `since`: for the first look at a run only. */
  labelPrefix?: string | undefined;
  /** The beginning of the task ids of a day. */
  since: string;
}

/** Work in one of these sessions, or whose label begins so, the oldest first. */
export function wantedTasks(database: DatabaseSync, { sessions, labelPrefix, since }: WantedTasks): TaskRecord[] {
  const found = new Map<string, TaskRecord>();
  const add = (row: Record<string, unknown>): void => {
    const task = toRecord(row);
    found.set(task.taskId, task);
  };
  const bySession = database.prepare("SELECT record FROM tasks WHERE childSessionKey = ?");
  for (const session of sessions) bySession.all(session).forEach(add);
  if (labelPrefix !== undefined) {
    const byLabel = database.prepare(
      "SELECT record FROM tasks WHERE taskId >= ? AND substr(json_extract(record, '$.label'), 1, ?) = ?",
    );
    byLabel.all(since, labelPrefix.length, labelPrefix).forEach(add);
  }
  return [...found.values()].sort((one, other) => (one.taskId < other.taskId ? -1 : 1));
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
  return ledgerDayProblems(database).map(({ problem }) => problem);
}

/** Days of the ledger with a line that cannot be read, and the first of these. */
export function ledgerDayProblems(database: DatabaseSync): { day: string; problem: string }[] {
  return database
    .prepare("SELECT day, problem FROM ledgers WHERE problem IS NOT NULL ORDER BY day")
    .all()
    .map((row) => ({ day: String(row["day"]), problem: String(row["problem"]) }));
}

function withLinks(database: DatabaseSync, rows: readonly Record<string, unknown>[]): TaskRow[] {
  return linked(database, rows.map(toRecord));
}

function linked(database: DatabaseSync, tasks: readonly TaskRecord[]): TaskRow[] {
  const bySession = database.prepare(
    "SELECT runId, nodeId, attempt FROM bindings WHERE childSessionKey = :session LIMIT 1",
  );
  const byRun = database.prepare("SELECT runId, nodeId, attempt FROM bindings WHERE hostRunId = :run LIMIT 1");
  return tasks.map((task) => {
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
