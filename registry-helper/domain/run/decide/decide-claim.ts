import { isAhead } from "../../../model/age.ts";
import { ClawTaskError } from "../../../model/errors.ts";
import { sha256Hex } from "../../../model/hash.ts";
import { suggest } from "../../../model/remedy.ts";
import {
  type NodeClaim,
  type RunDocument,
  type RunNode,
  type RunState,
  TERMINAL_RUN_STATUSES,
} from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { type Micros, parseMicros } from "../../../model/time.ts";
import { formatCaller } from "../anonymous-caller.ts";
import type { ClaimCommand } from "../commands.ts";
import { requireNode } from "../state/find-node.ts";
import { waitForNeeds } from "../transitions/end-node.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { attemptDeadline, getQuestion, planQuestion, requireNotPaused } from "../transitions/start-node.ts";

/**
 * Takes nodes that can be done now. Work begins (`running`), a question or a wait begins to wait. A claim whose
 * lease ended without a child gives way to the next one, as a new attempt.
 *
 * @throws ClawTaskError `node_claimed` | `stale_token` | `run_paused` | `run_closed` | `illegal_transition` when the
 * nodes are named; without names, what cannot be taken is left alone
 */
export function decideClaim(document: RunDocument, command: ClaimCommand, context: { now: Micros }): RunEventDraft[] {
  const { state } = document;
  const batch = new EventBatch(document, context);
  const named = command.nodeIds?.map((nodeId) => requireNode(state, nodeId));
  if (named === undefined) {
    if (TERMINAL_RUN_STATUSES.includes(state.status) || state.status === "paused") return [];
    for (const node of listTakeable(state, command, context.now)) claimNode(batch, node, command);
    return finishClaim(batch);
  }
  if (TERMINAL_RUN_STATUSES.includes(state.status))
    throw new ClawTaskError("run_closed", {
      message: `run ${state.runId} is ${state.status}; nothing is left to claim`,
      remedy: { commands: [suggest("show", state.runId)] },
    });
  requireNotPaused(state);
  for (const node of named) {
    if (command.token !== undefined) extendClaim(batch, node, command);
    else {
      requireClaimable(state, node, context.now);
      claimNode(batch, node, command);
    }
  }
  return finishClaim(batch);
}

/** A node whose claim was abandoned may be left out instead of given out again, and may have been the last one. */
function finishClaim(batch: EventBatch): RunEventDraft[] {
  if (batch.drafts.length > 0) resolveRunStatus(batch);
  return batch.drafts;
}

/** Whether a claim would be given: ready, or claimed by somebody who has not been heard of since the lease ended. */
export function isClaimable(node: RunNode, now: Micros): boolean {
  return node.status === "ready" || isAbandoned(node, now);
}

/** What a claim that names no nodes takes, in the order of the workflow. A question and a wait cost nothing. */
function listTakeable(state: RunState, { limit, capacity = Infinity }: ClaimCommand, now: Micros): RunNode[] {
  let room = capacity - state.nodes.filter((node) => node.status === "running" && !isAbandoned(node, now)).length;
  const takeable = state.nodes.filter((node) => {
    if (!isClaimable(node, now)) return false;
    if (node.kind === "approval" || node.kind === "wait") return true;
    room -= 1;
    return room >= 0;
  });
  return takeable.slice(0, limit ?? takeable.length);
}

/** Claimed, no child works on it, and the lease is over. */
export function isAbandoned(node: RunNode, now: Micros): boolean {
  if (node.status !== "running" || node.claim === undefined || node.childSessionKey !== null) return false;
  return now >= claimEnd(node.claim, now);
}

/** When a claim ends. One that reaches further ahead than its lease was given by a clock that was wrong: it is over. */
export function claimEnd({ until, leaseMs }: NodeClaim, now: Micros): Micros {
  const end = parseMicros(until) ?? 0;
  const isWrong = leaseMs !== undefined && isAhead(leaseMs - (end - now) / 1000);
  return isWrong ? now : end;
}

function requireClaimable(state: RunState, node: RunNode, now: Micros): void {
  if (isClaimable(node, now)) return;
  if (node.status === "running" && node.claim !== undefined && node.childSessionKey === null) {
    throw new ClawTaskError("node_claimed", {
      message: `node ${node.id} is claimed by ${formatCaller(node.claim.by)} until ${node.claim.until}`,
      remedy: { hint: "somebody is at it; look again later with", commands: [suggest("next", state.runId)] },
    });
  }
  throw new ClawTaskError("illegal_transition", {
    message: `node ${node.id} cannot be claimed: it is ${node.status}`,
    remedy: { commands: [suggest("next", state.runId)] },
  });
}

function claimNode(batch: EventBatch, node: RunNode, command: ClaimCommand): void {
  const nodeId = node.id;
  if (node.status === "running") {
    batch.add({
      event: "node.ready",
      nodeId,
      reason: "lease_expired",
      message: `The claim of ${node.claim?.by ?? "nobody"} ended without a result.`,
    });
    if (waitForNeeds(batch, nodeId)) return;
  }
  if (node.kind === "approval" || node.kind === "wait") {
    batch.add({ event: "node.started", nodeId, implied: true });
    const message = node.kind === "approval" ? (command.questions?.[nodeId] ?? getQuestion(node)) : undefined;
    const asks = planQuestion(batch, node);
    batch.add({ event: "node.waiting", nodeId, by: command.by, ...(message ? { message } : {}), ...asks });
    return;
  }
  const token = command.secret === undefined ? {} : { token: computeToken(command.secret, nodeId) };
  const claim = { by: command.by, until: batch.at(command.leaseMs), leaseMs: command.leaseMs, ...token };
  batch.add({ event: "node.started", nodeId, claim, ...attemptDeadline(batch, node) });
}

/** A number that says nothing of the claims beside it. It is exact in every reader of JSON. */
function computeToken(secret: string, nodeId: string): number {
  return Number.parseInt(sha256Hex(`${secret} ${nodeId}`).slice(0, TOKEN_DIGITS), 16);
}

/** Hexadecimal digits of a claim: 48 bits. */
const TOKEN_DIGITS = 12;

function extendClaim(batch: EventBatch, node: RunNode, command: ClaimCommand): void {
  requireToken(batch.state, node, command.token);
  const { claim } = node;
  if (claim === undefined) return;
  batch.add({
    event: "node.claim_extended",
    nodeId: node.id,
    claim: { by: claim.by, until: batch.at(command.leaseMs), leaseMs: command.leaseMs },
  });
}

/**
 * A claim that was taken over speaks for nobody any more.
 *
 * @throws ClawTaskError `stale_token`
 */
export function requireToken(state: RunState, node: RunNode, token: number | undefined): void {
  if (token === undefined || token === node.claim?.token) return;
  const holder = node.claim === undefined ? "nobody holds it now" : `${formatCaller(node.claim.by)} holds it now`;
  throw new ClawTaskError("stale_token", {
    message: `the claim ${token} on node ${node.id} is over: ${holder}, and the node is ${node.status}`,
    remedy: { hint: "stop working on it; see where the run stands with", commands: [suggest("next", state.runId)] },
  });
}
