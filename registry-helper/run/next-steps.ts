import { isJsonObject } from "../model/json.ts";
import type { RunDocument, RunNode } from "../model/run-documents.ts";
import { TERMINAL_RUN_STATUSES } from "../model/run-documents.ts";
import { type AboutNode, aboutNode } from "./about-node.ts";

/** One thing that the orchestrator can do now, with the commands to paste. */
export interface NextStep extends Partial<AboutNode> {
  action: "do" | "dispatch" | "ask" | "check" | "wait" | "repair" | "report";
  /** One sentence: what and why. */
  what: string;
  /** Words in <angle brackets> are yours to fill in. */
  commands: string[];
  /** True when exactly one of the commands is to be run; else they are run in order. */
  choose?: true;
  /** What to pass to the host's `sessions_spawn`, between the first command and the second. */
  spawn?: { task: string; label: string };
}

export interface NextFacts {
  /** How to call the helper, as the commands begin. */
  self: string;
  /** Absolute path of the run's folder. */
  folder: string;
  /** Prompts by node id, from `workflow.lock.md`. */
  prompts: ReadonlyMap<string, string>;
  exists: (path: string) => boolean;
  /** Whether a declared file of a node is there and written by its present attempt. */
  isEvidence: (node: RunNode, path: string) => boolean;
}

const RANK: Record<NextStep["action"], number> = {
  repair: 0,
  do: 1,
  dispatch: 1,
  ask: 2,
  check: 3,
  wait: 4,
  report: 5,
};

/** What can be done now in a run, in the order in which it makes sense. Pure. */
export function nextSteps(run: RunDocument, facts: NextFacts): NextStep[] {
  if (TERMINAL_RUN_STATUSES.includes(run.state.status)) return [reportStep(run, facts)];
  const steps = run.state.nodes.flatMap((node) => new StepWriter(run, node, facts).step() ?? []);
  return steps.sort((one, other) => RANK[one.action] - RANK[other.action]);
}

/** Writes the step of one node. */
class StepWriter {
  private readonly run: RunDocument;
  private readonly node: RunNode;
  private readonly facts: NextFacts;
  private readonly about: AboutNode;

  constructor(run: RunDocument, node: RunNode, facts: NextFacts) {
    this.run = run;
    this.node = node;
    this.facts = facts;
    this.about = aboutNode(run, node, facts.prompts);
  }

  step(): NextStep | undefined {
    switch (this.node.status) {
      case "ready":
        return { ...this.about, ...this.ready() };
      case "running":
        return { ...this.about, ...this.running() };
      case "waiting":
        return { ...this.about, ...this.waiting() };
      case "failed":
        return { ...this.about, ...this.failed() };
      default:
        return undefined;
    }
  }

  private to(status: string, message?: string): string {
    const words = message === undefined ? "" : ` --message "${message}"`;
    return `${this.facts.self} transition-node ${this.run.state.runId} ${this.node.id} ${status}${words}`;
  }

  private bindChild(): string {
    const { runId } = this.run.state;
    return `${this.facts.self} bind ${runId} child-session --node-id ${this.node.id} --value "<childSessionKey of the answer>"`;
  }

  private spawn(): { task: string; label: string } {
    const handoff = this.node.workingMemory?.handoff ?? `nodes/${this.node.id}/handoff.md`;
    return {
      task: `Read ${this.facts.folder}/${handoff} and do what it says.`,
      label: `${this.run.state.runId}/${this.node.id}`,
    };
  }

  private ready(): NextStep {
    const { node } = this;
    switch (node.kind) {
      case "subagent":
        return {
          action: "dispatch",
          what: `Write the brief into ${node.workingMemory?.handoff ?? "handoff.md"}${node.attempts ? " (there is one of an earlier attempt)" : ""}, claim the node, spawn, bind the child.`,
          commands: [this.to("running"), this.bindChild()],
          spawn: this.spawn(),
        };
      case "approval":
        return {
          action: "ask",
          what: "Record that the question is open, then put it to the person in your reply, with what they decide on, and end your turn.",
          commands: [this.to("waiting", "<the question>")],
        };
      case "wait":
        return {
          action: "wait",
          what: `Start waiting for ${waitTarget(node)}.`,
          commands: [this.to("waiting", waitTarget(node))],
        };
      default:
        return {
          action: "do",
          what:
            node.outputsMode === "report"
              ? "Do it yourself in this session and write the report."
              : "Do it yourself in this session.",
          commands: [this.to("running"), this.to("completed", "<one line: what came out>")],
        };
    }
  }

