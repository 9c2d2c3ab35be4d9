import type { DatabaseSync } from "node:sqlite";
import { findFlowAttention } from "../../domain/flow/attention.ts";
import { flowView } from "../../domain/flow/view.ts";
import { listRunAttention } from "../../domain/run/attention.ts";
import { findTaskAttention } from "../../domain/task/attention.ts";
import { type AttentionItem, byUrgency } from "../../model/attention-item.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { formatCommand, suggest } from "../../model/remedy.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { readStaleThresholds } from "../../registry/registry-settings.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { runFacts, taskFacts } from "./attention-facts.ts";
import { listFlowsNeedingAttention, listFlowTasks } from "./flow-queries.ts";
import { listTasksNeedingAttention } from "./task-queries.ts";

/** Everything that needs attention, tasks, flows and runs, most urgent first. The index must be up to date. */
export function listAttention(registry: Registry, database: DatabaseSync): AttentionItem[] {
  const now = registry.now();
  const staleAfter = readStaleThresholds(registry);
  const ofTasks = listTasksNeedingAttention(database, now).flatMap(
    (task) => findTaskAttention(task, now, taskFacts(database, task, staleAfter)) ?? [],
  );
  const ofFlows = listFlowsNeedingAttention(database).flatMap((flow) => {
    const view = flowView(flow, { linked: listFlowTasks(database, flow), now, staleAfter });
    return findFlowAttention(flow, { view, now, staleAfter }) ?? [];
  });
  return [...ofTasks, ...ofFlows, ...listAttentionOfRuns(registry, database)].sort(byUrgency);
}

/** Runs that may need attention are few: their documents are read, since the index has only a line of each. */
function listAttentionOfRuns(registry: Registry, database: DatabaseSync): AttentionItem[] {
  const rows = database
    .prepare(
      `SELECT runId FROM runs WHERE status IN ('running', 'paused', 'draft', 'failed', 'unreadable')
       OR json_extract(delivery, '$.state') IN ('failed', 'ambiguous', 'pending', 'sending')`,
    )
    .all();
  return rows.flatMap(({ runId }) => attentionOfRun(registry, database, String(runId)));
}

/** A run that cannot be read is told of as well: nobody knows what it needs. */
function attentionOfRun(registry: Registry, database: DatabaseSync, runId: string): AttentionItem[] {
  try {
    const { state } = loadRun(registry, runId).run;
    return listRunAttention(state, runFacts(registry, database, state));
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
