import type { RunNode } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { isMet } from "../state/conditions.ts";
import { hasFailed, isSatisfied } from "../state/find-node.ts";
import { impliedEvents } from "../state/node-transitions.ts";
import type { EventBatch } from "./event-batch.ts";

/** A node that has become ready. */
export function readyEvent(nodeId: string): RunEventDraft {
  return { event: "node.ready", nodeId, message: `Node ${nodeId} is ready for dispatch.` };
}

/**
 * After a node has ended: what needs it becomes ready, is left out because its condition is not met, or is left
 * out because of a failure that the workflow says to step around. Goes on as far as that reaches.
 */
export function promoteDependents(batch: EventBatch, nodeId: string): void {
  const dependents = getDependents(batch.state.nodes);
  const open = [nodeId];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const dependent of dependents.get(id) ?? []) if (promote(batch, dependent)) open.push(dependent);
  }
}

/** Nodes that nothing keeps from starting: at the start of a run, and after a change of its graph. */
export function promoteAll(batch: EventBatch): void {
  for (const { id, status } of batch.state.nodes) if (status === "pending") promoteOne(batch, id);
}

/** One node that waits for what it needs. */
export function promoteOne(batch: EventBatch, nodeId: string): void {
  if (promote(batch, nodeId)) promoteDependents(batch, nodeId);
}

/** For each node that is needed: who needs it. */
export function getDependents(nodes: readonly RunNode[]): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const { id, needs } of nodes) {
    for (const need of needs) {
      const known = dependents.get(need);
      if (known === undefined) dependents.set(need, [id]);
      else known.push(id);
    }
  }
  return dependents;
}

/** @returns true when the node was left out, so that what is behind it has to be looked at too */
function promote(batch: EventBatch, nodeId: string): boolean {
  const node = batch.node(nodeId);
  if (node?.status !== "pending") return false;
  const needs = node.needs.flatMap((need) => batch.node(need) ?? []);
  const cause = findSkipCause(needs);
  if (cause !== undefined) {
    skip(batch, node, { reason: "dependency_failed", skippedBy: cause, message: `Left out: ${cause} failed.` });
    return true;
  }
  if (!needs.every(isSatisfied)) return false;
  if (node.policy?.when === undefined || isConditionMet(batch, node)) {
    batch.add(readyEvent(nodeId));
    return false;
  }
  skip(batch, node, { reason: "condition_unmet", message: "Left out: its condition is not met." });
  return true;
}

/** The failed node because of which a node is left out: a direct need, or all needs were left out themselves. */
function findSkipCause(needs: readonly RunNode[]): string | undefined {
  const direct = needs.find((need) => hasFailed(need) && need.policy?.onFailure === "skip");
  if (direct !== undefined) return direct.id;
  const areAllSkipped = needs.length > 0 && needs.every((need) => need.skippedBy !== undefined);
  return areAllSkipped ? needs[0]?.skippedBy : undefined;
}

function isConditionMet(batch: EventBatch, node: RunNode): boolean {
  const when = node.policy?.when;
  return when === undefined || isMet(when, { params: batch.state.params, node: (id) => batch.node(id) });
}

function skip(batch: EventBatch, node: RunNode, why: Pick<RunEventDraft, "reason" | "skippedBy" | "message">): void {
  for (const event of impliedEvents(node.status, "skipped")) batch.add({ event, nodeId: node.id, implied: true });
  batch.add({ event: "node.skipped", nodeId: node.id, ...why });
}

/**
 * A node is open again: what was promoted by its end and has not started, and what was left out because of it, goes
 * back to waiting (B3).
 */
export function demoteDependents(batch: EventBatch, nodeId: string): void {
  const dependents = getDependents(batch.state.nodes);
  const open = [nodeId];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const dependent of dependents.get(id) ?? []) {
      const node = batch.node(dependent);
      const wasSkipped =
        node?.status === "skipped" && (node.skippedBy !== undefined || node.reason === "condition_unmet");
      if (node?.status !== "ready" && !wasSkipped) continue;
      batch.add({
        event: "node.pending",
        nodeId: dependent,
        message: `Node ${dependent} waits for ${nodeId} again.`,
      });
      if (wasSkipped) open.push(dependent);
    }
  }
}
