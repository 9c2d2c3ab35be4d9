import type { ApprovalAccess } from "../../../model/node-policy.ts";
import { type RunDocument, type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import { parseMicros, shortTime } from "../../../model/time.ts";
import { formatCaller, ANONYMOUS_CALLER } from "../anonymous-caller.ts";
import { getApprovalAccess } from "../approval-access.ts";
import { isAbandoned } from "../decide/decide-claim.ts";
import { formatChatAnswer } from "../gate-guard.ts";
import { describeUnanswered, formatAnswer } from "../state/approval-outcome.ts";
import { isBlocking } from "../state/find-node.ts";
import { formatUnchanged } from "../state/missing-files.ts";
import { parseWaitTarget, formatWaitTarget } from "../state/wait-target.ts";
import { getQuestion } from "../transitions/start-node.ts";
import type { NextFacts, NextStep } from "./next-step.ts";
import { declaredFiles, getNodeContext } from "./node-inputs.ts";
import { StepCommands } from "./step-commands.ts";

/** Writes the step of one node. */
export class NodeStep {
  private readonly run: RunDocument;
  private readonly node: RunNode;
  private readonly facts: NextFacts;
  private readonly write: StepCommands;

  constructor(run: RunDocument, node: RunNode, facts: NextFacts) {
    this.run = run;
    this.node = node;
    this.facts = facts;
    this.write = new StepCommands(facts.self, run.state.runId, node);
  }

  step(): NextStep | undefined {
    const step = this.stepForStatus();
    if (step === undefined) return undefined;
    const conflict = this.node.conflict === undefined ? {} : { conflict: this.node.conflict };
    return { ...getNodeContext(this.run, this.node, this.facts), ...step, ...conflict };
  }

  private stepForStatus(): NextStep | undefined {
    switch (this.node.status) {
      case "ready":
        return this.ready();
      case "running":
        return this.facts.claimed?.has(this.node.id) === true ? this.claimed() : this.running();
      case "waiting":
        return this.waiting();
      case "failed":
        return this.failed();
      default:
        return undefined;
    }
  }

  /** Neither claimed nor looked at with `--claim`: driven in OpenTask's words, which go on to work. */
  private isPlain(): boolean {
    return this.facts.claimed === undefined && this.node.claim === undefined && this.node.policy === undefined;
  }

  private spawn(): NonNullable<NextStep["spawn"]> {
    const handoff = this.node.workingMemory?.handoff ?? `nodes/${this.node.id}/handoff.md`;
    return {
      task: `Read ${this.facts.folder}/${handoff} and do what it says.`,
      label: `${this.run.state.runId}/${this.node.id}`,
      ...this.facts.spawn?.get(this.node.id),
    };
  }

  private isAlreadyHeld(): boolean {
    return this.facts.heldAlready?.has(this.node.id) === true;
  }

  /** Taken by the caller, a moment ago or before. */
  private claimed(): NextStep {
    const { node, write } = this;
    const claim = node.claim === undefined ? {} : { claim: node.claim.token };
    if (node.kind !== "subagent")
      return {
        action: "do",
        what:
          node.outputsMode === "report"
            ? "Yours. Do it in this session and write the report."
            : "Yours. Do it in this session.",
        commands: [write.complete(), write.fail()],
        choose: true,
        ...claim,
      };
    return {
      action: "dispatch",
      what: `Yours${this.isAlreadyHeld() ? ", since before: if you spawned it already, only record it" : ""}. Its brief is in ${node.workingMemory?.handoff ?? "handoff.md"}; add to it what only you know. Call sessions_spawn with these arguments and record the child, of several all with one command, before you call anything else; its result comes to you.`,
      spawn: this.spawn(),
      commands: [write.spawned()],
      later: [write.complete(), write.fail()],
      ...claim,
    };
  }

  private ready(): NextStep {
    const { node, write } = this;
    switch (node.kind) {
      case "subagent":
        return {
          action: "dispatch",
          what: `Write the brief into ${node.workingMemory?.handoff ?? "handoff.md"}${node.attempts ? " (there is one of an earlier attempt)" : ""}, claim the node, spawn, record the child.`,
          commands: [write.to("running"), write.spawned()],
          spawn: this.spawn(),
        };
      case "approval":
        return {
          action: "ask",
          what: "Record that the question is open, then put it to the person in your reply, with what they decide on, and end your turn.",
          commands: [write.to("waiting", "<the question>")],
        };
      case "wait":
        return {
          action: "wait",
          what: `Start waiting for ${formatWaitTarget(node)}.`,
          commands: [write.to("waiting", formatWaitTarget(node))],
        };
      default:
        return {
          action: "do",
          what:
            node.outputsMode === "report"
              ? "Do it yourself in this session and write the report."
              : "Do it yourself in this session.",
          commands: [write.to("running"), write.to("completed", "<one line: what came out>")],
        };
    }
  }

  private running(): NextStep {
    const { node, write } = this;
    const outcome = this.isPlain()
      ? [write.to("completed", "<one line: what came out>"), write.to("failed", "<why>")]
      : [write.complete(), write.fail()];
    if (isAbandoned(node, this.facts.now ?? 0)) {
      return {
        action: "do",
        what: `Claimed by ${formatCaller(node.claim?.by ?? ANONYMOUS_CALLER)}, who was not heard of since. Take it over.`,
        commands: [write.claim()],
      };
    }
    if (node.claim !== undefined && node.childSessionKey === null)
      return claimedStep(node.claim, write, node.kind === "subagent" ? this.spawn() : undefined);
    if (node.kind !== "subagent") {
      return {
        action: "check",
        what: "Under way in a session. Whoever does it records its outcome; leave it alone if that is not you.",
        commands: outcome,
        choose: true,
      };
    }
    if (node.childSessionKey === null) {
      return {
        action: "dispatch",
        what: "Claimed, but no child is bound. If it was spawned, record it. If not, spawn it now and record it, or record that it failed.",
        commands: [write.spawned(), write.to("failed", "never spawned")],
        choose: true,
        spawn: this.spawn(),
      };
    }
    return childStep(node, this.facts, outcome);
  }

  private waiting(): NextStep {
    const { node, write } = this;
    if (node.kind === "approval") {
      const isNew = this.facts.claimed?.has(node.id) === true;
      return questionStep(this.run.state.runId, node, { write, isNew, approvals: this.facts.approvals });
    }
    const target = formatWaitTarget(node);
    return this.hasWaitEnded()
      ? { action: "do", what: `The wait for ${target} is over.`, commands: [write.to("completed", "wait is over")] }
      : { action: "wait", what: `Waits for ${target}.`, commands: [write.endWait()] };
  }

  private hasWaitEnded(): boolean {
    const target = parseWaitTarget(this.node);
    if (target.type === "file_exists") return this.facts.exists(target.path);
    if (target.type === "until") return (parseMicros(target.at) ?? Infinity) <= (this.facts.now ?? 0);
    if (target.type === "event") return Object.hasOwn(this.run.state.received ?? {}, target.event);
    return target.type === "next_tick";
  }

  private failed(): NextStep | undefined {
    const { node, write } = this;
    if (node.retryAt !== undefined) {
      return {
        action: "wait",
        ...quoting(node.lastMessage),
        what: `Failed${node.lastMessage === undefined ? "" : `: "${node.lastMessage}"`}. It is tried again by itself at ${shortTime(node.retryAt)}.`,
        commands: [],
      };
    }
    // What goes on after or around a failure needs nobody.
    if (!isBlocking(node)) return undefined;
    if (node.kind === "approval") return rejectedStep(node, write, this.run.state.status);
    const words = node.lastMessage === undefined ? "" : `: "${node.lastMessage}"`;
    return {
      action: "repair",
      ...quoting(node.lastMessage),
      what: `Failed${node.reason === undefined ? "" : ` (${node.reason.replaceAll("_", " ")})`}${words}. Try it again, or leave it out so that what depends on it can go on.`,
      commands: [write.retry("<what is different now>"), write.skip()],
      choose: true,
    };
  }
}

/**
 * A question that is open. Whoever has just claimed it puts it to the person; everybody else leaves it alone.
 *
 * @param by `isNew`: claimed in this call; `approvals`: who may answer where the workflow says nothing
 */
function questionStep(
  runId: string,
  node: RunNode,
  by: { write: StepCommands; isNew: boolean; approvals: ApprovalAccess | undefined },
): NextStep {
  const { write, isNew } = by;
  const approval = node.policy?.approval;
  const expires = node.deadlineAt === undefined ? "" : ` It expires at ${shortTime(node.deadlineAt)}.`;
  const question = getQuestion(node);
  const isVerified = getApprovalAccess(node, by.approvals).authority === "verified";
  const common = {
    ...(approval?.choices === undefined ? {} : { choices: approval.choices }),
    ...(approval?.schema === undefined ? {} : { answerSchema: approval.schema }),
    ...(isVerified ? { answerBy: formatChatAnswer(runId, node) } : {}),
  };
  // What an agent passes on would open nothing: the person has to answer themselves.
  const answers = isVerified ? [] : [write.approve(), write.reject()];
  const how = isVerified
    ? " You cannot answer it for the person: they answer in the dashboard, or with the line below in their chat. Give it to them as it is."
    : "";
  const { reported } = node;
  const isEarly = reported !== undefined && reported.at < (node.startedAt ?? "");
  const said = reported === undefined ? "" : formatAnswer(reported);
  const before =
    reported === undefined
      ? ""
      : isEarly
        ? ` Said before it was asked, and not counted: ${said}. Show them that, and ask whether it holds.`
        : ` Reported, and not counted: ${said}.`;
  if (isNew)
    return {
      action: "ask",
      ...quoting(question),
      what: `Put this question to the person in your reply, with what they decide on, and end your turn: "${question}"${expires}${how}${before}`,
      commands: [],
      ...(isVerified ? {} : { later: answers }),
      ...common,
    };
  return {
    action: "wait",
    ...quoting(node.lastMessage ?? question),
    what: `Asked${since(node)}: "${node.lastMessage ?? question}".${expires}${doubt(node)}${how}${before}`,
    commands: answers,
    ...(isVerified ? {} : { choose: true }),
    ...common,
  };
}

function quoting(text: string | undefined): Pick<NextStep, "quotes"> {
  return text === undefined ? {} : { quotes: [text] };
}

function since({ startedAt }: RunNode): string {
  return startedAt === null ? "" : ` at ${shortTime(startedAt)}`;
}

/** A turn that ended between claim and reply leaves a question that nobody has heard; only a receipt tells. */
function doubt({ asked }: RunNode): string {
  return asked?.state === "delivered"
    ? " It has reached the person."
    : " Not in your conversation? Then ask it there once more.";
}

/** A question whose answer was no, or that nobody answered: the way on is to ask again, never past it. */
export function rejectedStep(node: RunNode, write: StepCommands, status: RunState["status"]): NextStep {
  const hasEnded = TERMINAL_RUN_STATUSES.includes(status);
  const askAgain = write.retry("asking again: <what has changed>");
  const cancel = hasEnded ? [] : [write.cancel()];
  const remedy = { commands: [askAgain, ...cancel], choose: true as const };
  const words = node.answer === undefined ? "" : `: "${formatAnswer(node.answer)}"`;
  const end = hasEnded ? "" : ", or end the run";
  const unanswered = describeUnanswered(node);
  if (node.reason !== "expired" && unanswered !== undefined)
    return { action: "repair", what: `${unanswered}. Ask the person${end}.`, ...remedy };
  if (node.reason === "expired")
    return { action: "repair", what: `Nobody answered the question in time. Ask again${end}.`, ...remedy };
  const reason = node.answer?.words === null ? " They gave no reason: ask for it first." : "";
  return {
    action: "ask",
    rejected: true,
    ...quoting(node.lastMessage),
    what: `The answer was no${words}.${reason} Tell the person what you make of it. To ask again, first change the reports in place (keep the old text beside them) and say so in the message. Where a no asks for more work, add it before the question, which is asked again when that is done${end}; go past a no only if the person says so.`,
    ...remedy,
    commands: [askAgain, write.addBefore(), ...cancel],
  };
}

/** A child that was started: what it should leave behind is there, or is still to come. */
export function childStep(
  node: RunNode,
  facts: Pick<NextFacts, "isEvidence" | "exists">,
  outcome: readonly string[],
): NextStep {
  const missing = declaredFiles(node).filter((path) => !facts.isEvidence(node, path));
  const named = missing.map((path) => (facts.exists(path) ? `${path} (${formatUnchanged(node)})` : path));
  const evidence =
    missing.length > 0
      ? `Not there yet: ${named.join(", ")}. Wait for its end; but after a restart of the host it may be gone without a word: look in the host's list of subagents. ${afterFail(node)} When it has ended, or is gone:`
      : `What it should leave behind is there: if its end has reached you, or you cannot tell, check it and record the outcome. ${afterFail(node)}`;
  return {
    action: "check",
    what: `Child ${node.childSessionKey ?? ""} was started. ${evidence}`,
    child: { sessionKey: node.childSessionKey ?? "", missing: named },
    ...(node.claim === undefined ? {} : { claim: node.claim.token }),
    commands: [...outcome],
    choose: true,
  };
}

/** Whether a further attempt comes by itself, so that nobody orders a second one. */
function afterFail({ policy, attempts = [] }: RunNode): string {
  const left = (policy?.retries?.max ?? 0) - attempts.length;
  return left > 0
    ? `A failure begins its next attempt by itself (${left} left).`
    : "A failure ends it: only a retry begins another attempt.";
}

/**
 * A node that was claimed before, and whose child, if it needs one, is not bound. Whoever holds a claim has its number;
 * everybody else can only take the node over, on purpose.
 *
 * @param spawn given for a node that a child does
 */
export function claimedStep(
  claim: NonNullable<RunNode["claim"]>,
  write: StepCommands,
  spawn: NextStep["spawn"],
): NextStep {
  const noChild = spawn === undefined ? "" : " No child is bound.";
  const until = shortTime(claim.until);
  if (claim.by !== ANONYMOUS_CALLER)
    return {
      action: "check",
      what: `Claimed by ${claim.by} until ${until}.${noChild} Leave it alone, unless you know that they are gone (or that they are you): then take it over.`,
      commands: [write.retry(`taken over from ${claim.by}`)],
    };
  const instruction = spawn === undefined ? "go on with it" : "spawn it, unless you have, and record the child";
  return {
    action: "claimed",
    what: `Claimed under the number ${claim.token} by ${formatCaller(claim.by)}, until ${until}.${noChild} Was ${claim.token} given to you? Then ${instruction}. Else leave it alone.`,
    ...(spawn === undefined
      ? { commands: [write.complete(), write.fail()], choose: true as const }
      : { spawn, commands: [write.spawned()], later: [write.complete(), write.fail()] }),
    takeOver: write.retry("taken over"),
  };
}
