import type { DatabaseSync } from "node:sqlite";
import { findFlowAttention } from "../../domain/flow/attention.ts";
import { flowView } from "../../domain/flow/view.ts";
import { listRunAttention } from "../../domain/run/attention.ts";
import { type AttentionItem, findTaskAttention, byUrgency } from "../../domain/task/attention.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { formatCommand, suggest } from "../../model/remedy.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { listFlowsNeedingAttention, listFlowTasks } from "./flow-queries.ts";
import { failuresInARow, listTasksNeedingAttention } from "./task-queries.ts";

/**
 * Everything that needs somebody, tasks, flows and runs, most urgent first. The index must be up to date.
 *
 * @param session only what this session asked for or works on
 */
export function listAttention(registry: Registry, database: DatabaseSync, session?: string): AttentionItem[] {
  const now = registry.now();
  const isTheirs = (task: TaskRecord): boolean =>
    session === undefined || task.requesterSessionKey === session || task.childSessionKey === session;
  const ofTasks = listTasksNeedingAttention(database, now).flatMap((task) => {
    if (!isTheirs(task)) return [];
    const item = findTaskAttention(task, now);
    const isFailure = item?.kind === "failed_silently" || item?.kind === "lost";
    if (!isFailure || task.runtime !== "cron" || task.sourceId === null) return item ?? [];
    // Of a job that failed again and again the last time stands for all; once it went well, none of them matters.
    if (!isLastOfItsJob(database, task)) return [];
    return findTaskAttention(task, now, failuresInARow(database, task.sourceId)) ?? [];
  });
  return [
    ...ofTasks,
    ...listFlowAttention(database, now, session),
    ...listAttentionOfRuns(registry, database, session),
  ].sort(byUrgency);
}

function isLastOfItsJob(database: DatabaseSync, task: TaskRecord): boolean {
  const later = database
    .prepare("SELECT 1 FROM tasks WHERE sourceId = ? AND taskId > ? AND status NOT IN ('queued', 'running') LIMIT 1")
    .get(task.sourceId, task.taskId);
  return later === undefined;
}

function listFlowAttention(database: DatabaseSync, now: Micros, session: string | undefined): AttentionItem[] {
  return listFlowsNeedingAttention(database).flatMap((flow) => {
    if (session !== undefined && flow.ownerSessionKey !== session) return [];
    const view = flowView(flow, { linked: listFlowTasks(database, flow), now });
    return findFlowAttention(flow, view, now) ?? [];
  });
}

/** Runs that may need somebody are few: their documents are read, since the index has only a line of each. */
function listAttentionOfRuns(registry: Registry, database: DatabaseSync, session: string | undefined): AttentionItem[] {
  const rows = database
    .prepare(
      `SELECT runId FROM runs WHERE (status IN ('running', 'paused', 'draft', 'failed', 'unreadable')
         OR delivery LIKE '%"state":"failed"%' OR delivery LIKE '%"state":"ambiguous"%')
       AND (:session IS NULL OR sourceSession = :session OR rootSession = :session)`,
    )
    .all({ session: session ?? null });
  return rows.flatMap(({ runId }) => attentionOfRun(registry, String(runId)));
}

/** A run that cannot be read is told of as well: nobody knows what it needs. */
function attentionOfRun(registry: Registry, runId: string): AttentionItem[] {
  try {
    return listRunAttention(loadRun(registry, runId).run.state, registry.now());
  } catch (thrown) {
    const error = storageError(thrown, `run ${runId}`);
    if (!isClawTaskError(error)) throw error;
    // Removed since the index was brought up to date.
    if (error.code === "run_not_found") return [];
    return [unreadableRun(registry, runId, `${error.code}: ${error.message}`)];
  }
}

function unreadableRun(registry: Registry, runId: string, reason: string): AttentionItem {
  const suggestion = suggest("repair", runId);
  const subject = { kind: "run" as const, id: runId };
  const since = formatMicros(lastChange(registry, runId) ?? registry.now());
  return {
    kind: "run_unreadable",
    subject,
    title: runId,
    since,
    reason,
    command: formatCommand(suggestion),
    suggestion,
  };
}

/** When its journal was written last, as far as the disk says. */
function lastChange({ fs, root }: Registry, runId: string): Micros | undefined {
  try {
    return Math.floor(fs.statSync(runPaths(root, runId).events).mtimeMs) * 1000;
  } catch {
    return undefined;
  }
}
