import type { DatabaseSync } from "node:sqlite";
import type { RunFacts } from "../../domain/run/attention-facts.ts";
import type { TaskFacts } from "../../domain/task/attention.ts";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { RETRIED_STATUSES } from "../../domain/task/further-attempts.ts";
import { taskStatus, type TaskStatusView } from "../../domain/task/status.ts";
import type { RunState } from "../../model/run-documents.ts";
import type { StaleThresholds } from "../../model/stale-thresholds.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { readStaleThresholds } from "../../registry/registry-settings.ts";
import type { Registry } from "../../registry/registry.ts";
import { nextAttempt } from "./task-attempts.ts";
import { failuresInARow } from "./task-queries.ts";

/** What the rules of attention ask about one task. Reads only what the state of the task makes matter. */
export function taskFacts(database: DatabaseSync, task: TaskRecord, staleAfter: StaleThresholds): TaskFacts {
  if (isTerminalTask(task)) {
    if (!RETRIED_STATUSES.includes(task.status)) return { staleAfter };
    if (task.runtime !== "cron" || task.sourceId === null)
      return { staleAfter, isSuperseded: nextAttempt(database, task) !== undefined };
    return {
      staleAfter,
      isSuperseded: !isLastOfItsJob(database, task),
      failuresInARow: failuresInARow(database, task.sourceId),
    };
  }
  const isWaiting = task.blockReason === "subagent" || task.phase?.startsWith("waiting_") === true;
  if (task.status !== "running" || !isWaiting) return { staleAfter };
  return { staleAfter, children: countChildren(database, task.taskId) };
}

/** A function that derives what is shown of tasks, with all that the rules of attention ask. */
export function taskViewer(registry: Registry, database: DatabaseSync): (task: TaskRecord) => TaskStatusView {
  const now = registry.now();
  const staleAfter = readStaleThresholds(registry);
  return (task) => taskStatus(task, now, taskFacts(database, task, staleAfter));
}

function isLastOfItsJob(database: DatabaseSync, task: TaskRecord): boolean {
  const later = database
    .prepare("SELECT 1 FROM tasks WHERE sourceId = ? AND taskId > ? AND status NOT IN ('queued', 'running') LIMIT 1")
    .get(task.sourceId, task.taskId);
  return later === undefined;
}

function countChildren(database: DatabaseSync, taskId: string): NonNullable<TaskFacts["children"]> {
  const row = database
    .prepare(
      `SELECT count(*) AS total, count(*) FILTER (WHERE status IN ('queued', 'running')) AS open, max(endedAt) AS ended
       FROM tasks WHERE parentTaskId = ?`,
    )
    .get(taskId);
  const ended = row?.["ended"];
  return {
    total: Number(row?.["total"] ?? 0),
    open: Number(row?.["open"] ?? 0),
    lastEndedAt: typeof ended === "string" ? ended : null,
  };
}

/** What the rules of attention ask about one run. */
export function runFacts(
  registry: Registry,
  database: DatabaseSync,
  state: RunState,
  staleAfter: StaleThresholds = readStaleThresholds(registry),
): RunFacts {
  const find = database.prepare(
    `SELECT record FROM tasks WHERE (childSessionKey = :session OR hostRunId = :hostRun)
     ORDER BY status IN ('queued', 'running') DESC, taskId DESC LIMIT 1`,
  );
  return {
    now: registry.now(),
    staleAfter,
    findTask: (nodeId) => {
      const node = state.nodes.find(({ id }) => id === nodeId);
      const row = find.get({ session: node?.childSessionKey ?? null, hostRun: node?.runId ?? null });
      return row === undefined ? null : (JSON.parse(String(row["record"])) as TaskRecord);
    },
  };
}
