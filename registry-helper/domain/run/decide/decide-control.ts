import { planDelivery } from "../../delivery/decide.ts";
import { ClawTaskError } from "../../../model/errors.ts";
import type { RunDocument, RunNode, RunState } from "../../../model/run-documents.ts";
import { TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import type { ControlCommand } from "../commands.ts";
import { type ControlAction, NODE_ACTIONS } from "../control-actions.ts";
import { answerApproval } from "../transitions/answer-approval.ts";
import { addNode, rewireNode } from "../transitions/edit-graph.ts";
import { retryNode, skipNode } from "../transitions/end-node.ts";
import { requireNode, unmetNeeds } from "../state/find-node.ts";
import { hasFailed } from "../state/node-predicates.ts";
import { Operation } from "../transitions/event-batch.ts";
import { promoteAll } from "../transitions/promote-nodes.ts";
import { routeOf } from "../state/delivery-route.ts";
import { outcomeEvent, settleRun } from "../transitions/settle-run.ts";

/**
 * Records a control with its actor, and applies it in the same append. One that is not possible is refused alone;
 * nothing of it is recorded.
 *
 * @throws ClawTaskError
 */
export function decideControl(
  document: RunDocument,
  command: ControlCommand,
  context: { now: Micros },
): RunEventDraft[] {
  const operation = new Operation(document, { ...context, by: command.control.by });
  applyControl(operation, command);
  return operation.drafts;
}

/** Adds the events of a control to an operation. */
export function applyControl(operation: Operation, command: ControlCommand): void {
  const { control } = command;
  const target = controlTarget(operation.state, control.action, control.nodeId);
  if (isDoneAlready(operation.state, control.action, target)) return;
  operation.add({ event: "control.recorded", control });
  APPLY[control.action](operation, command, target);
  settleRun(operation);
}

function controlTarget(state: RunState, action: ControlAction, nodeId: string | undefined): RunNode | undefined {
  if (nodeId !== undefined && nodeId !== "") return requireNode(state, nodeId);
  if (!NODE_ACTIONS.includes(action)) return undefined;
  throw new ClawTaskError("argument_missing", {
    message: `nodeId is required for ${action}`,
    next: `clawtask ${action.replace("_", "-")} ${state.runId} <node id>`,
  });
}

/** Asking for what is so already changes nothing, and is no mistake. */
function isDoneAlready(state: RunState, action: ControlAction, target: RunNode | undefined): boolean {
  switch (action) {
    case "pause":
      return state.status === "paused";
    case "resume":
      return state.status === "running" || state.status === "draft";
    case "cancel":
      return state.status === "cancelled";
    case "skip":
      return target?.status === "skipped";
    case "tick":
      return true;
    default:
      return false;
  }
}

type Apply = (operation: Operation, command: ControlCommand, target: RunNode | undefined) => void;

const APPLY: Record<ControlAction, Apply> = {
  pause(operation, { control }) {
    requireOpen(operation.state, "pause");
    operation.add({ event: "run.paused", ...said(control.message, `Run ${operation.state.runId} is paused.`) });
  },
  resume(operation, { control }) {
    requireOpen(operation.state, "resume");
    operation.add({ event: "run.resumed", ...said(control.message, `Run ${operation.state.runId} goes on.`) });
    promoteAll(operation);
  },
  cancel(operation, { control }) {
    requireOpen(operation.state, "cancel");
    cancelNodes(operation);
    operation.add({ ...outcomeEvent(operation, "cancelled"), ...said(control.message, "Cancelled.") });
  },
  retry(operation, { control }, target) {
    const node = existing(target);
    requireNotCancelled(operation.state);
    if (node.status === "completed" || node.status === "pending" || node.status === "ready")
      throw new ClawTaskError("illegal_transition", {
        message: `node ${node.id} is ${node.status}; only what failed, was skipped or is under way can be tried again`,
        next:
          node.status === "completed"
            ? `begin anew from it: clawtask fork ${operation.state.runId} --from ${node.id}`
            : `clawtask next ${operation.state.runId}`,
      });
    requireNeedsCanCome(operation.state, node);
    if (node.status === "running" || node.status === "waiting")
      operation.add({
        event: "node.failed",
        nodeId: node.id,
        reason: "cancelled",
        message: control.message ?? "Stopped for a new attempt.",
      });
    retryNode(operation, node.id, control.message);
  },
  skip(operation, { control }, target) {
    const node = existing(target);
    requireNotCancelled(operation.state);
    if (node.status === "completed")
      throw new ClawTaskError("node_over", {
        message: `node ${node.id} is completed, which is final`,
        next: `clawtask show ${operation.state.runId}`,
      });
    skipNode(operation, node, said(control.message, "Left out."));
  },
  approve(operation, command, target) {
    answerApproval(operation, existing(target), command, "approve");
  },
  reject(operation, command, target) {
    answerApproval(operation, existing(target), command, "reject");
  },
  send_message(operation, { control }) {
    planMessage(operation, control.id, control.message, control.by);
  },
  patch_cron(operation, { control }) {
    const { cronJobId, runId } = operation.state;
    if (cronJobId === null)
      throw new ClawTaskError("not_bound", {
        message: `run ${runId} has no cron job`,
        next: `clawtask bind ${runId} cron --value <job id>`,
      });
    operation.add({
      event: "run.cron_patch_asked",
      cronPatch: { patch: control.patch ?? {}, by: control.by, at: operation.at(0), outcome: "asked" },
    });
  },
  add_node(operation, command) {
    requireOpen(operation.state, "add a node to");
    addNode(operation, command);
  },
  rewire_node(operation, command, target) {
    requireOpen(operation.state, "rewire");
    rewireNode(operation, existing(target), command.control.patch);
  },
  note(operation, { control }, target) {
    const text = control.message?.trim();
    if (!text) throw missingMessage("note", operation.state.runId);
    const message = `${operation.at(0).slice(0, 16)}Z ${control.by}: ${text}`;
    operation.add(
      target === undefined ? { event: "run.noted", message } : { event: "node.noted", nodeId: target.id, message },
    );
  },
  // What `tick` does besides is done by the operation that looks at files and tasks first.
  tick() {},
};

function existing(node: RunNode | undefined): RunNode {
  if (node === undefined) throw new Error("a control about a node without one");
  return node;
}

/**
 * What has not begun is left out, what runs is stopped; ends that were reached stay. In this order, and from the end, so
 * that no node keeps another one back on the way: a run may have 10,000 of them.
 */
function cancelNodes(operation: Operation): void {
  const words = { reason: "cancelled" as const, message: "The run was cancelled." };
  for (const { id: nodeId, status } of operation.state.nodes.toReversed()) {
    if (status !== "pending" && status !== "ready" && status !== "waiting") continue;
    if (status === "pending") operation.add({ event: "node.ready", nodeId, implied: true });
    if (status !== "waiting") operation.add({ event: "node.started", nodeId, implied: true });
    operation.add({ event: "node.skipped", nodeId, ...words });
  }
  for (const { id: nodeId, status, retryAt, lastMessage = "failed" } of operation.state.nodes) {
    if (status === "running") operation.add({ event: "node.failed", nodeId, ...words });
    // It is not tried again.
    else if (retryAt !== undefined) operation.add({ event: "node.failed", nodeId, message: lastMessage });
  }
}

function planMessage(operation: Operation, id: string, message: string | undefined, by: string): void {
  const { runId, deliveryContext, sourceSessionKey } = operation.state;
  const text = message?.trim();
  if (!text) throw missingMessage("send_message", runId);
  const route = routeOf(deliveryContext, sourceSessionKey);
  if (route === null)
    throw new ClawTaskError("not_deliverable", {
      message: `the requester of run ${runId} has no channel to send to`,
      next: `clawtask show ${runId}`,
    });
  const { delivery } = planDelivery({ route, sender: "clawtask", now: operation.now, waitMs: 0 });
  operation.add({
    event: "run.message_planned",
    messageId: id,
    message: text,
    by,
    delivery: { ...delivery, of: `message:${id}` },
  });
}

function missingMessage(action: string, runId: string): ClawTaskError {
  return new ClawTaskError("argument_missing", {
    message: `message is required for ${action}`,
    next: `clawtask ${action.replace("_", "-")} ${runId} "<text>"`,
  });
}

function said(message: string | undefined, otherwise: string): { message: string } {
  return { message: message === undefined || message === "" ? otherwise : message };
}

function requireOpen(state: RunState, what: string): void {
  if (!TERMINAL_RUN_STATUSES.includes(state.status)) return;
  throw new ClawTaskError("run_closed", {
    message: `cannot ${what} run ${state.runId}: it is ${state.status}`,
    next:
      state.status === "failed"
        ? `retry or skip what failed opens it again: clawtask next ${state.runId}`
        : `look at it: clawtask show ${state.runId}`,
  });
}

/** A node whose need has failed would wait for ever, or be left out again at once. */
function requireNeedsCanCome(state: RunState, node: RunNode): void {
  const [failed] = unmetNeeds(state, node).filter(hasFailed);
  if (failed === undefined) return;
  throw new ClawTaskError("needs_unmet", {
    message: `node ${node.id} cannot be tried again: it needs ${failed.id}, which failed`,
    next: `clawtask retry ${state.runId} ${failed.id}, or: clawtask skip ${state.runId} ${failed.id}`,
  });
}

function requireNotCancelled(state: RunState): void {
  if (state.status !== "cancelled") return;
  throw new ClawTaskError("run_closed", {
    message: `run ${state.runId} is cancelled; its nodes do not change any more`,
    next: `begin anew: clawtask fork ${state.runId} --from <node>`,
  });
}
