import { decideDelivery, planDelivery } from "../delivery/decide.ts";
import { ClawTaskError } from "../model/errors.ts";
import {
  type RunDocument,
  type RunNode,
  type RunState,
  SATISFYING_STATUSES,
  TERMINAL_NODE_STATUSES,
  TERMINAL_RUN_STATUSES,
} from "../model/run-documents.ts";
import { type RunEventDraft, type RunEventName, SCHEMA_VERSION } from "../model/run-events.ts";
import { formatMicros, type Micros } from "../model/time.ts";
import type { BindCommand, RunCommand, TransitionCommand } from "./commands.ts";
import { evolveRun } from "./evolve.ts";
import { EVENT_OF_STATUS, impliedEvents, legalTargets } from "./node-transitions.ts";
import { routeOf } from "./route.ts";
import { settleOutcome } from "./settle-outcome.ts";

/** How long the agent has to tell the person about the end of a run before ClawTask does, in milliseconds. */
export const RUN_REPORT_WAIT_MS = 60_000;

export interface DecideContext {
  now: Micros;
}

/**
 * Decides what a command changes in a run. Pure: the same run, command and time give the same events.
 * No event means that there is nothing to do.
 *
 * @throws ClawTaskError when the command is not possible; nothing has happened then
 */
export function decideRun(
  document: RunDocument | undefined,
  command: RunCommand,
  context: DecideContext,
): RunEventDraft[] {
  if (command.type === "create") return createRun(command.snapshot, command.workflowPath);
  if (command.type === "adopt") {
    return [{ event: "run.adopted", message: command.reason, snapshot: command.found, schema: SCHEMA_VERSION }];
  }
  if (document === undefined) throw new Error(`${command.type} on a run that was not loaded`);
  switch (command.type) {
    case "bind":
      return [decideBind(document, command)];
    case "progress":
      return [{ event: "run.progress", payload: command.payload, ...optionalMessage(command.message) }];
    case "transition":
      return decideTransition(document, command, context);
    case "report_delivery":
      return decideDelivery(document.state.delivery ?? null, command.report, context.now);
    case "retry_delivery":
    case "dismiss":
      return settleOutcome(document.state, command, context.now);
  }
}

function createRun(snapshot: RunDocument, workflowPath: string): RunEventDraft[] {
  const created: RunEventDraft = {
    event: "run.created",
    payload: { workflowPath },
    message: `Created run scaffold from ${workflowPath}.`,
    snapshot,
    schema: SCHEMA_VERSION,
  };
  const ready = snapshot.state.nodes.filter((node) => node.status === "ready");
  return [created, ...ready.map((node) => readyEvent(node.id))];
}

/** OpenTask leaves the key away when the message is empty. */
function optionalMessage(message: string | undefined): { message?: string } {
  return message === undefined || message === "" ? {} : { message };
}

function requireNode(state: RunState, nodeId: string): RunNode {
  const node = state.nodes.find((candidate) => candidate.id === nodeId);
  if (node !== undefined) return node;
  const known = state.nodes.slice(0, 8).map((candidate) => candidate.id);
  throw new ClawTaskError("node_not_found", {
    message: `node not found: ${nodeId}`,
    next: `this run has: ${known.join(", ")}${state.nodes.length > known.length ? ", ..." : ""}`,
  });
}

const BIND_EVENTS: Record<BindCommand["kind"], { event: RunEventName; noun: string }> = {
  cron: { event: "run.cron_bound", noun: "cron" },
  "node-session": { event: "node.session_bound", noun: "node session" },
  "child-session": { event: "node.child_session_bound", noun: "child session" },
  "node-run": { event: "node.run_bound", noun: "node run id" },
  "driver-run": { event: "run.driver_bound", noun: "driver run id" },
};

function decideBind(document: RunDocument, command: BindCommand): RunEventDraft {
  const { kind, nodeId, value } = command;
  const namesNode = kind === "node-session" || kind === "child-session" || kind === "node-run";
  if (namesNode && !nodeId) throw argumentMissing("--node-id", kind);
  if (kind !== "driver-run" && !value) throw argumentMissing("--value", kind);
  if (namesNode) requireNode(document.state, nodeId ?? "");

  const { event, noun } = BIND_EVENTS[kind];
  const message = command.message || `Bound ${noun} ${value ?? "None"}.`;
  const draft: RunEventDraft = { event, payload: command.payload, message, value: value ?? null };
  return nodeId && kind !== "driver-run" ? { ...draft, nodeId } : draft;
}

function argumentMissing(flag: string, kind: string): ClawTaskError {
  return new ClawTaskError("argument_missing", {
    message: `${flag} is required for bind kind ${kind}`,
    next: `add ${flag} <${flag === "--value" ? "value" : "node id"}>`,
  });
}

function readyEvent(nodeId: string): RunEventDraft {
  return { event: "node.ready", nodeId, message: `Node ${nodeId} is ready for dispatch.` };
}

