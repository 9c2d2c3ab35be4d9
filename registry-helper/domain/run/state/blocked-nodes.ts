import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import { findNode, getNodeIndexes, withChangedNode, isBlocking } from "./find-node.ts";

/**
 * Marks every pending node that a failed node, direct or further up, keeps from becoming ready, and the
 * run when nothing else can move either. Derived from the statuses alone, so it is always in step with them.
 * Returns the same object when nothing changes.
 */
export function withBlockedMarks(state: RunState): RunState {
  if (!isMarked(state) && !state.nodes.some(isBlocking)) return state;
  const blockers = findBlockers(state.nodes);
  return withStuckMark({ ...state, nodes: state.nodes.map((node) => withBlockers(node, blockers.get(node.id))) });
}

/**
 * The same after one node has changed its status. Most changes concern no mark but its own, and a run may have 10,000
 * nodes of which one operation changes all: then nothing is walked through.
 */
export function withMarksAfter(state: RunState, before: RunNode | undefined): RunState {
  const after = findNode(state.nodes, before?.id);
  if (before === undefined || after === undefined || !concernsItselfAlone(state, before, after))
    return withBlockedMarks(state);
  if (!isMarked(state) && after.blockedBy === undefined) return state;
  const nodes =
    after.blockedBy === undefined
      ? state.nodes
      : withChangedNode(state.nodes, after.id, (node) => withBlockers(node, undefined));
  return withStuckMark({ ...state, nodes });
}

function concernsItselfAlone(state: RunState, before: RunNode, after: RunNode): boolean {
  if (after.status === "pending") return false;
  if (!isBlocking(before) && !isBlocking(after) && before.blockedBy === undefined) return true;
  return !state.nodes.some((node) => node.status === "pending" && node.needs.includes(after.id));
}

function isMarked(state: RunState): boolean {
  return state.blockedBy !== undefined || state.nodes.some((node) => node.blockedBy !== undefined);
}

/** Says of the run whether it cannot go on: something is blocked, and nothing else moves. */
function withStuckMark(state: RunState): RunState {
  const { nodes } = state;
  const moving = nodes.some(
    (node) =>
      node.status === "ready" || node.status === "running" || node.status === "waiting" || node.retryAt !== undefined,
  );
  const stuck =
    !moving && !TERMINAL_RUN_STATUSES.includes(state.status) && nodes.some((node) => node.blockedBy !== undefined);
  const { blockedBy: _previous, ...rest } = state;
  if (!stuck) return rest;
  return { ...rest, blockedBy: nodes.filter(isBlocking).map((node) => node.id) };
}

function withBlockers(node: RunNode, blockers: string[] | undefined): RunNode {
  if (node.blockedBy === undefined && blockers === undefined) return node;
  const { blockedBy: _previous, ...rest } = node;
  return blockers === undefined ? rest : { ...rest, blockedBy: blockers };
}

const NONE: ReadonlySet<string> = new Set();

/** For each pending node with a failed node above it: those failed nodes, in the order of the workflow. */
function findBlockers(nodes: readonly RunNode[]): Map<string, string[]> {
  const indexes = getNodeIndexes(nodes);
  const known = new Map<string, ReadonlySet<string>>();

  // Iterative, since a chain of 10,000 nodes would overflow the stack of a recursive walk.
  for (const start of nodes) {
    const path = [start.id];
    const onPath = new Set(path);
    while (path.length > 0) {
      const id = path[path.length - 1] as string;
      const node = nodes[indexes.get(id) ?? -1];
      const open =
        known.has(id) || node?.status !== "pending"
          ? []
          : node.needs.filter((need) => !known.has(need) && !onPath.has(need));
      if (open.length > 0) {
        path.push(...open);
        for (const need of open) onPath.add(need);
        continue;
      }
      if (!known.has(id)) known.set(id, node === undefined ? NONE : collectBlockers(node, known));
      path.pop();
      onPath.delete(id);
    }
  }

  const result = new Map<string, string[]>();
  const inOrder = new Map<ReadonlySet<string>, string[]>();
  for (const { id, status } of nodes) {
    const above = known.get(id) ?? NONE;
    if (status !== "pending" || above.size === 0) continue;
    const sorted =
      inOrder.get(above) ?? [...above].sort((one, other) => (indexes.get(one) ?? 0) - (indexes.get(other) ?? 0));
    inOrder.set(above, sorted);
    result.set(id, [...sorted]);
  }
  return result;
}

/** Nodes that have the same nodes above them share one set: a failure may have thousands below it. */
function collectBlockers(node: RunNode, known: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  if (isBlocking(node)) return new Set([node.id]);
  if (node.status !== "pending") return NONE;
  let above = NONE;
  for (const need of node.needs) {
    const more = known.get(need) ?? NONE;
    if (above.size === 0) above = more;
    else if ([...more].some((id) => !above.has(id))) above = new Set([...above, ...more]);
  }
  return above;
}
