import type { DatabaseSync } from "node:sqlite";
import { findFlowAttention } from "../../domain/flow/attention.ts";
import { flowView } from "../../domain/flow/view.ts";
import { listRunAttention } from "../../domain/run/attention.ts";
import { type AttentionItem, findTaskAttention, byUrgency } from "../../domain/task/attention.ts";
import { formatCommand, suggest, type SuggestedCommand } from "../../model/remedy.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { flowPaths } from "../../storage/flow-paths.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { unreadableError } from "../../storage/storage-errors.ts";
import { dayPath } from "../index/refresh-tasks.ts";
import { flowProblems, listFlowsNeedingAttention, listFlowTasks } from "./flow-queries.ts";
import { failuresInARow, ledgerDayProblems, listTasksNeedingAttention } from "./task-queries.ts";

/** Everything that needs somebody, tasks, flows and runs, most urgent first. The index must be up to date. */
export function listAttention(registry: Registry, database: DatabaseSync): AttentionItem[] {
  const now = registry.now();
  const ofTasks = listTasksNeedingAttention(database, now).flatMap((task) => {
    const item = findTaskAttention(task, now);
    const isFailure = item?.kind === "failed_silently" || item?.kind === "lost";
    if (!isFailure || task.runtime !== "cron" || task.sourceId === null) return item ?? [];
    // Of a job that failed again and again the last time stands for all; once it went well, none of them matters.
    if (!isLastOfItsJob(database, task)) return [];
    return findTaskAttention(task, now, failuresInARow(database, task.sourceId)) ?? [];
  });
  const ofFlows = [...listFlowAttention(database, now), ...listUnreadableFlows(registry, database)];
  const ofLedger = listUnreadableDays(registry, database);
  return [...ofTasks, ...ofFlows, ...ofLedger, ...listAttentionOfRuns(registry, database)].sort(byUrgency);
}

function isLastOfItsJob(database: DatabaseSync, task: TaskRecord): boolean {
  const later = database
    .prepare("SELECT 1 FROM tasks WHERE sourceId = ? AND taskId > ? AND status NOT IN ('queued', 'running') LIMIT 1")
    .get(task.sourceId, task.taskId);
  return later === undefined;
}

function listFlowAttention(database: DatabaseSync, now: Micros): AttentionItem[] {
  return listFlowsNeedingAttention(database).flatMap((flow) => {
    const view = flowView(flow, { linked: listFlowTasks(database, flow), now });
    return findFlowAttention(flow, view, now) ?? [];
  });
}

/** Runs that may need somebody are few: their documents are read, since the index has only a line of each. */
function listAttentionOfRuns(registry: Registry, database: DatabaseSync): AttentionItem[] {
  const rows = database
    .prepare(
      `SELECT runId FROM runs WHERE status IN ('running', 'paused', 'draft', 'failed', 'unreadable')
       OR delivery LIKE '%"state":"failed"%' OR delivery LIKE '%"state":"ambiguous"%'`,
    )
    .all();
  return rows.flatMap(({ runId }) => attentionOfRun(registry, String(runId)));
}

/** A run that cannot be read is told of as well: nobody knows what it needs. */
function attentionOfRun(registry: Registry, runId: string): AttentionItem[] {
  try {
    return listRunAttention(loadRun(registry, runId).run.state, registry.now());
  } catch (thrown) {
    const error = unreadableError(thrown, `run ${runId}`);
    // Removed since the index was brought up to date.
    if (error.code === "run_not_found" && !registry.fs.existsSync(runPaths(registry.root, runId).folder)) return [];
    return [
      unreadable(registry, {
        kind: "run",
        id: runId,
        journal: runPaths(registry.root, runId).events,
        reason: `${error.code}: ${error.message}`,
        suggestion: suggest("repair", runId),
      }),
    ];
  }
}

/** What a flow waits for, or owes to whom, is not known while it cannot be read. */
function listUnreadableFlows(registry: Registry, database: DatabaseSync): AttentionItem[] {
  return flowProblems(database).map(({ flowId, problem }) =>
    unreadable(registry, {
      kind: "flow",
      id: flowId,
      journal: flowPaths(registry.root, flowId).events,
      reason: problem,
      suggestion: suggest("repair", flowId),
    }),
  );
}

/** A line of the ledger that cannot be read may be the end of a task, or a task. */
function listUnreadableDays(registry: Registry, database: DatabaseSync): AttentionItem[] {
  return ledgerDayProblems(database).map(({ day, problem }) =>
    unreadable(registry, {
      kind: "ledger",
      id: day,
      journal: dayPath(registry.root, day),
      reason: problem,
      suggestion: suggest("tasks maintenance", "--apply"),
    }),
  );
}

function unreadable(
  registry: Registry,
  about: {
    kind: "run" | "flow" | "ledger";
    id: string;
    journal: string;
    reason: string;
    suggestion: SuggestedCommand;
  },
): AttentionItem {
  const { kind, id, journal, reason, suggestion } = about;
  return {
    kind: `${kind}_unreadable`,
    subject: { kind, id },
    title: id,
    since: formatMicros(lastChange(registry, journal) ?? registry.now()),
    reason,
    command: formatCommand(suggestion),
    suggestion,
  };
}

/** When a journal was written last, as far as the disk says. */
function lastChange({ fs }: Registry, journal: string): Micros | undefined {
  try {
    return Math.floor(fs.statSync(journal).mtimeMs) * 1000;
  } catch {
    return undefined;
  }
}
