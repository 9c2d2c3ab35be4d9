import { ClawTaskError } from "../../../model/errors.ts";
import type { EventOrigin } from "../../../model/event-origin.ts";
import { isJsonObject } from "../../../model/json.ts";
import { suggest } from "../../../model/remedy.ts";
import { type RunDocument, type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { planDelivery } from "../../delivery/decide.ts";
import type { ControlCommand } from "../commands.ts";
import { type ControlAction, NODE_ACTIONS } from "../control-actions.ts";
import { findGateProblem, type GateContext, type GateProblem } from "../gate-guard.ts";
import { parseDeliveryRoute } from "../state/delivery-route.ts";
import { requireNode, unmetNeeds, hasFailed } from "../state/find-node.ts";
import { answerApproval } from "../transitions/answer-approval.ts";
import { addNode, asksAgain, rewireNode } from "../transitions/edit-graph.ts";
import { retryNode, skipNode } from "../transitions/end-node.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { promoteAll } from "../transitions/promote-nodes.ts";
import { outcomeEvent, resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { toAnswer, toBypass } from "../transitions/speak-for-approval.ts";
import type { DecideContext } from "./decide-context.ts";

/**
 * Records a control with its actor, and applies it in the same append. One that is not possible is refused alone;
 * nothing of it is recorded. One that its caller may not give is recorded, and not applied.
 *
 * @throws ClawTaskError
 */
export function decideControl(document: RunDocument, command: ControlCommand, context: DecideContext): RunEventDraft[] {
  const batch = new EventBatch(document, { ...context, by: command.control.by });
  tryControl(batch, command, context);
  return batch.drafts;
}

/** Adds the events of a control, or of its refusal, to an operation. */
export function tryControl(batch: EventBatch, command: ControlCommand, context: GateContext): void {
  const problem = findGateProblem(batch.run, command, context);
  if (problem === undefined) applyControl(batch, command, context);
  else refuseControl(batch, command, problem, context);
}

/** The attempt is recorded. An answer that opens nothing is kept on the approval, for the person who is asked. */
function refuseControl(
  batch: EventBatch,
  { control }: ControlCommand,
  { gate, code, message, isReport }: GateProblem,
  { origin }: GateContext,
): void {
  // A line of a file is told of once: it was not given a moment ago, but found.
  if (control.isFromFile !== true) batch.add({ event: "control.recorded", control });
  if (isReport && ["pending", "ready", "waiting"].includes(gate.status)) {
    const { patch, action } = control;
    const choice = isJsonObject(patch) && typeof patch["choice"] === "string" ? patch["choice"] : action;
    batch.add({ event: "node.answer_reported", nodeId: gate.id, answer: toAnswer(control, choice, origin) });
  }
  batch.add({ event: "control.rejected", control, code, message });
}

function applyControl(batch: EventBatch, command: ControlCommand, context: GateContext): void {
  const { control } = command;
  const target = controlTarget(batch.state, control.action, control.nodeId);
  if (isDoneAlready(batch.state, control.action, target)) return;
  batch.add({ event: "control.recorded", control });
  APPLY[control.action](batch, command, { target, origin: context.origin });
  resolveRunStatus(batch);
}

function controlTarget(state: RunState, action: ControlAction, nodeId: string | undefined): RunNode | undefined {
  if (nodeId !== undefined && nodeId !== "") return requireNode(state, nodeId);
  if (!NODE_ACTIONS.includes(action)) return undefined;
  throw new ClawTaskError("argument_missing", {
    message: `nodeId is required for ${action}`,
    remedy: { commands: [suggest(action.replace("_", "-"), state.runId, "<node id>")] },
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

type Apply = (
  batch: EventBatch,
  command: ControlCommand,
  about: { target: RunNode | undefined; origin: EventOrigin | undefined },
) => void;

const APPLY: Record<ControlAction, Apply> = {
  pause(batch, { control }) {
    requireNotEnded(batch.state, "pause");
    batch.add({ event: "run.paused", ...messageOrDefault(control.message, `Run ${batch.state.runId} is paused.`) });
  },
  resume(batch, { control }) {
    requireNotEnded(batch.state, "resume");
    batch.add({ event: "run.resumed", ...messageOrDefault(control.message, `Run ${batch.state.runId} goes on.`) });
    promoteAll(batch);
  },
  cancel(batch, { control }) {
    requireNotEnded(batch.state, "cancel");
    cancelNodes(batch);
    batch.add({ ...outcomeEvent(batch, "cancelled"), ...messageOrDefault(control.message, "Cancelled.") });
  },
  retry(batch, { control }, { target }) {
    const node = requireTarget(target);
    requireNotCancelled(batch.state);
    if (node.status === "completed" || node.status === "pending" || node.status === "ready")
      throw new ClawTaskError("illegal_transition", {
        message: `node ${node.id} is ${node.status}; only what failed, was skipped or is under way can be tried again`,
        remedy:
          node.status === "completed"
            ? { hint: "start over from it", commands: [suggest("fork", batch.state.runId, "--from", node.id)] }
            : { commands: [suggest("next", batch.state.runId)] },
      });
    requireNeedsReachable(batch.state, node);
    if (node.status === "running" || node.status === "waiting")
      batch.add({
        event: "node.failed",
        nodeId: node.id,
        reason: "cancelled",
        message: control.message ?? "Stopped for a new attempt.",
      });
    retryNode(batch, node.id, control.message);
  },
  skip(batch, { control }, { target, origin }) {
    const node = requireTarget(target);
    requireNotCancelled(batch.state);
    if (node.status === "completed")
      throw new ClawTaskError("node_over", {
        message: `node ${node.id} is completed, which is final`,
        remedy: { commands: [suggest("show", batch.state.runId)] },
      });
    const { message, by } = control;
    const bypass = node.kind === "approval" ? { bypass: toBypass("skipped", { message, by, origin }) } : {};
    skipNode(batch, node, { ...messageOrDefault(message, "Left out."), ...bypass });
  },
  approve(batch, command, { target, origin }) {
    answerApproval(batch, requireTarget(target), command, { action: "approve", origin });
  },
  reject(batch, command, { target, origin }) {
    answerApproval(batch, requireTarget(target), command, { action: "reject", origin });
  },
  send_message(batch, { control }) {
    planMessage(batch, control.id, control.message, control.by);
  },
  patch_cron(batch, { control }) {
    const { cronJobId, runId } = batch.state;
    if (cronJobId === null)
      throw new ClawTaskError("not_bound", {
        message: `run ${runId} has no cron job`,
        remedy: { commands: [suggest("bind", runId, "cron", "--value", "<job id>")] },
      });
    batch.add({
      event: "run.cron_patch_asked",
      cronPatch: { patch: control.patch ?? {}, by: control.by, at: batch.at(0), outcome: "asked" },
    });
  },
  add_node(batch, command) {
    if (asksAgain(batch.state, command.control.patch)) requireNotCancelled(batch.state);
    else requireNotEnded(batch.state, "add a node to");
    addNode(batch, command);
  },
  rewire_node(batch, command, { target }) {
    requireNotEnded(batch.state, "rewire");
    rewireNode(batch, requireTarget(target), command.control.patch);
  },
  note(batch, { control }, { target }) {
    const text = control.message?.trim();
    if (!text) throw missingMessage("note", batch.state.runId);
    const message = `${batch.at(0).slice(0, 16)}Z ${control.by}: ${text}`;
    batch.add(
      target === undefined ? { event: "run.noted", message } : { event: "node.noted", nodeId: target.id, message },
    );
  },
  // What `tick` does besides is done by the operation that looks at files and tasks first.
  tick() {},
};

function requireTarget(node: RunNode | undefined): RunNode {
  if (node === undefined) throw new Error("a control about a node without one");
  return node;
}

/**
 * What has not begun is left out, what runs is stopped; ends that were reached stay. In this order, and from the end, so
 * that no node keeps another one back on the way: a run may have 10,000 of them.
 */
function cancelNodes(batch: EventBatch): void {
  const details = { reason: "cancelled" as const, message: "The run was cancelled." };
  for (const { id: nodeId, status } of batch.state.nodes.toReversed()) {
    if (status !== "pending" && status !== "ready" && status !== "waiting") continue;
    if (status === "pending") batch.add({ event: "node.ready", nodeId, implied: true });
    if (status !== "waiting") batch.add({ event: "node.started", nodeId, implied: true });
    batch.add({ event: "node.skipped", nodeId, ...details });
  }
  for (const { id: nodeId, status, retryAt, lastMessage = "failed" } of batch.state.nodes) {
    if (status === "running") batch.add({ event: "node.failed", nodeId, ...details });
    // It is not tried again.
    else if (retryAt !== undefined) batch.add({ event: "node.failed", nodeId, message: lastMessage });
  }
}

function planMessage(batch: EventBatch, id: string, message: string | undefined, by: string): void {
  const { runId, deliveryContext, sourceSessionKey } = batch.state;
  const text = message?.trim();
  if (!text) throw missingMessage("send_message", runId);
  const route = parseDeliveryRoute(deliveryContext, sourceSessionKey);
  if (route === null)
    throw new ClawTaskError("not_deliverable", {
      message: `the requester of run ${runId} has no channel to send to`,
      remedy: { commands: [suggest("show", runId)] },
    });
  const { delivery } = planDelivery({ route, sender: "clawtask", now: batch.now, waitMs: 0 });
  batch.add({
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
    remedy: { commands: [suggest(action.replace("_", "-"), runId, "<text>")] },
  });
}

function messageOrDefault(message: string | undefined, otherwise: string): { message: string } {
  return { message: message === undefined || message === "" ? otherwise : message };
}

function requireNotEnded(state: RunState, what: string): void {
  if (!TERMINAL_RUN_STATUSES.includes(state.status)) return;
  throw new ClawTaskError("run_closed", {
    message: `cannot ${what} run ${state.runId}: it is ${state.status}`,
    remedy:
      state.status === "failed"
        ? { hint: "retry or skip what failed opens it again", commands: [suggest("next", state.runId)] }
        : { hint: "look at it", commands: [suggest("show", state.runId)] },
  });
}

/** A node whose need has failed would wait for ever, or be left out again at once. */
function requireNeedsReachable(state: RunState, node: RunNode): void {
  const [failed] = unmetNeeds(state, node).filter(hasFailed);
  if (failed === undefined) return;
  throw new ClawTaskError("needs_unmet", {
    message: `node ${node.id} cannot be tried again: it needs ${failed.id}, which failed`,
    remedy: { commands: [suggest("retry", state.runId, failed.id), suggest("skip", state.runId, failed.id)] },
  });
}

function requireNotCancelled(state: RunState): void {
  if (state.status !== "cancelled") return;
  throw new ClawTaskError("run_closed", {
    message: `run ${state.runId} is cancelled; its nodes do not change any more`,
    remedy: { hint: "start over", commands: [suggest("fork", state.runId, "--from", "<node>")] },
  });
}
