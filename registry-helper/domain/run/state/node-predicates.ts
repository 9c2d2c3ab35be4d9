import { type RunNode, SATISFYING_STATUSES, TERMINAL_NODE_STATUSES } from "../../../model/run-documents.ts";

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