  private running(): NextStep {
    const { node } = this;
    const outcome = [this.to("completed", "<one line: what came out>"), this.to("failed", "<why>")];
    if (node.kind !== "subagent") {
      return {
        action: "check",
        what: "Under way in a session. Record its outcome when it is known.",
        commands: outcome,
        choose: true,
      };
    }
    if (node.childSessionKey === null) {
      return {
        action: "dispatch",
        what: "Claimed, but no child is bound. If it was spawned, bind it. If not, spawn it now and bind it, or record that it failed.",
        commands: [this.bindChild(), this.to("failed", "never spawned")],
        choose: true,
        spawn: this.spawn(),
      };
    }
    const missing = node.artifactPaths.filter((path) => !this.facts.isEvidence(node, path));
    const evidence =
      missing.length > 0
        ? `Not there yet: ${missing.join(", ")}. Its end comes by itself. When it has ended:`
        : "What it should leave behind is there: if its end has reached you, or you cannot tell, check it and record the outcome:";
    return {
      action: "check",
      what: `Child ${node.childSessionKey} was started. ${evidence}`,
      commands: outcome,
      choose: true,
    };
  }

  private waiting(): NextStep {
    const { node } = this;
    if (node.kind === "approval") {
      return {
        action: "wait",
        what: `The person has been asked${node.lastMessage === undefined ? "" : `: "${node.lastMessage}"`}. Run nothing here before they have answered.`,
        commands: [
          this.to("completed", "approved by <who>: <their words>"),
          this.to("failed", "rejected by <who>: <their words>"),
        ],
        choose: true,
      };
    }
    const { waitFor } = node;
    const isFile = isJsonObject(waitFor) && waitFor["type"] === "file_exists";
    const isOver =
      (isFile && this.facts.exists(String(waitFor["path"]))) ||
      (isJsonObject(waitFor) && waitFor["type"] === "next_tick");
    return isOver
      ? {
          action: "do",
          what: `The wait for ${waitTarget(node)} is over.`,
          commands: [this.to("completed", "wait is over")],
        }
      : { action: "wait", what: `Waits for ${waitTarget(node)}.`, commands: [this.to("completed", "<who said go>")] };
  }

  private failed(): NextStep {
    const { node } = this;
    const words = node.lastMessage === undefined ? "" : `: "${node.lastMessage}"`;
    if (node.kind === "approval") {
      return {
        action: "ask",
        what: `The answer was no${words}. Tell the person what you make of it. To ask again, first change the reports in place (keep the old text beside them) and say so in the message; go past a no only if the person says so.`,
        commands: [this.to("ready", "asking again: <what has changed>")],
      };
    }
    return {
      action: "repair",
      what: `Failed${words}. Try it again, or leave it out so that what depends on it can go on.`,
      commands: [
        this.to("ready", "retry: <what is different now>"),
        `${this.to("ready")} && ${this.to("skipped", "<why it may be left out>")}`,
      ],
      choose: true,
    };
  }
}

function waitTarget({ waitFor }: RunNode): string {
  if (!isJsonObject(waitFor)) return "a person to say go";
  if (waitFor["type"] === "file_exists") return `the file ${String(waitFor["path"])}`;
  return waitFor["type"] === "next_tick" ? "the next tick" : "a person to say go";
}

function reportStep(run: RunDocument, facts: NextFacts): NextStep {
  const { state } = run;
  const outputs = state.nodes.filter((node) => node.kind === "summary").flatMap((node) => node.artifactPaths);
  const cron = state.cronJobId === null ? "" : ` Remove the cron job ${state.cronJobId}.`;
  return {
    action: "report",
    what: `Run ${state.runId} is ${state.status}. Put the result into your reply, unless you have told it already; nothing else is left to do.${cron}`,
    ...(outputs.length > 0 ? { inputs: outputs } : {}),
    commands: [`${facts.self} show ${state.runId}`],
  };
}
