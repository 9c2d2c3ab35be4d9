import { ClawTaskError } from "../../../model/errors.ts";
import { isJsonObject, type Json } from "../../../model/json.ts";
import { MAX_NODES_PER_RUN } from "../../../model/limits.ts";
import { suggest } from "../../../model/remedy.ts";
import type { RunNode, RunState } from "../../../model/run-documents.ts";
import { findCycle } from "../../workflow/find-cycle.ts";
import type { ControlCommand } from "../commands.ts";
import { requireNode } from "../state/find-node.ts";
import { retryNode } from "./end-node.ts";
import type { EventBatch } from "./event-batch.ts";
import { promoteAll } from "./promote-nodes.ts";

/**
 * Adds a node to a run. `patch.neededBy` names nodes, not begun yet, that are to need it; without it the node stands
 * before the first summary, as OpenTask's driver has it. A question among them whose answer was no, or that nobody
 * answered, is asked again once the node is done.
 *
 * @throws ClawTaskError `node_exists` | `node_not_found` | `node_over` | `needs_cycle` | `too_large`
 */
export function addNode(batch: EventBatch, command: ControlCommand): void {
  const { node, control } = command;
  const { state } = batch;
  if (node === undefined)
    throw new ClawTaskError("argument_missing", {
      message: "add_node needs a node",
      remedy: {
        commands: [
          suggest("add-node", state.runId, "--node-json", '{"id":"...","title":"...","kind":"subagent","needs":[]}'),
        ],
      },
    });
  if (state.nodes.some((other) => other.id.toLowerCase() === node.id.toLowerCase()))
    throw new ClawTaskError("node_exists", {
      message: `run ${state.runId} has a node ${node.id} already`,
      remedy: { hint: "give it another id" },
    });
  if (state.nodes.length >= MAX_NODES_PER_RUN)
    throw new ClawTaskError("too_large", {
      message: `a run has at most ${MAX_NODES_PER_RUN} nodes`,
      remedy: { hint: "start another run" },
    });
  requireKnown(state, node.needs);
  const neededBy = parseNames(control.patch, "neededBy");
  for (const id of neededBy) {
    const dependent = requireNode(state, id);
    if (!isToBeAskedAgain(dependent)) requireNotStarted(dependent, state);
  }
  const nodes = [
    ...withNeeds(state, new Map(neededBy.map((id) => [id, [...requireNode(state, id).needs, node.id]]))),
    node,
  ];
  requireNoCycle(nodes);
  const before = state.nodes.find((other) => other.kind === "summary" && other.status === "pending")?.id;
  batch.add({ event: "node.added", nodeId: node.id, node, ...(before === undefined ? {} : { before }) });
  for (const id of neededBy) {
    const dependent = requireNode(batch.state, id);
    if (isToBeAskedAgain(dependent)) retryNode(batch, id, control.message);
    rewire(batch, id, [...dependent.needs, node.id]);
  }
  promoteAll(batch);
}

/** Whether adding a node before one of these asks it again, which takes up a run that ended with its no. */
export function asksAgain(state: RunState, patch: Json | undefined): boolean {
  return parseNames(patch, "neededBy").some((id) => isToBeAskedAgain(requireNode(state, id)));
}

/** A question that is over without a yes. */
function isToBeAskedAgain({ kind, status }: RunNode): boolean {
  return kind === "approval" && status === "failed";
}

/**
 * Changes what a node needs, as long as it has not begun.
 *
 * @throws ClawTaskError `node_over` | `node_not_found` | `needs_cycle` | `argument_missing`
 */
export function rewireNode(batch: EventBatch, node: RunNode, patch: Json | undefined): void {
  const { state } = batch;
  if (!isJsonObject(patch) || !Array.isArray(patch["needs"]))
    throw new ClawTaskError("argument_missing", {
      message: "rewire_node needs the new needs",
      remedy: { commands: [suggest("rewire-node", state.runId, node.id, "--needs", "a,b")] },
    });
  requireNotStarted(node, state);
  const needs = [...new Set(parseNames(patch, "needs"))];
  requireKnown(state, needs);
  requireNoCycle(withNeeds(state, new Map([[node.id, needs]])));
  rewire(batch, node.id, needs);
  promoteAll(batch);
}

function rewire(batch: EventBatch, nodeId: string, needs: string[]): void {
  batch.add({
    event: "node.rewired",
    nodeId,
    needs,
    message: `Node ${nodeId} needs ${needs.join(", ") || "nothing"}.`,
  });
}

function parseNames(patch: Json | undefined, key: string): string[] {
  const names = isJsonObject(patch) ? patch[key] : undefined;
  return Array.isArray(names) ? names.map(String) : [];
}

function withNeeds(
  state: RunState,
  changed: ReadonlyMap<string, readonly string[]>,
): { id: string; needs: readonly string[] }[] {
  return state.nodes.map(({ id, needs }) => ({ id, needs: changed.get(id) ?? needs }));
}

function requireKnown(state: RunState, needs: readonly string[]): void {
  for (const need of needs) requireNode(state, need);
}

function requireNotStarted(node: RunNode, state: RunState): void {
  if (node.status === "pending" || node.status === "ready") return;
  throw new ClawTaskError("node_over", {
    message: `node ${node.id} is ${node.status}; what it needs cannot change any more`,
    remedy: { commands: [suggest("show", state.runId)] },
  });
}

function requireNoCycle(nodes: readonly { id: string; needs: readonly string[] }[]): void {
  const cycle = findCycle(nodes);
  if (cycle === undefined) return;
  throw new ClawTaskError("needs_cycle", {
    message: `nodes would need each other in a circle: ${cycle.join(" -> ")}`,
    remedy: { hint: "take one of these needs out" },
  });
}
