/**
 * The library: everything that can be asked of a registry, typed and checked. Knows nothing of OpenClaw.
 *
 * @example
 * import { openRegistry } from "clawtask";
 *
 * const registry = openRegistry({ root: "/srv/registry", actor: "nightly" });
 * const { runs } = registry.runs.list({ status: "running" });
 */
export { openRegistryApi as openRegistry } from "./api/open-registry.ts";
export { openRegistryInWorker } from "./api/open-registry-in-worker.ts";
export type { RegistryApi, RegistryWorkerApi } from "./api/registry-api.ts";
export type { RegistryOptions } from "./api/registry-options.ts";
export type { OperationDocument, OperationInput } from "./operations/operation-types.ts";
export type { OperationName } from "./operations/catalog.ts";
export { ClawTaskError, ERROR_TABLE, type ErrorCode, isClawTaskError } from "./model/errors.ts";
export type { ErrorDocument } from "./model/error-document.ts";
export type { Remedy, SuggestedCommand } from "./model/remedy.ts";
export { version } from "./model/version.ts";
export type { AttentionItem } from "./model/attention-item.ts";
export type { FlowView } from "./domain/flow/view.ts";
export type { NextStep } from "./domain/run/next/next-step.ts";
export type { TaskStatusView } from "./domain/task/status.ts";
export type { DeliveryRecord, DeliveryRoute, DeliveryState } from "./model/delivery-record.ts";
export type { FlowRecord, FlowStatus, FlowWait } from "./model/flow-record.ts";
export type { Json, JsonObject } from "./model/json.ts";
export type { NodeStatus, RunDocument, RunNode, RunRefs, RunState, RunStatus } from "./model/run-documents.ts";
export type { RunEvent } from "./model/run-events.ts";
export type { TaskRecord, TaskRuntime, TaskStatus } from "./model/task-record.ts";
export type { BlockReason, NotifyPolicy, TaskPhase } from "./model/task-status.ts";
export type { RunRow } from "./views/index/run-rows.ts";
