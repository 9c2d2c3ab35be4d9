/**
 * The library's public face: everything that reads or changes a registry. Knows nothing of OpenClaw.
 *
 * @example
 * const registry = openRegistry({ root: "/home/me/registry" });
 * commitRun(registry, "report-1", { command: { type: "progress", message: "half way", payload: {} } });
 */
export { commit, commitAll, type CommandOutcome, type CommandRequest, type Committed } from "./registry/commit.ts";
export { commitFlow, loadFlow, createFlow } from "./registry/flow-store.ts";
export type { DeliveryReport } from "./domain/delivery/decide.ts";
export { flowIds, flowPaths, isFlowId } from "./storage/flow-paths.ts";
export { gatewayHeartbeatPath, type HeartbeatContent, readGatewayHeartbeat } from "./registry/gateway-heartbeat.ts";
export { advanceRun, type RunSteps, getRunSteps } from "./operations/runs/next-steps.ts";
export { formatNodeBrief } from "./operations/runs/briefs.ts";
export { claimNodes } from "./operations/runs/claim-nodes.ts";
export { type Forked, type ForkRequest, forkRun } from "./operations/runs/fork-run.ts";
export { controlRun, type ControlRequest } from "./operations/runs/control-run.ts";
export { exportLines, type ExportLine } from "./operations/runs/export-run.ts";
export { inspectRun } from "./operations/runs/validate-run.ts";
export { readEvents } from "./operations/runs/read-events.ts";
export { type PastMoment, loadRunAt } from "./registry/run-history.ts";
export { pruneRuns, type PruneReport } from "./operations/maintenance/prune-runs.ts";
export { tickRun } from "./operations/runs/tick-run.ts";
export { findConcurrentTask } from "./operations/tasks/find-concurrent-task.ts";
export { ledgerDays, LedgerJournal } from "./storage/ledger-journal.ts";
export { RunJournal } from "./storage/run-journal.ts";
export type {
  DeliveryRecord,
  DeliverySender,
  DeliveryState,
  DeliveryTarget,
  DeliveryRoute,
} from "./model/delivery-record.ts";
export {
  ClawTaskError,
  ERROR_TABLE,
  type ErrorCode,
  getExitStatus,
  isClawTaskError,
  getErrorMessage,
} from "./model/errors.ts";
export { type FlowRecord, isFlowEnded } from "./model/flow-record.ts";
export { parseDayFromId, timeOrderedId } from "./model/ids.ts";
export * as limits from "./model/limits.ts";
export { plainLine, plainText } from "./model/sanitize-text.ts";
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
export { commitRun, loadRun } from "./registry/run-store.ts";
export { openRegistry, type Registry } from "./registry/registry.ts";
export { resolveRoot, registryPointerPath } from "./registry/resolve-root.ts";
export { type RepairAction, repairRun } from "./operations/maintenance/repair-run.ts";
export type { RunCommand } from "./domain/run/commands.ts";
export { isAbandoned } from "./domain/run/decide/decide-claim.ts";
export type { NextStep } from "./domain/run/next/next-steps.ts";
export { parseWaitTarget } from "./domain/run/state/wait-target.ts";
export { nextTimer } from "./domain/run/next/next-check.ts";
export { scaffoldRun, type ScaffoldRequest } from "./operations/runs/scaffold-run.ts";
export { finishFlowCancel } from "./operations/flows/cancel-flow.ts";
export { type AttentionItem, findTaskAttention, byUrgency, getTaskTitle } from "./domain/task/attention.ts";
export type { TaskCommand, TaskSignal } from "./domain/task/commands.ts";
export { LOST_AFTER_MS } from "./domain/task/decide.ts";
export { isTerminalTask } from "./domain/task/evolve.ts";
export { type LedgerDay, ledgerDayAggregate } from "./domain/task/ledger-day.ts";
export { DEFAULT_NOTIFY } from "./domain/task/default-notify-policy.ts";
export { taskStatus, type TaskStatusView } from "./domain/task/status.ts";
export { isInFlight, isSettled } from "./domain/task/task-table.ts";
export { type ExportReport, verifyExport } from "./operations/runs/verify-export.ts";
export { type VerifyReport, verifyRun } from "./operations/maintenance/verify-run.ts";
export { compareRuns, type RunComparison } from "./views/reports/compare-runs.ts";
export { runIds, type RunRow } from "./views/index/run-rows.ts";
export { LedgerIndex } from "./views/queries/ledger-index.ts";
export { listRuns, withIndex } from "./views/index/with-index.ts";
export {
  findTask,
  listTasks,
  openTasks,
  type TaskRow,
  tasksStartedBy,
  type WantedTasks,
  wantedTasks,
} from "./views/queries/task-queries.ts";
export { computeStats, type VersionStats } from "./views/reports/run-stats.ts";
export { statsFacts } from "./views/reports/load-run-stats.ts";
export { type Timeline, buildTimeline } from "./views/reports/timeline.ts";
export { findRuns } from "./views/queries/workflow-runs.ts";
export { version } from "./model/version.ts";
export { loadWorkflow, newWorkflow } from "./operations/workflows/workflow-files.ts";
export { workflowPaths } from "./storage/workflow-paths.ts";
