import { ClawTaskError } from "../../../model/errors.ts";
import { isJsonObject } from "../../../model/json.ts";
import type { RunNode, RunState } from "../../../model/run-documents.ts";
import { parseMicros } from "../../../model/time.ts";
import type { ControlCommand } from "../commands.ts";
import { completeNode, failNode } from "./end-node.ts";
import type { Operation } from "./event-batch.ts";
import { questionOf } from "./start-node.ts";

/**
 * A person's answer to an approval. The answer, their words (a condition, say) and data are kept with the node, and
 * the moment at which it was asked stays.
 *
 * @throws ClawTaskError `not_waiting` | `approval_expired` | `answer_invalid`
 */
export function answerApproval(
  operation: Operation,
  node: RunNode,
  command: ControlCommand,
  action: "approve" | "reject",
): void {
  requireAskable(operation, node);
  const patch = isJsonObject(command.control.patch) ? command.control.patch : {};
  const choice = chosen(operation.state, node, patch["choice"], action);
  if (command.answerProblem !== undefined)
    throw new ClawTaskError("answer_invalid", {
      message: `the answer to ${node.id} does not fit: ${command.answerProblem}`,
      next: `give it as --data-json '<JSON>'; what is asked for: clawtask brief ${operation.state.runId} ${node.id}`,
    });
  const words = command.control.message?.trim();
  const answer = {
    choice,
    words: words === undefined || words === "" ? null : words,
    by: command.control.by,
    ...(patch["data"] === undefined ? {} : { data: patch["data"] }),
  };
  const message = `${choice} by ${answer.by}${answer.words === null ? "" : `: ${answer.words}`}`;
  // A question that nobody got round to asking may be answered all the same: it is asked and answered in one.
  if (node.status === "ready") {
    operation.add({ event: "node.started", nodeId: node.id, implied: true });
    operation.add({ event: "node.waiting", nodeId: node.id, message: questionOf(node) });
  }
  const waiting = operation.node(node.id) ?? node;
  if (action === "approve") completeNode(operation, waiting, { message, answer });
  else failNode(operation, waiting, { message, answer, reason: "rejected" });
}

function requireAskable(operation: Operation, node: RunNode): void {
  const { runId } = operation.state;
  if (node.kind === "wait" && node.status === "waiting") return;
  if (node.kind !== "approval" || (node.status !== "waiting" && node.status !== "ready")) {
    const expired = node.reason === "expired";
    throw new ClawTaskError(expired ? "approval_expired" : "not_waiting", {
      message: expired
        ? `the question ${node.id} expired at ${node.completedAt ?? ""}`
        : `node ${node.id} waits for no answer: its kind is ${node.kind} and it is ${node.status}`,
      next: expired ? `ask again: clawtask retry ${runId} ${node.id}` : `clawtask next ${runId}`,
    });
  }
  const deadline = parseMicros(node.deadlineAt);
  if (deadline === undefined || operation.now < deadline) return;
  throw new ClawTaskError("approval_expired", {
    message: `the question ${node.id} expired at ${node.deadlineAt ?? ""}`,
    next: `settle it and ask again: clawtask tick ${runId} && clawtask retry ${runId} ${node.id}`,
  });
}

/** The last of a question's choices is its no; without choices, it is the action itself. */
function chosen(state: RunState, node: RunNode, written: unknown, action: "approve" | "reject"): string {
  const choices = node.policy?.approval?.choices;
  if (choices === undefined) {
    if (written === undefined || written === action) return action;
    throw unfit(state, node, `${String(written)} is no choice of it`, ["approve", "reject"]);
  }
  const no = choices.at(-1) ?? "";
  const choice = written ?? (action === "reject" ? no : choices.length === 2 ? choices[0] : undefined);
  if (choice === undefined) throw unfit(state, node, "it has several choices", choices);
  const isKnown = typeof choice === "string" && choices.includes(choice);
  if (!isKnown) throw unfit(state, node, `${String(choice)} is no choice of it`, choices);
  if ((choice === no) !== (action === "reject")) {
    throw unfit(
      state,
      node,
      `${choice} ${choice === no ? "is its no, which is for reject" : "is no refusal"}`,
      choices,
    );
  }
  return choice;
}

function unfit(state: RunState, node: RunNode, what: string, choices: readonly string[]): ClawTaskError {
  const yes = choices.slice(0, -1).join(" | ");
  return new ClawTaskError("answer_invalid", {
    message: `the answer to ${node.id} does not fit: ${what} (${choices.join(", ")})`,
    next: `clawtask approve ${state.runId} ${node.id} --choice "<${yes}>", or: clawtask reject ${state.runId} ${node.id}`,
  });
}