function decideTransition(document: RunDocument, command: TransitionCommand, context: DecideContext): RunEventDraft[] {
  const node = requireNode(document.state, command.nodeId);
  if (node.status === command.to) return [];
  requireLegal(document.state, node, command.to);

  const operation = new Operation(document, context);
  for (const event of impliedEvents(node.status, command.to)) operation.add({ event, nodeId: node.id, implied: true });
  const missing = command.to === "completed" ? (command.missingArtifacts ?? []) : [];
  operation.add({
    event: EVENT_OF_STATUS[command.to],
    payload: command.payload,
    nodeId: node.id,
    ...optionalMessage(command.message),
    ...(missing.length > 0 ? { missingArtifacts: missing } : {}),
  });
  if (command.to === "completed" || command.to === "skipped") promoteDependents(operation, node.id);
  if (command.to === "ready") demoteDependents(operation, node.id);
  settleRun(operation);
  return operation.drafts;
}

/** Events decided so far, and the run as it stands after them. */
class Operation {
  readonly drafts: RunEventDraft[] = [];
  readonly before: RunState;
  readonly now: Micros;
  private document: RunDocument;

  constructor(document: RunDocument, context: DecideContext) {
    this.document = document;
    this.before = document.state;
    this.now = context.now;
  }

  get state(): RunState {
    return this.document.state;
  }

  add(draft: RunEventDraft): void {
    this.drafts.push(draft);
    this.document = evolveRun(this.document, {
      ...draft,
      payload: draft.payload ?? {},
      runId: this.state.runId,
      timestamp: formatMicros(this.now),
      seq: 0,
    });
  }
}

function requireLegal(state: RunState, node: RunNode, to: TransitionCommand["to"]): void {
  if (state.status === "cancelled") {
    throw new ClawTaskError("run_closed", {
      message: `run ${state.runId} is cancelled; its nodes do not change any more`,
      next: "scaffold a new run",
    });
  }
  const legal = legalTargets(node.status);
  if (!legal.includes(to)) {
    throw new ClawTaskError("illegal_transition", {
      message: `illegal transition for node ${node.id}: ${node.status} -> ${to}`,
      next: nextForIllegal(state, node, legal),
    });
  }
  if (node.status !== "pending" || to !== "ready") return;
  const unmet = unmetNeeds(state, node);
  if (unmet.length > 0) {
    throw new ClawTaskError("needs_unmet", {
      message: `node ${node.id} cannot be ready: it needs ${unmet.map((need) => `${need.id} (${need.status})`).join(", ")}`,
      next: `complete or skip what it needs first, for example: transition-node ${state.runId} ${unmet[0]?.id ?? ""} ${
        unmet[0]?.status === "failed" ? "ready" : "running"
      }`,
    });
  }
}

function nextForIllegal(state: RunState, node: RunNode, legal: readonly string[]): string {
  if (legal.length === 0)
    return `node ${node.id} is completed, which is final; a correction goes into its files, then: next ${state.runId}`;
  const commands = legal.map((target) => `transition-node ${state.runId} ${node.id} ${target}`);
  return `from ${node.status} these are legal: ${commands.join(" | ")}`;
}

function unmetNeeds(state: RunState, node: RunNode): RunNode[] {
  return state.nodes.filter((other) => node.needs.includes(other.id) && !SATISFYING_STATUSES.includes(other.status));
}

function promoteDependents(operation: Operation, nodeId: string): void {
  for (const node of operation.state.nodes) {
    if (node.status !== "pending" || !node.needs.includes(nodeId)) continue;
    if (unmetNeeds(operation.state, node).length === 0) operation.add(readyEvent(node.id));
  }
}

/** A dependency that is open again takes its promotion back from nodes that have not started (B3). */
function demoteDependents(operation: Operation, nodeId: string): void {
  for (const node of operation.state.nodes) {
    if (node.status !== "ready" || !node.needs.includes(nodeId)) continue;
    operation.add({ event: "node.pending", nodeId: node.id, message: `Node ${node.id} waits for ${nodeId} again.` });
  }
}

function settleRun(operation: Operation): void {
  const { state, before } = operation;
  if (state.nodes.every((node) => TERMINAL_NODE_STATUSES.includes(node.status))) {
    const outcome = state.nodes.some((node) => node.status === "failed") ? "failed" : "completed";
    if (before.status !== outcome) operation.add(outcomeEvent(operation, outcome));
    return;
  }
  if (TERMINAL_RUN_STATUSES.includes(before.status)) {
    operation.add({ event: "run.reopened", message: `Run ${state.runId} is open again.` });
  }
  const stuck = operation.state.blockedBy;
  if (stuck !== undefined && before.blockedBy === undefined) {
    operation.add({
      event: "run.blocked",
      message: `Run ${state.runId} cannot go on: ${stuck.join(", ")} failed.`,
      blockedBy: stuck,
    });
  }
}

function outcomeEvent(operation: Operation, outcome: "completed" | "failed"): RunEventDraft {
  const { state } = operation;
  const draft: RunEventDraft = { event: `run.${outcome}`, message: `Run ${state.runId} is ${outcome}.` };
  const route = routeOf(state.deliveryContext, state.sourceSessionKey);
  if (route === null) return draft;
  const { delivery } = planDelivery({ route, sender: "host", now: operation.now, waitMs: RUN_REPORT_WAIT_MS });
  return { ...draft, delivery: { ...delivery, generation: (operation.before.delivery?.generation ?? 0) + 1 } };
}
