import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import { shortTime } from "../../../model/time.ts";
import { getQuestion } from "../transitions/start-node.ts";
import type { NextStep } from "./next-step.ts";
import type { StepCommands } from "./step-commands.ts";

/**
 * A question that is open. Whoever has just claimed it puts it to the person; everybody else leaves it alone.
 *
 * @param by `isNew`: claimed in this call; `isPlain`: driven in OpenTask's words
 */
export function questionStep(node: RunNode, write: StepCommands, by: { isNew: boolean; isPlain: boolean }): NextStep {
  const approval = node.policy?.approval;
  const expires = node.deadlineAt === undefined ? "" : ` It expires at ${shortTime(node.deadlineAt)}.`;
  const question = getQuestion(node);
  const common = {
    ...(approval?.choices === undefined ? {} : { choices: approval.choices }),
    ...(approval?.schema === undefined ? {} : { answerSchema: approval.schema }),
  };
  if (by.isNew)
    return {
      action: "ask",
      what: `Put this question to the person in your reply, with what they decide on, and end your turn: "${question}"${expires}`,
      commands: [],
      later: [write.approve(), write.reject()],
      ...common,
    };
  return {
    action: "wait",
    what: `Asked${since(node)}: "${node.lastMessage ?? question}".${expires}${doubt(node)} Run nothing here before they have answered.`,
    commands: by.isPlain
      ? [
          write.to("completed", "approved by <who>: <their words>"),
          write.to("failed", "rejected by <who>: <their words>"),
        ]
      : [write.approve(), write.reject()],
    choose: true,
    ...common,
  };
}

function since({ startedAt }: RunNode): string {
  return startedAt === null ? "" : ` at ${shortTime(startedAt)}`;
}

/** A turn that ended between claim and reply leaves a question that nobody has heard; only a receipt tells. */
function doubt({ asked }: RunNode): string {
  return asked?.state === "delivered"
    ? " It has reached the person."
    : " Your conversation does not show that you put it to the person? Then put it once more.";
}

/** A question whose answer was no, or that nobody answered: the way on is to ask again, never past it. */
export function rejectedStep(node: RunNode, write: StepCommands, status: RunState["status"]): NextStep {
  const hasEnded = TERMINAL_RUN_STATUSES.includes(status);
  const remedy = {
    commands: [write.retry("asking again: <what has changed>"), ...(hasEnded ? [] : [write.cancel()])],
    choose: true as const,
  };
  const words = node.lastMessage === undefined ? "" : `: "${node.lastMessage}"`;
  const end = hasEnded ? "" : ", or end the run";
  if (node.reason === "expired")
    return { action: "repair", what: `Nobody answered the question in time. Ask again${end}.`, ...remedy };
  const reason = node.answer?.words === null ? " They gave no reason: ask for it first." : "";
  return {
    action: "ask",
    rejected: true,
    what: `The answer was no${words}.${reason} Tell the person what you make of it. To ask again, first change the reports in place (keep the old text beside them) and say so in the message${end}; go past a no only if the person says so.`,
    ...remedy,
  };
}
