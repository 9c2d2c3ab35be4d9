import { ClawTaskError } from "../../../model/errors.ts";
import {
  type RunNode,
  type RunState,
  SATISFYING_STATUSES,
  TERMINAL_NODE_STATUSES,
} from "../../../model/run-documents.ts";

/** @throws ClawTaskError `node_not_found` */
export function requireNode(state: RunState, nodeId: string): RunNode {
  const node = state.nodes.find((candidate) => candidate.id === nodeId);
  if (node !== undefined) return node;
  const known = state.nodes.slice(0, 8).map((candidate) => candidate.id);
  throw new ClawTaskError("node_not_found", {
    message: `node not found: ${nodeId}`,
    remedy: { hint: `this run has: ${known.join(", ")}${state.nodes.length > known.length ? ", ..." : ""}` },
  });
}

/** The nodes that keep a node from starting. */
export function unmetNeeds(state: RunState, node: RunNode): RunNode[] {
  if (node.needs.length === 0) return [];
  const needs = new Set(node.needs);
  return state.nodes.filter((other) => needs.has(other.id) && !isSatisfied(other));
}

const indexCache = new WeakMap<readonly RunNode[], ReadonlyMap<string, number>>();

/** Where each node stands. Looked up once for a list of nodes, and handed on to the lists that differ in a node only. */
export function getNodeIndexes(nodes: readonly RunNode[]): ReadonlyMap<string, number> {
  const known = indexCache.get(nodes);
  if (known !== undefined) return known;
  const indexes = new Map(nodes.map(({ id }, index) => [id, index]));
  indexCache.set(nodes, indexes);
  return indexes;
}

/** The same nodes with one changed. Its cost hardly grows with their number, of which there may be 10,000. */
export function withChangedNode(
  nodes: RunNode[],
  nodeId: string | undefined,
  change: (node: RunNode) => RunNode,
): RunNode[] {
  const indexes = getNodeIndexes(nodes);
  const index = indexes.get(nodeId ?? "");
  const node = index === undefined ? undefined : nodes[index];
  if (index === undefined || node === undefined) return nodes;
  const changed = nodes.slice();
  changed[index] = change(node);
  indexCache.set(changed, indexes);
  return changed;
}

export function findNode(nodes: readonly RunNode[], nodeId: string | undefined): RunNode | undefined {
  const index = getNodeIndexes(nodes).get(nodeId ?? "");
  return index === undefined ? undefined : nodes[index];
}

/** Nothing more happens to it by itself: ended, and not waiting for another attempt. */
export function hasEnded(node: RunNode): boolean {
  return TERMINAL_NODE_STATUSES.includes(node.status) && node.retryAt === undefined;
}

/** Failed for good. */
export function hasFailed(node: RunNode): boolean {
  return node.status === "failed" && node.retryAt === undefined;
}

/** Failed for good, and what depends on it has to wait for a person. */
export function isBlocking(node: RunNode): boolean {
  return hasFailed(node) && (node.policy?.onFailure ?? "block") === "block";
}

/** Whether nodes that need it may start. */
export function isSatisfied(node: RunNode): boolean {
  return SATISFYING_STATUSES.includes(node.status) || (hasFailed(node) && node.policy?.onFailure === "continue");
}
