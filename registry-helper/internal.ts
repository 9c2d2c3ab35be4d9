/**
 * What the plugin and the dashboard use of the helper, and nothing else may. Not part of the public API (index.ts,
 * flows.ts): it changes without notice.
 */
export { doctorAnswer, registryChecks } from "./cli/commands/doctor.ts";
export { type BriefTask, getTaskAttempts } from "./operations/tasks/show.ts";
export { toFlowDocument } from "./operations/flows/list.ts";
export { getTaskContext, type TaskContext } from "./operations/tasks/task-context.ts";
export { formatTaskName } from "./operations/tasks/task-name.ts";
export { type FindingDocument, summarizeFindings } from "./operations/tasks/audit.ts";
export { type DeliveryReport, getDeliveryDeadline, isDeliveryDue } from "./domain/delivery/decide.ts";
export { parseRunFlowId, toRunFlowId } from "./domain/flow/run-as-flow.ts";
export type { FlowView } from "./domain/flow/view.ts";
export { listRunAttention } from "./domain/run/attention.ts";
export { CONTROL_ACTIONS } from "./domain/run/control-actions.ts";
export { isAbandoned } from "./domain/run/decide/decide-claim.ts";
export { nextTimer } from "./domain/run/next/next-check.ts";
export type { NextStep } from "./domain/run/next/next-step.ts";
export { requireNode } from "./domain/run/state/find-node.ts";
export { parseWaitTarget } from "./domain/run/state/wait-target.ts";
export { getQuestion } from "./domain/run/transitions/start-node.ts";
export { getTaskTitle } from "./domain/task/attention.ts";
export { ATTENTION_KINDS, type AttentionItem } from "./model/attention-item.ts";
export { FINDING_CODES, SEVERITIES } from "./domain/task/audit-findings.ts";
export { CAPABILITIES, type Capabilities, getCapabilities } from "./domain/task/capabilities.ts";
export type { TaskCommand } from "./domain/task/commands.ts";
export { LOST_AFTER_MS } from "./domain/task/decide.ts";
export { isTerminalTask } from "./domain/task/evolve.ts";
export { type LedgerDay, ledgerDayAggregate } from "./domain/task/ledger-day.ts";
export { classifyServiceError, type ServiceBlock } from "./domain/task/service-error.ts";
export { taskStatus, type TaskStatusView } from "./domain/task/status.ts";
export { isInFlight, isSettled } from "./domain/task/task-table.ts";
export { formatCondition } from "./domain/workflow/policy-text.ts";
export { readPolicy } from "./domain/workflow/node-policy-defaults.ts";
export { getEffectiveDefaults } from "./domain/workflow/own-fields.ts";
export { parseWorkflow } from "./domain/workflow/parse-workflow.ts";
export { workflowVersion } from "./domain/workflow/workflow-version.ts";
export { hasAge, isAhead } from "./model/age.ts";
export { backoffMs } from "./model/backoff.ts";
export { type HeldLock, observeHeldLocks, releaseFor } from "./storage/lock.ts";
export {
  DELIVERY_STATES,
  type DeliveryRecord,
  type DeliveryRoute,
  type DeliveryTarget,
} from "./model/delivery-record.ts";
export { STALE_THRESHOLDS, type StaleThresholds } from "./model/stale-thresholds.ts";
export { formatLargestUnit, parseDuration } from "./model/duration.ts";
export {
  ClawTaskError,
  ERROR_TABLE,
  type ErrorCode,
  getErrorMessage,
  isClawTaskError,
  usageError,
} from "./model/errors.ts";
export { FLOW_STATUSES, type FlowRecord, isFlowEnded } from "./model/flow-record.ts";
export { sha256Hex } from "./model/hash.ts";
export { parseDayFromId, timeOrderedId } from "./model/ids.ts";
export {
  exactDigits,
  isJsonObject,
  type Json,
  type JsonObject,
  omitUndefined,
  parseJson,
  parseJsonArgument,
  parseJsonInput,
  toJsonOutput,
} from "./model/json.ts";
export { type ErrorDocument, fromErrorDocument, toErrorDocument } from "./model/error-document.ts";
export * as limits from "./model/limits.ts";
export { DEFAULT_LIMIT, MAX_KEY_LENGTH, MAX_LIMIT } from "./model/limits.ts";
export type { Condition } from "./model/node-policy.ts";
export { normalizeRunPath } from "./model/relative-path.ts";
export { formatCommand, formatRemedy, type Remedy, suggest, type SuggestedCommand } from "./model/remedy.ts";
export {
  NODE_KINDS,
  NODE_STATUSES,
  type NodeKind,
  type NodeStatus,
  RUN_STATUSES,
  type RunNode,
  type RunState,
  TERMINAL_RUN_STATUSES,
} from "./model/run-documents.ts";
export type { RunEvent } from "./model/run-events.ts";
export { plainLine, plainText, terminalText } from "./model/sanitize-text.ts";
export type { HostDelivery, TaskEnding, TaskEvent, TaskFacts, TaskStep } from "./model/task-events.ts";
export {
  type HostRow,
  TASK_RUNTIMES,
  TASK_STATUSES,
  type TaskRecord,
  type TaskRuntime,
  type TaskStatus,
  type TerminalTaskStatus,
  type TokenUsage,
} from "./model/task-record.ts";
export {
  BLOCK_REASONS,
  type BlockReason,
  NOTIFY_POLICIES,
  type NotifyPolicy,
  STATABLE_PHASES,
  type StatablePhase,
  TASK_PHASES,
  type TaskPhase,
} from "./model/task-status.ts";
export { APPROVAL_AUTHORITIES, type ApprovalAccess, type ApprovalAuthority } from "./model/node-policy.ts";
export { getApprovalAccess } from "./domain/run/approval-access.ts";
export { formatChatAnswer } from "./domain/run/gate-guard.ts";
export { describeUnanswered, formatAnswer, formatBypass } from "./domain/run/state/approval-outcome.ts";
export { formatUnverified, isUnverified, listCaveats } from "./domain/run/state/run-caveats.ts";
export { readApprovalDefaults, writePluginSettings } from "./registry/registry-settings.ts";
export type { EventOrigin, VerifiedSender, Via } from "./model/event-origin.ts";
export { formatMicros, type Micros, parseMicros } from "./model/time.ts";
export { version } from "./model/version.ts";
export type { WorkflowDefinition, WorkflowNode } from "./model/workflow-definition.ts";
export { finishFlowCancel } from "./operations/flows/cancel-flow.ts";
export type { Check } from "./operations/maintenance/check.ts";
export { verifyRun } from "./operations/maintenance/verify-run.ts";
export type { ChangeInput, IndexedContext, Outcome } from "./operations/operation.ts";
export { callOperation, type OperationError, type OperationResult } from "./operations/call-operation.ts";
export type { OperationDocument, OperationInput } from "./operations/operation-types.ts";
export { type OperationName, OPERATIONS } from "./operations/catalog.ts";
export { createOperationContext } from "./operations/operation-context.ts";
export { claimNodes } from "./operations/runs/claim-nodes.ts";
export { controlRun, unknownControl } from "./operations/runs/control-run.ts";
export { forkRun } from "./operations/runs/fork-run.ts";
export { advanceRun, getRunSteps } from "./operations/runs/next-steps.ts";
export { readEvents } from "./operations/runs/read-events.ts";
export { scaffoldRun } from "./operations/runs/scaffold-run.ts";
export { tickRun } from "./operations/runs/tick-run.ts";
export { inspectRun } from "./operations/runs/validate-run.ts";
export { findConcurrentTask } from "./operations/tasks/find-concurrent-task.ts";
export { addWorkflow, loadWorkflow, newWorkflow } from "./operations/workflows/workflow-files.ts";
export { type CommandOutcome, type CommandRequest, commitAll } from "./registry/commit.ts";
export { commitFlow, loadFlow } from "./registry/flow-store.ts";
export {
  gatewayHeartbeatPath,
  readHeartbeatNote,
  HEARTBEAT_STALE_AFTER_MS,
  type HeartbeatContent,
  type SetAside,
  type ThreadStatus,
  readGatewayHeartbeat,
} from "./registry/gateway-heartbeat.ts";
export { registrySettingsPath } from "./registry/registry-settings.ts";
export { openRegistry, type Registry } from "./registry/registry.ts";
export { holdsRegistry, registryPointerPath } from "./registry/resolve-root.ts";
export { loadRunAt } from "./registry/run-history.ts";
export { commitRun, loadRun } from "./registry/run-store.ts";
export {
  type FileSystem,
  getErrno,
  openFile,
  readText,
  readTextIfExists,
  realFileSystem,
} from "./storage/file-system.ts";
export { flowIds, flowPaths, isFlowId } from "./storage/flow-paths.ts";
export { ensureMarker } from "./storage/registry-marker.ts";
export { pinRegistry, RegistryPin, requireRoot } from "./registry/pinned-registry.ts";
export { withoutSeal } from "./storage/journal-chain.ts";
export { readLines } from "./storage/journal-file.ts";
export { LEDGER_START, readLedgerOperations } from "./storage/ledger-operations.ts";
export { CountingLines } from "./storage/operation-span.ts";
export { ledgerDays, ledgerFolder, LedgerJournal } from "./storage/ledger-journal.ts";
export { existingRunPaths, existsInside, findInside } from "./storage/run-paths.ts";
export { parseObject } from "./storage/run-projections.ts";
export { storageError } from "./storage/storage-errors.ts";
export { filesBelow } from "./storage/walk-files.ts";
export { workflowPaths } from "./storage/workflow-paths.ts";
export { ChangeLog, type ChangePage } from "./views/changes/change-log.ts";
export type { Change } from "./views/changes/describe-change.ts";
export { refreshFlows } from "./views/index/refresh-flows.ts";
export { refreshRuns } from "./views/index/refresh-runs.ts";
export { refreshTasks } from "./views/index/refresh-tasks.ts";
export { type RunFilter, runIds, type RunRow } from "./views/index/run-rows.ts";
export { listRuns, withIndex } from "./views/index/with-index.ts";
export { auditLedger } from "./views/queries/audit-ledger.ts";
export { inspectFlowOrRelated } from "./views/queries/flow-details.ts";
export { findFlow, listFlows } from "./views/queries/flow-queries.ts";
export { LedgerIndex } from "./views/queries/ledger-index.ts";
export { listAttention } from "./views/queries/list-attention.ts";
export { RUN_PHASES, type RunPhase } from "./domain/run/phase.ts";
export { listWork, type WorkItem } from "./views/queries/list-work.ts";
export { runFacts, taskFacts, taskViewer } from "./views/queries/attention-facts.ts";
export { LISTED_TASK_STATUSES, toTaskFilter } from "./operations/tasks/match-tasks.ts";
export { findTaskOrRelated } from "./views/queries/related-records.ts";
export { firstIdAt } from "./views/queries/task-filter.ts";
export {
  findTask,
  ledgerProblems,
  listChildTasks,
  listTasks,
  openTasks,
  taskById,
  taskRevision,
  type TaskRow,
  tasksStartedBy,
  type WantedTasks,
  wantedTasks,
} from "./views/queries/task-queries.ts";
export {
  compareRuns,
  type NodeComparison,
  type NodeSide,
  type RunComparison,
  type RunSide,
} from "./views/reports/compare-runs.ts";
export { factsFromIndex } from "./views/reports/load-run-stats.ts";
export { computeStats, type VersionStats } from "./views/reports/run-stats.ts";
export { readTaskStats, TASK_GROUPINGS } from "./views/reports/task-stats.ts";
export { buildTimeline, type Timeline, type TimelineSpan } from "./views/reports/timeline.ts";
