/**
 * The library's public face: everything that reads or changes a registry. Knows nothing of OpenClaw.
 *
 * @example
 * const registry = openRegistry({ root: "/home/me/registry" });
 * changeRun(registry, "report-1", { command: { type: "progress", message: "half way", payload: {} } });
 */
export { commit, commitAll, type CommandOutcome, type CommandRequest, type Committed } from "./commit.ts";
export { changeFlow, loadFlow, makeFlow } from "./change-flow.ts";
export type { DeliveryReport } from "./delivery/decide.ts";
export { flowIds, flowPaths, isFlowId } from "./journal/flow-paths.ts";
export { gatewayNotePath, type GatewayNoteContent, readGatewayNote } from "./gateway-note.ts";
export { advanceRun, briefOfNode, claimNodes, type RunSteps, stepsOf } from "./advance-run.ts";
export { type Forked, type ForkRequest, forkRun } from "./fork-run.ts";
export { controlRun, type ControlRequest } from "./control-run.ts";
export { exportLines, type ExportLine } from "./export-run.ts";
export { inspectRun, readEvents } from "./inspect-run.ts";
export { type PastMoment, runAt } from "./past-run.ts";
export { pruneRuns, type PruneReport } from "./prune-runs.ts";
export { tickRun } from "./tick-run.ts";
export { taskMadeMeanwhile } from "./known-work.ts";
export { ledgerDays, LedgerJournal } from "./journal/ledger-journal.ts";
export { RunJournal } from "./journal/run-journal.ts";
export type { DeliveryRecord, DeliverySender, DeliveryState, DeliveryTarget, Route } from "./model/delivery-record.ts";
export {
  ClawTaskError,
  ERROR_TABLE,
  type ErrorCode,
  exitStatusOf,
  isClawTaskError,
  messageOf,
} from "./model/errors.ts";
export { type FlowRecord, isFlowOver } from "./model/flow-record.ts";
export { dayOfId, timeOrderedId } from "./model/ids.ts";
export * as limits from "./model/limits.ts";
export { plainLine, plainText } from "./model/plain-text.ts";
export { TERMINAL_RUN_STATUSES } from "./model/run-documents.ts";
export type { RunDocument, RunNode, RunRefs, RunState, RunStatus, NodeStatus } from "./model/run-documents.ts";
export type { RunEvent } from "./model/run-events.ts";
export type { HostDelivery, TaskEnding, TaskEvent, TaskFacts, TaskStep } from "./model/task-events.ts";
export type {
  HostRow,
  TaskRecord,
  TaskRuntime,
  TaskStatus,
  TerminalTaskStatus,
  TokenUsage,
} from "./model/task-record.ts";
export { TASK_RUNTIMES } from "./model/task-record.ts";
export {
  BLOCK_REASONS,
  type BlockReason,
  NOTIFY_POLICIES,
  type NotifyPolicy,
  STATABLE_PHASES,
  type StatablePhase,
  type TaskPhase,
} from "./model/task-status.ts";
export { formatMicros, type Micros, parseMicros, wallClock } from "./model/time.ts";
export { changeRun, loadRun, openRegistry, type Registry, resolveRoot, rootNotePath } from "./registry.ts";
export { type RepairAction, repairRun } from "./repair-run.ts";
export type { RunCommand } from "./run/commands.ts";
export { isAbandoned } from "./run/decide-claim.ts";
export type { NextStep } from "./run/next-steps.ts";
export { waitTargetOf } from "./run/wait-target.ts";
export { wakeTime } from "./run/wake-time.ts";
export { scaffoldRun, type ScaffoldRequest } from "./scaffold-run.ts";
export { settleFlow } from "./settle-flows.ts";
export { type AttentionItem, attentionOf, byUrgency, titleOf } from "./task/attention.ts";
export type { TaskCommand, TaskSignal } from "./task/commands.ts";
export { LOST_AFTER_MS } from "./task/decide.ts";
export { isTerminalTask } from "./task/evolve.ts";
export { type LedgerDay, ledgerDayAggregate } from "./task/ledger-day.ts";
export { DEFAULT_NOTIFY } from "./task/policy.ts";
export { taskStatus, type TaskStatusView } from "./task/status.ts";
export { isOnItsWay, isSettled } from "./task/task-table.ts";
export { type ExportReport, verifyExport } from "./verify-export.ts";
export { type VerifyReport, verifyRun } from "./verify-run.ts";
export { compareRuns, type RunComparison } from "./views/compare-runs.ts";
export { runIds, type RunRow } from "./views/run-row.ts";
export { LedgerIndex } from "./views/ledger-index.ts";
export { listRuns, withIndex } from "./views/queries.ts";
export {
  findTask,
  listTasks,
  openTasks,
  type TaskRow,
  tasksStartedBy,
  type WantedTasks,
  wantedTasks,
} from "./views/task-queries.ts";
export { statsOf, type VersionStats } from "./views/run-stats.ts";
export { statsFacts } from "./views/stats-facts.ts";
export { type Timeline, timelineOf } from "./views/timeline.ts";
export { findRuns } from "./views/workflow-runs.ts";
export { version } from "./version.ts";
export { loadWorkflow, newWorkflow, workflowPaths } from "./workflow-files.ts";
