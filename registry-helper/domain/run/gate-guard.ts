import { ClawTaskError, type ErrorCode } from "../../model/errors.ts";
import { type EventOrigin, isChildSession } from "../../model/event-origin.ts";
import { isJsonObject } from "../../model/json.ts";
import type { ApprovalAccess } from "../../model/node-policy.ts";
import { type Remedy, suggest } from "../../model/remedy.ts";
import type { RunDocument, RunNode } from "../../model/run-documents.ts";
import {
  findAccessProblem,
  findStandingRejection,
  getApprovalAccess,
  isPastRejection,
  mayBypass,
} from "./approval-access.ts";
import type { RunCommand } from "./commands.ts";
import { formatAnswer } from "./state/approval-outcome.ts";

/** Who gives a command, and what the registry says of approvals that say nothing themselves. */
export interface GateContext {
  origin?: EventOrigin | undefined;
  approvals?: ApprovalAccess | undefined;
}

/** Why a command may not pass an approval. */
export interface GateProblem {
  gate: RunNode;
  code: ErrorCode;
  message: string;
  remedy: Remedy;
  /** The answer that came with it is kept on the node, as a report. */
  isReport: boolean;
}

/** How an open approval is passed: by its answer, or around it; `asked` is a change that lets nothing go on. */
interface Passage {
  gate: RunNode;
  how: "answer" | "bypass" | "asked";
}

/**
 * Why a command that answers an approval, leaves it out or takes it out of the way is refused:
 *
 * - a child gives it: nobody talks in its session, so that the answer can only be its own
 * - the question has not been asked: what it is about may not exist yet
 * - the approval wants a verified answer, and this one is none, or not of one of its approvers
 * - the answer was no, and nothing shows that a person goes past it
 *
 * @returns undefined when it is not refused
 */
export function findGateProblem(run: RunDocument, command: RunCommand, context: GateContext): GateProblem | undefined {
  const passage = findPassage(run, command);
  if (passage === undefined) return undefined;
  const { gate, how } = passage;
  const { origin, approvals } = context;
  const { runId } = run.state;
  if (isChildSession(origin?.session) && origin?.sender === undefined)
    return {
      gate,
      code: "not_allowed",
      message: `${gate.id} asks a person, and ${origin?.session ?? ""} is the session of a child`,
      remedy: { hint: "leave the question to the person", commands: [suggest("show", runId)] },
      isReport: false,
    };
  if (how === "answer" && gate.status === "pending" && gate.kind === "approval")
    return {
      gate,
      code: "not_waiting",
      message: `${gate.id} is not asked yet; this is kept, and shown with the question when it is`,
      remedy: { hint: "what is open before it", commands: [suggest("next", runId)] },
      isReport: true,
    };
  if (how === "answer") {
    const problem = findAccessProblem(run.state, gate, context);
    if (problem === undefined) return undefined;
    const remedy = { hint: formatAnswerAdvice(runId, gate) };
    return { gate, code: "approval_unverified", message: problem, remedy, isReport: true };
  }
  if (how !== "bypass") return undefined;
  if (isPastRejection(gate, origin)) {
    const no = findStandingRejection(gate);
    return {
      gate,
      code: "not_allowed",
      message: `the answer to ${gate.id} was no (${no === undefined ? "" : formatAnswer(no)}); only a person goes past it`,
      remedy: { hint: "ask again", commands: [suggest("retry", runId, gate.id, "--message", "<what has changed>")] },
      isReport: false,
    };
  }
  if (getApprovalAccess(gate, approvals).authority !== "verified" || mayBypass(origin)) return undefined;
  return {
    gate,
    code: "approval_unverified",
    message: `${gate.id} is opened only by a person whom the chat or the control plane knows`,
    remedy: { hint: formatAnswerAdvice(runId, gate) },
    isReport: false,
  };
}

/** How a person answers an approval so that it is known who they are. */
export function formatAnswerAdvice(runId: string, gate: Pick<RunNode, "id" | "policy">): string {
  return `the person answers with ${formatChatAnswer(runId, gate)} in their chat, or in the dashboard`;
}

/** The line that a person sends to say yes. */
export function formatChatAnswer(runId: string, { id, policy }: Pick<RunNode, "id" | "policy">): string {
  const yes = policy?.approval?.choices?.slice(0, -1) ?? [];
  return `/run approve ${runId} ${id}${yes.length > 1 ? ` <${yes.join("|")}>` : ""}`;
}

/** As an error, for a command that is no control. */
export function toGateError({ code, message, remedy }: GateProblem): ClawTaskError {
  return new ClawTaskError(code, { message, remedy });
}

function findPassage(run: RunDocument, command: RunCommand): Passage | undefined {
  const { nodes } = run.state;
  const find = (nodeId: string | undefined, how: Passage["how"]): Passage | undefined => {
    const gate = nodes.find((node) => node.id === nodeId && isOpenGate(node));
    return gate === undefined ? undefined : { gate, how };
  };
  if (command.type === "transition") return find(command.nodeId, isEnd(command.to) ? "bypass" : "asked");
  if (command.type !== "control") return undefined;
  const { action, nodeId, patch } = command.control;
  if (action === "approve" || action === "reject") return find(nodeId, "answer");
  if (action === "skip") return find(nodeId, "bypass");
  if (action !== "rewire_node") return undefined;
  const needs = isJsonObject(patch) && Array.isArray(patch["needs"]) ? patch["needs"].map(String) : [];
  const kept = ancestors(nodes, needs);
  const before = ancestors(nodes, nodes.find(({ id }) => id === nodeId)?.needs ?? []);
  const gate = nodes.find((node) => isOpenGate(node) && before.has(node.id) && !kept.has(node.id));
  return gate === undefined ? undefined : { gate, how: "bypass" };
}

function isEnd(to: string): boolean {
  return to === "completed" || to === "skipped" || to === "failed";
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
