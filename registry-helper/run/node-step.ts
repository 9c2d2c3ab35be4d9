import type { RunDocument, RunNode } from "../model/run-documents.ts";
import { parseMicros, shortTime } from "../model/time.ts";
import { aboutNode } from "./about-node.ts";
import { isAbandoned } from "./decide-claim.ts";
import type { NextFacts, NextStep } from "./next-step.ts";
import { isBlocking } from "./node-end.ts";
import { questionOf } from "./start-node.ts";
import { StepCommands } from "./step-commands.ts";
import { waitTargetOf, waitTargetText } from "./wait-target.ts";

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
    const step = this.ofStatus();
    if (step === undefined) return undefined;
    const conflict = this.node.conflict === undefined ? {} : { conflict: this.node.conflict };
    return { ...aboutNode(this.run, this.node, this.facts.prompts), ...step, ...conflict };
  }

  private ofStatus(): NextStep | undefined {
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

  private spawn(): { task: string; label: string } {
    const handoff = this.node.workingMemory?.handoff ?? `nodes/${this.node.id}/handoff.md`;
    return {
      task: `Read ${this.facts.folder}/${handoff} and do what it says.`,
      label: `${this.run.state.runId}/${this.node.id}`,
    };
  }

  private isHeldAlready(): boolean {
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
      what: `Yours${this.isHeldAlready() ? ", since before: if you spawned it already, only bind it" : ""}. Its brief is in ${node.workingMemory?.handoff ?? "handoff.md"}; add to it what only you know. Spawn it with this label and bind the child; its result comes to you.`,
      spawn: this.spawn(),
      commands: [write.bindChild()],
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
          what: `Write the brief into ${node.workingMemory?.handoff ?? "handoff.md"}${node.attempts ? " (there is one of an earlier attempt)" : ""}, claim the node, spawn, bind the child.`,
          commands: [write.to("running"), write.bindChild()],
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
          what: `Start waiting for ${waitTargetText(node)}.`,
          commands: [write.to("waiting", waitTargetText(node))],
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
        what: `${node.claim?.by ?? "Somebody"} claimed it and was not heard of since. Take it over.`,
        commands: [write.claim()],
      };
    }
    // Whoever holds the claim has its number; everybody else can only take the node over, on purpose.
    if (node.claim !== undefined && node.childSessionKey === null) {
      return {
        action: "check",
        what: `Claimed by ${node.claim.by} until ${shortTime(node.claim.until)}. Leave it alone, unless you know that they are gone (or that they are you): then take it over, and call next --claim again.`,
        commands: [write.retry(`taken over from ${node.claim.by}`)],
      };
    }
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
        what: "Claimed, but no child is bound. If it was spawned, bind it. If not, spawn it now and bind it, or record that it failed.",
        commands: [write.bindChild(), write.to("failed", "never spawned")],
        choose: true,
        spawn: this.spawn(),
      };
    }
    const missing = node.artifactPaths.filter((path) => !this.facts.isEvidence(node, path));
    const evidence =
      missing.length > 0
        ? `Not there yet: ${missing.join(", ")}. Its end comes by itself. When it has ended, or is gone:`
        : "What it should leave behind is there: if its end has reached you, or you cannot tell, check it and record the outcome:";
    return {
      action: "check",
      what: `Child ${node.childSessionKey} was started. ${evidence}`,
      commands: outcome,
      choose: true,
    };
  }

  private waiting(): NextStep {
    const { node, write } = this;
    if (node.kind === "approval") return this.asked();
    const target = waitTargetText(node);
    return this.isWaitOver()
      ? { action: "do", what: `The wait for ${target} is over.`, commands: [write.to("completed", "wait is over")] }
      : { action: "wait", what: `Waits for ${target}.`, commands: [write.endWait()] };
  }

  private isWaitOver(): boolean {
    const target = waitTargetOf(this.node);
    if (target.type === "file_exists") return this.facts.exists(target.path);
    if (target.type === "until") return (parseMicros(target.at) ?? Infinity) <= (this.facts.now ?? 0);
    if (target.type === "event") return Object.hasOwn(this.run.state.received ?? {}, target.event);
    return target.type === "next_tick";
  }

  /** A question that is open. Whoever has just claimed it puts it to the person; everybody else leaves it alone. */
  private asked(): NextStep {
    const { node, write } = this;
    const isNew = this.facts.claimed?.has(node.id) === true;
    const choices = node.policy?.approval?.choices;
    const expires = node.deadlineAt === undefined ? "" : ` It expires at ${shortTime(node.deadlineAt)}.`;
    const question = questionOf(node);
    const common = {
      ...(choices === undefined ? {} : { choices }),
      ...(node.policy?.approval?.schema === undefined ? {} : { answerSchema: node.policy.approval.schema }),
    };
    if (isNew)
      return {
        action: "ask",
        what: `Put this question to the person in your reply, with what they decide on, and end your turn: "${question}"${expires}`,
        commands: [],
        later: [write.approve(), write.reject()],
        ...common,
      };
    return {
      action: "wait",
      what: `The person has been asked: "${node.lastMessage ?? question}".${expires} Run nothing here before they have answered.`,
      commands: this.isPlain()
        ? [
            write.to("completed", "approved by <who>: <their words>"),
            write.to("failed", "rejected by <who>: <their words>"),
          ]
        : [write.approve(), write.reject()],
      choose: true,
      ...common,
    };
  }

  private failed(): NextStep | undefined {
    const { node, write } = this;
    if (node.retryAt !== undefined) {
      return {
        action: "wait",
        what: `Failed${node.lastMessage === undefined ? "" : `: "${node.lastMessage}"`}. It is tried again by itself at ${shortTime(node.retryAt)}.`,
        commands: [],
      };
    }
    // What goes on after or around a failure needs nobody.
    if (!isBlocking(node)) return undefined;
    const words = node.lastMessage === undefined ? "" : `: "${node.lastMessage}"`;
    if (node.kind === "approval") {
      return {
        action: "ask",
        what: `The answer was no${words}. Tell the person what you make of it. To ask again, first change the reports in place (keep the old text beside them) and say so in the message; go past a no only if the person says so.`,
        commands: [write.retry("asking again: <what has changed>")],
      };
    }
    return {
      action: "repair",
      what: `Failed${node.reason === undefined ? "" : ` (${node.reason.replaceAll("_", " ")})`}${words}. Try it again, or leave it out so that what depends on it can go on.`,
      commands: [write.retry("retry: <what is different now>"), write.skip()],
      choose: true,
    };
  }
}
