import { ClawTaskError } from "../../../model/errors.ts";
import type { EventOrigin } from "../../../model/event-origin.ts";
import { isJsonObject } from "../../../model/json.ts";
import { suggest } from "../../../model/remedy.ts";
import type { RunNode, RunState } from "../../../model/run-documents.ts";
import { parseMicros } from "../../../model/time.ts";
import type { ControlCommand } from "../commands.ts";
import { completeNode, failNode } from "./end-node.ts";
import type { EventBatch } from "./event-batch.ts";
import { toAnswer } from "./speak-for-approval.ts";
import { getQuestion } from "./start-node.ts";

/**
 * A person's answer to an approval. The answer, their words (a condition, say) and data are kept with the node, and
 * the moment at which it was asked stays.
 *
 * @throws ClawTaskError `not_waiting` | `approval_expired` | `answer_invalid`
 */
export function answerApproval(
  batch: EventBatch,
  node: RunNode,
  command: ControlCommand,
  by: { action: "approve" | "reject"; origin: EventOrigin | undefined },
): void {
  const { action, origin } = by;
  requireAskable(batch, node);
  const patch = isJsonObject(command.control.patch) ? command.control.patch : {};
  const choice = resolveChoice(batch.state, node, patch["choice"], action);
  if (command.answerProblem !== undefined)
    throw new ClawTaskError("answer_invalid", {
      message: `the answer to ${node.id} does not fit: ${command.answerProblem}`,
      remedy: {
        scope: "command line",
        hint: "give it as --data-json '<JSON>'; what is asked for",
        commands: [suggest("brief", batch.state.runId, node.id)],
      },
    });
  const answer = toAnswer(command.control, choice, origin);
  const message = `${choice} by ${answer.by}${answer.words === null ? "" : `: ${answer.words}`}`;
  // A question that nobody got round to asking may be answered all the same: it is asked and answered in one.
  if (node.status === "ready") {
    batch.add({ event: "node.started", nodeId: node.id, implied: true });
    batch.add({ event: "node.waiting", nodeId: node.id, message: getQuestion(node) });
  }
  const waiting = batch.node(node.id) ?? node;
  // The answer is about these files; another text under the same name was not answered.
  const evidence = command.shown === undefined || command.shown.length === 0 ? {} : { evidence: [...command.shown] };
  if (action === "approve") completeNode(batch, waiting, { message, answer, ...evidence });
  else failNode(batch, waiting, { message, answer, reason: "rejected" });
}

function requireAskable(batch: EventBatch, node: RunNode): void {
  const { runId } = batch.state;
  if (node.kind === "wait" && node.status === "waiting") return;
  if (node.kind !== "approval" || (node.status !== "waiting" && node.status !== "ready")) {
    const expired = node.reason === "expired";
    throw new ClawTaskError(expired ? "approval_expired" : "not_waiting", {
      message: expired
        ? `the question ${node.id} expired at ${node.completedAt ?? ""}`
        : `node ${node.id} waits for no answer: its kind is ${node.kind} and it is ${node.status}`,
      remedy: expired
        ? { hint: "ask again", commands: [suggest("retry", runId, node.id)] }
        : { commands: [suggest("next", runId)] },
    });
  }
  const deadline = parseMicros(node.deadlineAt);
  if (deadline === undefined || batch.now < deadline) return;
  throw new ClawTaskError("approval_expired", {
    message: `the question ${node.id} expired at ${node.deadlineAt ?? ""}`,
    remedy: { hint: "let it expire, then retry the node to ask again", commands: [suggest("tick", runId)] },
  });
}

/** The last of a question's choices is its no; without choices, it is the action itself. */
function resolveChoice(state: RunState, node: RunNode, written: unknown, action: "approve" | "reject"): string {
  const choices = node.policy?.approval?.choices;
  if (choices === undefined) {
    if (written === undefined || written === action) return action;
    throw invalidAnswer(state, node, `${String(written)} is no choice of it`, ["approve", "reject"]);
  }
  const no = choices.at(-1) ?? "";
  const choice = written ?? (action === "reject" ? no : choices.length === 2 ? choices[0] : undefined);
  if (choice === undefined) throw invalidAnswer(state, node, "it has several choices", choices);
  const isKnown = typeof choice === "string" && choices.includes(choice);
  if (!isKnown) throw invalidAnswer(state, node, `${String(choice)} is no choice of it`, choices);
  if ((choice === no) !== (action === "reject")) {
    throw invalidAnswer(
      state,
      node,
      `${choice} ${choice === no ? "is its no, which is for reject" : "is no refusal"}`,
      choices,
    );
  }
  return choice;
}

function invalidAnswer(state: RunState, node: RunNode, what: string, choices: readonly string[]): ClawTaskError {
  const yes = choices.slice(0, -1).join(" | ");
  return new ClawTaskError("answer_invalid", {
    message: `the answer to ${node.id} does not fit: ${what} (${choices.join(", ")})`,
    remedy: {
      commands: [
        suggest("approve", state.runId, node.id, "--choice", `<${yes}>`),
        suggest("reject", state.runId, node.id),
      ],
    },
  });
}
