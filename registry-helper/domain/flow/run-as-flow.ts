import type { FlowRecord, FlowStatus, FlowWait, FlowWaitTarget } from "../../model/flow-record.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { formatFailures } from "../run/node-attention.ts";
import { parseDeliveryRoute } from "../run/state/delivery-route.ts";

const PREFIX = "run:";

/** The id of the flow that a run owns. */
export function toRunFlowId(runId: string): string {
  return `${PREFIX}${runId}`;
}

/** The run whose flow this is; undefined for a flow of its own. */
export function parseRunFlowId(flowId: string): string | undefined {
  return flowId.startsWith(PREFIX) ? flowId.slice(PREFIX.length) : undefined;
}

/**
 * The flow that a run owns, seen through the run: there is no second record of it. Pure.
 *
 * @param revision position of the last line in the run's journal
 */
export function toRunFlow(state: RunState, revision: number): FlowRecord {
  const waits = listRunWaits(state);
  const active = state.nodes.filter(isActive).map(({ id }) => id);
  const status = toFlowStatus(state, active.length > 0, waits.length > 0);
  const hasEnded = TERMINAL_RUN_STATUSES.includes(state.status);
  return {
    flowId: toRunFlowId(state.runId),
    title: state.title,
    goal: null,
    ownerSessionKey: state.sourceSessionKey,
    route: parseDeliveryRoute(state.deliveryContext, state.sourceSessionKey),
    status,
    currentStep: active.length === 0 ? null : active.join(", "),
    wait: status === "waiting" ? (waits[0] ?? null) : null,
    blocked: status === "blocked" ? { reason: failures(state), since: state.updatedAt } : null,
    output: collectOutput(state),
    latestUpdate: state.lastProgressMessage,
    tasks: [],
    cancel: null,
    notify: "done_only",
    revision,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    endedAt: hasEnded ? state.updatedAt : null,
    result: null,
    error: state.status === "failed" ? failures(state) : null,
    delivery: state.delivery ?? null,
    update: null,
    updateText: null,
  };
}

/** Everything that a run waits for: its pause, its questions, its waits. */
export function listRunWaits(state: RunState): FlowWait[] {
  if (TERMINAL_RUN_STATUSES.includes(state.status)) return [];
  const waits = state.nodes
    .filter(({ status }) => status === "waiting")
    .map((node): FlowWait => ({ ...toFlowWaitTarget(node), since: node.startedAt ?? state.updatedAt }));
  if (state.status !== "paused") return waits;
  return [{ kind: "manual", note: `run ${state.runId} is paused`, since: state.updatedAt }, ...waits];
}

function toFlowWaitTarget(node: RunNode): FlowWaitTarget {
  const note = `node ${node.id}: ${node.lastMessage ?? node.title}`;
  if (node.kind === "approval") return { kind: "manual", note };
  const waitFor = isJsonObject(node.waitFor) ? node.waitFor : {};
  const text = (...names: string[]): string | undefined =>
    names.map((name) => waitFor[name]).find((value) => typeof value === "string");
  const { type } = waitFor;
  const at = type === "until" ? text("until", "at", "time") : undefined;
  if (at !== undefined) return { kind: "until", at, note };
  const taskId = type === "task" ? text("task", "taskId") : undefined;
  if (taskId !== undefined) return { kind: "task", taskId, note };
  if (type === "event") return { kind: "event", name: text("event", "name") ?? "event", note };
  if (type === "file_exists") return { kind: "event", name: `file ${text("path") ?? ""}`.trim(), note };
  if (type === "next_tick") return { kind: "event", name: "next tick", note };
  return { kind: "manual", note };
}

function isActive({ status }: RunNode): boolean {
  return status === "running" || status === "ready";
}

function toFlowStatus(state: RunState, isWorkedOn: boolean, isWaiting: boolean): FlowStatus {
  switch (state.status) {
    case "completed":
      return "succeeded";
    case "failed":
    case "cancelled":
      return state.status;
    case "draft":
      return "queued";
    case "paused":
      return "waiting";
    case "running":
      if (isWorkedOn) return "running";
      return state.blockedBy !== undefined ? "blocked" : isWaiting ? "waiting" : "running";
  }
}

function failures(state: RunState): string {
  const named = formatFailures(state);
  return named === "" ? "failed" : `failed: ${named}`;
}

/** The declared files of the nodes that are done. */
function collectOutput({ nodes }: RunState): JsonObject {
  const done = nodes.filter(({ status, artifactPaths }) => status === "completed" && artifactPaths.length > 0);
  return Object.fromEntries(done.map(({ id, artifactPaths }) => [id, { files: [...artifactPaths] }]));
}
