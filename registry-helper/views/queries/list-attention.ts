import type { DatabaseSync } from "node:sqlite";
import { WITHOUT_RECEIPT } from "../../domain/delivery/delivery-problem.ts";
import { findFlowAttention } from "../../domain/flow/attention.ts";
import { flowView } from "../../domain/flow/view.ts";
import { listRunAttention } from "../../domain/run/attention.ts";
import { findTaskAttention } from "../../domain/task/attention.ts";
import { type AttentionItem, attentionItemsOf, byUrgency, SHOWN_FOR } from "../../model/attention-item.ts";
import { suggest, type SuggestedCommand } from "../../model/remedy.ts";
import type { RunState } from "../../model/run-documents.ts";
import type { StaleThresholds } from "../../model/stale-thresholds.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { readStaleThresholds } from "../../registry/registry-settings.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { flowPaths } from "../../storage/flow-paths.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { unreadableError } from "../../storage/storage-errors.ts";
import { dayPath } from "../index/refresh-tasks.ts";
import { sqlList } from "../index/sql-list.ts";
import { runFacts, taskFacts } from "./attention-facts.ts";
import { flowProblems, listFlowsNeedingAttention, listFlowTasks } from "./flow-queries.ts";
import { listGatewayAttention } from "./gateway-attention.ts";
import { ledgerDayProblems, listTasksNeedingAttention } from "./task-queries.ts";

/** Reads one run; a caller that needs the runs as well gives one that remembers. */
export type RunReader = (runId: string) => RunState;

/**
 * Everything that needs attention, tasks, flows and runs, most urgent first. The index must be up to date.
 *
 * @param options.session only what this session asked for or works on; what cannot be read is nobody's
 */
export function listAttention(
  registry: Registry,
  database: DatabaseSync,
  options: { session?: string | undefined; readRun?: RunReader } = {},
): AttentionItem[] {
  const { session, readRun = (runId: string) => loadRun(registry, runId).run.state } = options;
  const now = registry.now();
  const staleAfter = readStaleThresholds(registry);
  const ofTasks = listTasksNeedingAttention(database, now).flatMap((task) => {
    if (session !== undefined && task.requesterSessionKey !== session && task.childSessionKey !== session) return [];
    return findTaskAttention(task, now, taskFacts(database, task, staleAfter)) ?? [];
  });
  const ofFlows = listFlowsNeedingAttention(database).flatMap((flow) => {
    if (session !== undefined && flow.ownerSessionKey !== session) return [];
    const view = flowView(flow, { linked: listFlowTasks(database, flow), now, staleAfter });
    return findFlowAttention(flow, { view, now, staleAfter }) ?? [];
  });
  const unreadable =
    session === undefined
      ? [
          ...listUnreadableFlows(registry, database),
          ...listUnreadableDays(registry, database),
          ...listGatewayAttention(registry),
        ]
      : [];
  return [
    ...ofTasks,
    ...ofFlows,
    ...unreadable,
    ...listAttentionOfRuns(registry, database, { session, staleAfter, readRun }),
  ].sort(byUrgency);
}

/** Runs that may need attention are few: their documents are read, since the index has only a line of each. */
function listAttentionOfRuns(
  registry: Registry,
  database: DatabaseSync,
  { session, staleAfter, readRun }: { session: string | undefined; staleAfter: StaleThresholds; readRun: RunReader },
): AttentionItem[] {
  const rows = database
    .prepare(
      `SELECT runId FROM runs WHERE (status IN ('running', 'paused', 'draft', 'failed', 'unreadable')
         OR json_extract(delivery, '$.state') IN ${sqlList(WITHOUT_RECEIPT)}
         OR ((unverified > 0 OR bypassed > 0) AND archivedAt IS NULL AND updatedAt >= :since))
       AND (:session IS NULL OR sourceSession = :session OR rootSession = :session)`,
    )
    .all({ session: session ?? null, since: formatMicros(registry.now() - SHOWN_FOR) });
  return rows.flatMap(({ runId }) => attentionOfRun(registry, database, String(runId), { staleAfter, readRun }));
}

/** A run that cannot be read is told of as well: nobody knows what it needs. */
function attentionOfRun(
  registry: Registry,
  database: DatabaseSync,
  runId: string,
  { staleAfter, readRun }: { staleAfter: StaleThresholds; readRun: RunReader },
): AttentionItem[] {
  try {
    const state = readRun(runId);
    return listRunAttention(state, runFacts(registry, database, state, staleAfter));
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
  const since = formatMicros(lastChange(registry, journal) ?? registry.now());
  return attentionItemsOf({ kind, id }, id)(`${kind}_unreadable`, since, reason, suggestion);
}

/** When a journal was written last, as far as the disk says. */
function lastChange({ fs }: Registry, journal: string): Micros | undefined {
  try {
    return Math.floor(fs.statSync(journal).mtimeMs) * 1000;
  } catch {
    return undefined;
  }
}
