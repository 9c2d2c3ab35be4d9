import type { RunNode } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { isMet } from "../state/conditions.ts";
import { hasFailed, isSatisfied } from "../state/node-predicates.ts";
import { impliedEvents } from "../state/node-transitions.ts";
import type { Operation } from "./event-batch.ts";

/** A node that has become ready. */
export function readyEvent(nodeId: string): RunEventDraft {
  return { event: "node.ready", nodeId, message: `Node ${nodeId} is ready for dispatch.` };
}

/**
 * After a node has ended: what needs it becomes ready, is left out because its condition is not met, or is left
 * out because of a failure that the workflow says to step around. Goes on as far as that reaches.
 */
export function promoteBehind(operation: Operation, nodeId: string): void {
  const dependents = dependentsOf(operation.state.nodes);
  const open = [nodeId];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const dependent of dependents.get(id) ?? []) if (promote(operation, dependent)) open.push(dependent);
  }
}

/** Nodes that nothing keeps from starting: at the start of a run, and after a change of its graph. */
export function promoteAll(operation: Operation): void {
  for (const { id, status } of operation.state.nodes) if (status === "pending") promoteOne(operation, id);
}

/** One node that waits for what it needs. */
export function promoteOne(operation: Operation, nodeId: string): void {
  if (promote(operation, nodeId)) promoteBehind(operation, nodeId);
}

/** For each node that is needed: who needs it. */
export function dependentsOf(nodes: readonly RunNode[]): Map<string, string[]> {
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
function promote(operation: Operation, nodeId: string): boolean {
  const node = operation.node(nodeId);
  if (node?.status !== "pending") return false;
  const needs = node.needs.flatMap((need) => operation.node(need) ?? []);
  const cause = leftOutBecauseOf(needs);
  if (cause !== undefined) {
    skip(operation, node, { reason: "dependency_failed", skippedBy: cause, message: `Left out: ${cause} failed.` });
    return true;
  }
  if (!needs.every(isSatisfied)) return false;
  if (node.policy?.when === undefined || isConditionMet(operation, node)) {
    operation.add(readyEvent(nodeId));
    return false;
  }
  skip(operation, node, { reason: "condition_unmet", message: "Left out: its condition is not met." });
  return true;
}

/** The failed node because of which a node is left out: a direct need, or all needs were left out themselves. */
function leftOutBecauseOf(needs: readonly RunNode[]): string | undefined {
  const direct = needs.find((need) => hasFailed(need) && need.policy?.onFailure === "skip");
  if (direct !== undefined) return direct.id;
  const isAllOut = needs.length > 0 && needs.every((need) => need.skippedBy !== undefined);
  return isAllOut ? needs[0]?.skippedBy : undefined;
}

function isConditionMet(operation: Operation, node: RunNode): boolean {
  const when = node.policy?.when;
  return when === undefined || isMet(when, { params: operation.state.params, node: (id) => operation.node(id) });
}

function skip(operation: Operation, node: RunNode, why: Pick<RunEventDraft, "reason" | "skippedBy" | "message">): void {
  for (const event of impliedEvents(node.status, "skipped")) operation.add({ event, nodeId: node.id, implied: true });
  operation.add({ event: "node.skipped", nodeId: node.id, ...why });
}

/**
 * A node is open again: what was promoted by its end and has not started, and what was left out because of it, goes
 * back to waiting (B3).
 */
export function demoteBehind(operation: Operation, nodeId: string): void {
  const dependents = dependentsOf(operation.state.nodes);
  const open = [nodeId];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const dependent of dependents.get(id) ?? []) {
      const node = operation.node(dependent);
      const wasLeftOut =
        node?.status === "skipped" && (node.skippedBy !== undefined || node.reason === "condition_unmet");
      if (node?.status !== "ready" && !wasLeftOut) continue;
      operation.add({
        event: "node.pending",
        nodeId: dependent,
        message: `Node ${dependent} waits for ${nodeId} again.`,
      });
      if (wasLeftOut) open.push(dependent);
    }
  }
}
