import { ClawTaskError } from "../model/errors.ts";
import type { RunNode, RunState } from "../model/run-documents.ts";
import { isSatisfied } from "./node-end.ts";

/** @throws ClawTaskError `node_not_found` */
export function requireNode(state: RunState, nodeId: string): RunNode {
  const node = state.nodes.find((candidate) => candidate.id === nodeId);
  if (node !== undefined) return node;
  const known = state.nodes.slice(0, 8).map((candidate) => candidate.id);
  throw new ClawTaskError("node_not_found", {
    message: `node not found: ${nodeId}`,
    next: `this run has: ${known.join(", ")}${state.nodes.length > known.length ? ", ..." : ""}`,
  });
}

/** The nodes that keep a node from starting. */
export function unmetNeeds(state: RunState, node: RunNode): RunNode[] {
  if (node.needs.length === 0) return [];
  const needs = new Set(node.needs);
  return state.nodes.filter((other) => needs.has(other.id) && !isSatisfied(other));
}
