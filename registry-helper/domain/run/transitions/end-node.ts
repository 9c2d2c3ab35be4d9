import type { NodeReason, RunNode } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { formatMicros, parseMicros } from "../../../model/time.ts";
import { unmetNeeds } from "../state/find-node.ts";
import { impliedEvents } from "../state/node-transitions.ts";
import type { Operation } from "./event-batch.ts";
import { demoteBehind, promoteBehind, promoteOne } from "./promote-nodes.ts";

/** Ends that a person or the run itself chose: trying again by itself would undo their choice. */
const NEVER_RETRIED: readonly (NodeReason | undefined)[] = ["rejected", "cancelled", "expired"];

type Words = Pick<RunEventDraft, "message" | "payload" | "reason" | "answer">;

/** Ends the present attempt of a node as failed: it is tried again later by itself, or its policy takes effect. */
export function failNode(operation: Operation, node: RunNode, words: Words): void {
  implied(operation, node, "failed");
  const pause = pauseBeforeRetry(node, words.reason);
  const retryAt = pause === undefined ? {} : { retryAt: formatMicros(operation.now + pause * 1000) };
  operation.add({ event: "node.failed", nodeId: node.id, ...words, ...retryAt });
  if (pause === 0) retryNode(operation, node.id);
  else if (pause === undefined) promoteBehind(operation, node.id);
}

/** Completes a node, and lets what needs it begin. */
export function completeNode(operation: Operation, node: RunNode, more: Partial<RunEventDraft>): void {
  implied(operation, node, "completed");
  operation.add({ event: "node.completed", nodeId: node.id, ...more });
  promoteBehind(operation, node.id);
}

/** Leaves a node out for good. */
export function skipNode(operation: Operation, node: RunNode, words: Words): void {
  if (node.status === "failed") operation.add({ event: "node.ready", nodeId: node.id });
  implied(operation, node, "skipped");
  operation.add({ event: "node.skipped", nodeId: node.id, ...words });
  promoteBehind(operation, node.id);
}

/**
 * Begins a new attempt: the old one is kept with everything that it was bound to and left behind. When something that
 * it needs was opened again in the meantime, it waits for that first.
 */
export function retryNode(operation: Operation, nodeId: string, message?: string): void {
  operation.add({ event: "node.ready", nodeId, ...(message === undefined ? {} : { message }) });
  demoteBehind(operation, nodeId);
  waitForNeeds(operation, nodeId);
}

/** A node that was made ready, but needs something that is open. */
export function waitForNeeds(operation: Operation, nodeId: string): boolean {
  const node = operation.node(nodeId);
  const [unmet] = node === undefined ? [] : unmetNeeds(operation.state, node);
  if (unmet === undefined) return false;
  operation.add({ event: "node.pending", nodeId, message: `Node ${nodeId} waits for ${unmet.id} again.` });
  // It may have been left out long ago, had it not been under way.
  promoteOne(operation, nodeId);
  return true;
}

/** Failed nodes whose pause is over. */
export function isRetryDue(operation: Operation, node: RunNode): boolean {
  return node.retryAt !== undefined && operation.now >= (parseMicros(node.retryAt) ?? 0);
}

function implied(operation: Operation, node: RunNode, to: "completed" | "failed" | "skipped"): void {
  const from = node.status === "failed" ? "ready" : node.status;
  for (const event of impliedEvents(from, to)) operation.add({ event, nodeId: node.id, implied: true });
}

/** Milliseconds until the next attempt; undefined when there is none. */
function pauseBeforeRetry(node: RunNode, reason: NodeReason | undefined): number | undefined {
  const retries = node.policy?.retries;
  const attempt = (node.attempts?.length ?? 0) + 1;
  if (retries === undefined || attempt > retries.max || NEVER_RETRIED.includes(reason)) return undefined;
  return Math.min(retries.maxBackoffMs, retries.backoffMs * retries.factor ** (attempt - 1));
}
