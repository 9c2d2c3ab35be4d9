import { isBlocking } from "./node-end.ts";
import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../model/run-documents.ts";

/**
 * Marks every pending node that a failed node, direct or further up, keeps from becoming ready, and the
 * run when nothing else can move either. Derived from the statuses alone, so it is always in step with them.
 * Returns the same object when nothing changes.
 */
export function withBlockedMarks(state: RunState): RunState {
  const hasFailed = state.nodes.some(isBlocking);
  const hasMarks = state.blockedBy !== undefined || state.nodes.some((node) => node.blockedBy !== undefined);
  if (!hasFailed && !hasMarks) return state;

  const blockers = findBlockers(state.nodes);
  const nodes = state.nodes.map((node) => withBlockers(node, blockers.get(node.id)));
  const moving = nodes.some(
    (node) =>
      node.status === "ready" || node.status === "running" || node.status === "waiting" || node.retryAt !== undefined,
  );
  const stuck =
    nodes.some((node) => node.blockedBy !== undefined) && !moving && !TERMINAL_RUN_STATUSES.includes(state.status);
  const { blockedBy: _previous, ...rest } = state;
  if (!stuck) return { ...rest, nodes };
  return { ...rest, nodes, blockedBy: nodes.filter(isBlocking).map((node) => node.id) };
}

function withBlockers(node: RunNode, blockers: string[] | undefined): RunNode {
  if (node.blockedBy === undefined && blockers === undefined) return node;
  const { blockedBy: _previous, ...rest } = node;
  return blockers === undefined ? rest : { ...rest, blockedBy: blockers };
}

/** For each pending node with a failed node above it: those failed nodes, in the order of the workflow. */
function findBlockers(nodes: readonly RunNode[]): Map<string, string[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Map<string, ReadonlySet<string>>();
  const none: ReadonlySet<string> = new Set();

  // Iterative, since a chain of 10,000 nodes would overflow the stack of a recursive walk.
  for (const start of nodes) {
    const path = [start.id];
    while (path.length > 0) {
      const id = path[path.length - 1] as string;
      const node = byId.get(id);
      if (known.has(id) || node === undefined || node.status !== "pending") {
        if (!known.has(id)) known.set(id, node !== undefined && isBlocking(node) ? new Set([id]) : none);
        path.pop();
        continue;
      }
      const open = node.needs.filter((need) => !known.has(need) && need !== id && !path.includes(need));
      if (open.length > 0) {
        path.push(...open);
        continue;
      }
      const above = new Set<string>();
      for (const need of node.needs) for (const failed of known.get(need) ?? none) above.add(failed);
      known.set(id, above.size === 0 ? none : above);
      path.pop();
    }
  }

  const result = new Map<string, string[]>();
  for (const node of nodes) {
    const above = known.get(node.id);
    if (node.status === "pending" && above !== undefined && above.size > 0) {
      result.set(
        node.id,
        nodes.filter((other) => above.has(other.id)).map((other) => other.id),
      );
    }
  }
  return result;
}
