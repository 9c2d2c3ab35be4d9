import { ClawTaskError } from "../../model/errors.ts";
import { type EventOrigin, isChildSession } from "../../model/event-origin.ts";
import { isJsonObject } from "../../model/json.ts";
import { suggest } from "../../model/remedy.ts";
import type { RunDocument, RunNode } from "../../model/run-documents.ts";
import type { RunCommand } from "./commands.ts";

/** Controls that let a run go on behind a question. */
const GATE_ACTIONS = ["approve", "reject", "skip"];

/**
 * Refuses a child that answers a question of the run, or goes around it: nobody talks in its session, so that the answer
 * can only be its own. Agents that a person talks with may pass an answer on; where from is in each event.
 *
 * @returns why it is refused; undefined when it is not
 */
export function findGateProblem(
  run: RunDocument,
  command: RunCommand,
  origin: EventOrigin | undefined,
): ClawTaskError | undefined {
  if (!isChildSession(origin?.session)) return undefined;
  const gate = passedGate(run, command);
  if (gate === undefined) return undefined;
  return new ClawTaskError("not_allowed", {
    message: `${gate.id} asks a person, and ${origin?.session ?? ""} is the session of a child`,
    remedy: { hint: "leave the question to the person", commands: [suggest("show", run.state.runId)] },
  });
}

/** The open question that a command would answer, leave out or take out of the way. */
function passedGate(run: RunDocument, command: RunCommand): RunNode | undefined {
  const { nodes } = run.state;
  const gateOf = (nodeId: string | undefined): RunNode | undefined =>
    nodes.find((node) => node.id === nodeId && isOpenGate(node));
  if (command.type === "transition") return gateOf(command.nodeId);
  if (command.type !== "control") return undefined;
  const { action, nodeId, patch } = command.control;
  if (GATE_ACTIONS.includes(action)) return gateOf(nodeId);
  if (action !== "rewire_node") return undefined;
  const needs = isJsonObject(patch) && Array.isArray(patch["needs"]) ? patch["needs"].map(String) : [];
  const kept = ancestors(nodes, needs);
  const before = ancestors(nodes, nodes.find(({ id }) => id === nodeId)?.needs ?? []);
  return nodes.find((node) => isOpenGate(node) && before.has(node.id) && !kept.has(node.id));
}

function isOpenGate({ kind, status }: RunNode): boolean {
  return kind === "approval" && status !== "completed" && status !== "skipped";
}

/** These nodes and all that they need. */
export function ancestors(nodes: readonly RunNode[], start: readonly string[]): Set<string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Set<string>();
  const open = [...start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(byId.get(id)?.needs ?? []));
  }
  return found;
}
