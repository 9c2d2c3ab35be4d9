import type { DatabaseSync } from "node:sqlite";
import { isClawTaskError } from "../../model/errors.ts";
import { attentionOfFlow } from "../../domain/flow/attention.ts";
import { flowView } from "../../domain/flow/view.ts";
import type { RunState } from "../../model/run-documents.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { loadRun } from "../../registry/run-store.ts";
import type { Registry } from "../../registry/registry.ts";
import { attentionOfRun } from "../../domain/run/attention.ts";
import { type AttentionItem, attentionOf, byUrgency } from "../../domain/task/attention.ts";
import { flowsToLookAt, tasksOfFlow } from "./flow-queries.ts";
import { failuresInARow, tasksToLookAt } from "./task-queries.ts";

/** Everything that needs somebody, tasks, flows and runs, most urgent first. The index must be up to date. */
export function listAttention(registry: Registry, database: DatabaseSync): AttentionItem[] {
  const now = registry.now();
  const ofTasks = tasksToLookAt(database, now).flatMap((task) => {
    const item = attentionOf(task, now);
    const isFailure = item?.kind === "failed_silently" || item?.kind === "lost";
    if (!isFailure || task.runtime !== "cron" || task.sourceId === null) return item ?? [];
    // Of a job that failed again and again the last time stands for all; once it went well, none of them matters.
    if (!isLastOfItsJob(database, task)) return [];
    return attentionOf(task, now, failuresInARow(database, task.sourceId)) ?? [];
  });
  return [...ofTasks, ...attentionOfFlows(database, now), ...attentionOfRuns(registry, database)].sort(byUrgency);
}

function isLastOfItsJob(database: DatabaseSync, task: TaskRecord): boolean {
  const later = database
    .prepare("SELECT 1 FROM tasks WHERE sourceId = ? AND taskId > ? AND status NOT IN ('queued', 'running') LIMIT 1")
    .get(task.sourceId, task.taskId);
  return later === undefined;
}

function attentionOfFlows(database: DatabaseSync, now: Micros): AttentionItem[] {
  return flowsToLookAt(database).flatMap((flow) => {
    const view = flowView(flow, { linked: tasksOfFlow(database, flow), now });
    return attentionOfFlow(flow, view, now) ?? [];
  });
}

/** Runs that may need somebody are few: their documents are read, since the index has only a line of each. */
function attentionOfRuns(registry: Registry, database: DatabaseSync): AttentionItem[] {
  const rows = database
    .prepare(
      `SELECT runId FROM runs WHERE status IN ('running', 'paused', 'draft', 'failed')
       OR delivery LIKE '%"state":"failed"%' OR delivery LIKE '%"state":"ambiguous"%'`,
    )
    .all();
  return rows.flatMap(({ runId }) => {
    const state = stateOf(registry, String(runId));
    return state === undefined ? [] : attentionOfRun(state, registry.now());
  });
}

/** A run that cannot be read is told by `doctor` and `list`. */
function stateOf(registry: Registry, runId: string): RunState | undefined {
  try {
    return loadRun(registry, runId).run.state;
  } catch (thrown) {
    if (isClawTaskError(storageError(thrown, `run ${runId}`))) return undefined;
    throw thrown;
  }
}
