import { isDue } from "../../../model/age.ts";
import { backoffMs } from "../../../model/backoff.ts";
import type { NodeReason, RunNode } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { formatMicros, type Micros } from "../../../model/time.ts";
import { unmetNeeds } from "../state/find-node.ts";
import { impliedEvents } from "../state/node-transitions.ts";
import type { EventBatch } from "./event-batch.ts";
import { demoteDependents, promoteDependents, promoteOne } from "./promote-nodes.ts";

/** Ends that a person or the run itself chose: trying again by itself would undo their choice. */
const NEVER_RETRIED: readonly (NodeReason | undefined)[] = ["rejected", "cancelled", "expired"];

type EventDetails = Pick<RunEventDraft, "message" | "payload" | "reason" | "answer" | "bypass">;

/** Ends the present attempt of a node as failed: it is tried again later by itself, or its policy takes effect. */
export function failNode(batch: EventBatch, node: RunNode, details: EventDetails): void {
  implied(batch, node, "failed");
  const pause = pauseBeforeRetry(node, details.reason);
  const retryAt = pause === undefined ? {} : { retryAt: formatMicros(batch.now + pause * 1000) };
  batch.add({ event: "node.failed", nodeId: node.id, ...details, ...retryAt });
  if (pause === 0) retryNode(batch, node.id);
  else if (pause === undefined) promoteDependents(batch, node.id);
}

/** Completes a node, and lets what needs it begin. */
export function completeNode(batch: EventBatch, node: RunNode, more: Partial<RunEventDraft>): void {
  implied(batch, node, "completed");
  const unverified = (more.missingArtifacts ?? []).length === 0 ? {} : ({ unverified: true } as const);
  batch.add({ event: "node.completed", nodeId: node.id, ...more, ...unverified });
  promoteDependents(batch, node.id);
}

/** Leaves a node out for good. */
export function skipNode(batch: EventBatch, node: RunNode, details: EventDetails): void {
  // Nothing comes after it: what it left stays in its place.
  if (node.status === "failed") batch.add({ event: "node.ready", nodeId: node.id, left: [] });
  implied(batch, node, "skipped");
  batch.add({ event: "node.skipped", nodeId: node.id, ...details });
  promoteDependents(batch, node.id);
}

/**
 * Begins a new attempt: the old one is kept with everything that it was bound to and left behind. When something that
 * it needs was opened again in the meantime, it waits for that first.
 */
export function retryNode(batch: EventBatch, nodeId: string, message?: string): void {
  batch.add({ event: "node.ready", nodeId, ...(message === undefined ? {} : { message }) });
  demoteDependents(batch, nodeId);
  waitForNeeds(batch, nodeId);
}

/** A node that was made ready, but needs something that is open. */
export function waitForNeeds(batch: EventBatch, nodeId: string): boolean {
  const node = batch.node(nodeId);
  const [unmet] = node === undefined ? [] : unmetNeeds(batch.state, node);
  if (unmet === undefined) return false;
  batch.add({ event: "node.pending", nodeId, message: `Node ${nodeId} waits for ${unmet.id} again.` });
  // It may have been left out long ago, had it not been under way.
  promoteOne(batch, nodeId);
  return true;
}

/** Whether the pause before the next attempt of a failed node is over. */
export function isRetryDue({ retryAt, policy }: Pick<RunNode, "retryAt" | "policy">, now: Micros): boolean {
  return retryAt !== undefined && isDue(retryAt, now, policy?.retries?.maxBackoffMs ?? Number.POSITIVE_INFINITY);
}

function implied(batch: EventBatch, node: RunNode, to: "completed" | "failed" | "skipped"): void {
  const from = node.status === "failed" ? "ready" : node.status;
  for (const event of impliedEvents(from, to)) batch.add({ event, nodeId: node.id, implied: true });
}

/** Milliseconds until the next attempt; undefined when there is none. */
function pauseBeforeRetry(node: RunNode, reason: NodeReason | undefined): number | undefined {
  const retries = node.policy?.retries;
  const attempt = (node.attempts?.length ?? 0) + 1;
  if (retries === undefined || attempt > retries.max || NEVER_RETRIED.includes(reason)) return undefined;
  return backoffMs(attempt - 1, { base: retries.backoffMs, max: retries.maxBackoffMs, factor: retries.factor });
}
