import { ClawTaskError } from "../../../model/errors.ts";
import type { RunDocument, RunNode, RunState } from "../../../model/run-documents.ts";
import { TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { type Micros, parseMicros } from "../../../model/time.ts";
import type { ClaimCommand } from "../commands.ts";
import { waitForNeeds } from "../transitions/end-node.ts";
import { requireNode } from "../state/find-node.ts";
import { callerText } from "../anonymous-caller.ts";
import { Operation } from "../transitions/event-batch.ts";
import { settleRun } from "../transitions/settle-run.ts";
import { attemptDeadline, questionOf, questionPlan, requireNotPaused } from "../transitions/start-node.ts";

/**
 * Takes nodes that can be done now. Work begins (`running`), a question or a wait begins to wait. A claim whose
 * lease ended without a child gives way to the next one, as a new attempt.
 *
 * @throws ClawTaskError `node_claimed` | `stale_token` | `run_paused` | `run_closed` | `illegal_transition` when the
 * nodes are named; without names, what cannot be taken is left alone
 */
export function decideClaim(document: RunDocument, command: ClaimCommand, context: { now: Micros }): RunEventDraft[] {
  const { state } = document;
  const operation = new Operation(document, context);
  const named = command.nodeIds?.map((nodeId) => requireNode(state, nodeId));
  if (named === undefined) {
    if (TERMINAL_RUN_STATUSES.includes(state.status) || state.status === "paused") return [];
    const free = state.nodes.filter((node) => isFree(node, context.now));
    for (const node of free.slice(0, command.limit ?? free.length)) take(operation, node, command);
    return settled(operation);
  }
  if (TERMINAL_RUN_STATUSES.includes(state.status))
    throw new ClawTaskError("run_closed", {
      message: `run ${state.runId} is ${state.status}; nothing is left to claim`,
      next: `clawtask show ${state.runId}`,
    });
  requireNotPaused(state);
  for (const node of named) {
    if (command.token !== undefined) extend(operation, node, command);
    else {
      requireFree(state, node, context.now);
      take(operation, node, command);
    }
  }
  return settled(operation);
}

/** A node whose claim was abandoned may be left out instead of given out again, and may have been the last one. */
function settled(operation: Operation): RunEventDraft[] {
  if (operation.drafts.length > 0) settleRun(operation);
  return operation.drafts;
}

/** Whether a claim would be given: ready, or claimed by somebody who has not been heard of since the lease ended. */
export function isFree(node: RunNode, now: Micros): boolean {
  return node.status === "ready" || isAbandoned(node, now);
}

/** Claimed, no child works on it, and the lease is over. */
export function isAbandoned(node: RunNode, now: Micros): boolean {
  if (node.status !== "running" || node.claim === undefined || node.childSessionKey !== null) return false;
  return now >= (parseMicros(node.claim.until) ?? 0);
}

function requireFree(state: RunState, node: RunNode, now: Micros): void {
  if (isFree(node, now)) return;
  if (node.status === "running" && node.claim !== undefined && node.childSessionKey === null) {
    throw new ClawTaskError("node_claimed", {
      message: `node ${node.id} is claimed by ${callerText(node.claim.by)} until ${node.claim.until}`,
      next: `somebody is at it; look again later with: clawtask next ${state.runId}`,
    });
  }
  throw new ClawTaskError("illegal_transition", {
    message: `node ${node.id} cannot be claimed: it is ${node.status}`,
    next: `clawtask next ${state.runId}`,
  });
}

function take(operation: Operation, node: RunNode, command: ClaimCommand): void {
  const nodeId = node.id;
  if (node.status === "running") {
    operation.add({
      event: "node.ready",
      nodeId,
      reason: "lease_expired",
      message: `The claim of ${node.claim?.by ?? "nobody"} ended without a result.`,
    });
    if (waitForNeeds(operation, nodeId)) return;
  }
  if (node.kind === "approval" || node.kind === "wait") {
    operation.add({ event: "node.started", nodeId, implied: true });
    const message = node.kind === "approval" ? (command.questions?.[nodeId] ?? questionOf(node)) : undefined;
    const asks = questionPlan(operation, node);
    operation.add({ event: "node.waiting", nodeId, by: command.by, ...(message ? { message } : {}), ...asks });
    return;
  }
  const claim = { by: command.by, until: operation.at(command.leaseMs) };
  operation.add({ event: "node.started", nodeId, claim, ...attemptDeadline(operation, node) });
}

function extend(operation: Operation, node: RunNode, command: ClaimCommand): void {
  requireToken(operation.state, node, command.token);
  const { claim } = node;
  if (claim === undefined) return;
  operation.add({
    event: "node.claim_extended",
    nodeId: node.id,
    claim: { by: claim.by, until: operation.at(command.leaseMs) },
  });
}

/**
 * A claim that was taken over speaks for nobody any more.
 *
 * @throws ClawTaskError `stale_token`
 */
export function requireToken(state: RunState, node: RunNode, token: number | undefined): void {
  if (token === undefined || token === node.claim?.token) return;
  const holder = node.claim === undefined ? "nobody holds it now" : `${callerText(node.claim.by)} holds it now`;
  throw new ClawTaskError("stale_token", {
    message: `the claim ${token} on node ${node.id} is over: ${holder}, and the node is ${node.status}`,
    next: `stop working on it; see where the run stands with: clawtask next ${state.runId}`,
  });
}
