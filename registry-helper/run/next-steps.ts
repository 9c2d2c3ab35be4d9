import type { RunDocument, RunNode } from "../model/run-documents.ts";
import { TERMINAL_RUN_STATUSES } from "../model/run-documents.ts";
import { isJsonObject } from "../model/json.ts";

/** One thing that the orchestrator can do now, with the commands to paste. */
export interface NextStep {
  action: "do" | "dispatch" | "ask" | "check" | "wait" | "repair" | "report";
  nodeId?: string;
  kind?: RunNode["kind"];
  /** One sentence: what and why. */
  what: string;
  /** What the workflow says about the node. */
  prompt?: string;
  /** Files that the node should leave behind, relative to the run folder. */
  outputs?: string[];
  /** Reports of the nodes that this one builds on, relative to the run folder. */
  inputs?: string[];
  /** In order; words in <angle brackets> are yours to fill in. */
  commands: string[];
}

export interface NextFacts {
  /** How to call the helper, as the commands begin. */
  self: string;
  /** Prompts by node id, from `workflow.lock.md`. */
  prompts: ReadonlyMap<string, string>;
  exists: (path: string) => boolean;
}

/** What can be done now in a run, in the order in which it makes sense. Pure. */
export function nextSteps(run: RunDocument, facts: NextFacts): NextStep[] {
  const { state } = run;
  if (TERMINAL_RUN_STATUSES.includes(state.status)) return [reportStep(run, facts)];
  const steps: NextStep[] = [];
  for (const node of state.nodes) {
    const step = stepFor(run, node, facts);
    if (step !== undefined) steps.push(step);
  }
  const rank: Record<NextStep["action"], number> = {
    repair: 0,
    do: 1,
    dispatch: 1,
    ask: 2,
    check: 3,
    wait: 4,
    report: 5,
  };
  return steps.sort((one, other) => rank[one.action] - rank[other.action]);
}

function stepFor(run: RunDocument, node: RunNode, facts: NextFacts): NextStep | undefined {
  switch (node.status) {
    case "ready":
      return readyStep(run, node, facts);
    case "running":
      return runningStep(run, node, facts);
    case "waiting":
      return waitingStep(run, node, facts);
    case "failed":
      return failedStep(run, node, facts);
    default:
      return undefined;
  }
}

function describe(
  run: RunDocument,
  node: RunNode,
  facts: NextFacts,
): Pick<NextStep, "nodeId" | "kind" | "prompt" | "outputs" | "inputs"> {
  const prompt = facts.prompts.get(node.id);
  const inputs = run.state.nodes
    .filter((other) => node.needs.includes(other.id))
    .flatMap((other) => other.artifactPaths);
  return {
    nodeId: node.id,
    kind: node.kind,
    ...(prompt === undefined ? {} : { prompt: prompt.trim() }),
    ...(node.artifactPaths.length === 0 ? {} : { outputs: node.artifactPaths }),
    ...(inputs.length === 0 ? {} : { inputs }),
  };
}

function commandsOf(
  run: RunDocument,
  facts: NextFacts,
): {
  to: (node: RunNode, status: string, message?: string) => string;
  bind: (node: RunNode, kind: string, value: string) => string;
} {
  const { runId } = run.state;
  return {
    to: (node, status, message) =>
      `${facts.self} transition-node ${runId} ${node.id} ${status}${message === undefined ? "" : ` --message "${message}"`}`,
    bind: (node, kind, value) => `${facts.self} bind ${runId} ${kind} --node-id ${node.id} --value "${value}"`,
  };
}

function readyStep(run: RunDocument, node: RunNode, facts: NextFacts): NextStep {
  const { to, bind } = commandsOf(run, facts);
  const about = describe(run, node, facts);
  switch (node.kind) {
    case "subagent":
      return {
        ...about,
        action: "dispatch",
        what: `Write the brief into ${node.workingMemory?.handoff ?? "handoff.md"}, claim the node, spawn a subagent that reads it, bind the child.`,
        commands: [
          to(node, "running"),
          bind(node, "child-session", "<childSessionKey>"),
          bind(node, "node-run", "<runId>"),
        ],
      };
    case "approval":
      return {
        ...about,
        action: "ask",
        what: "Record that the question is open, then ask the person and end your turn.",
        commands: [to(node, "waiting", "<the question>")],
      };
    case "wait":
      return {
        ...about,
        action: "wait",
        what: `Start waiting for ${waitTarget(node)}.`,
        commands: [to(node, "waiting", waitTarget(node))],
      };
    default:
      return {
        ...about,
        action: "do",
        what:
          node.outputsMode === "report"
            ? "Do it yourself in this session and write the report."
            : "Do it yourself in this session.",
        commands: [to(node, "running"), to(node, "completed", "<one line: what came out>")],
      };
  }
}

function waitTarget(node: RunNode): string {
  const { waitFor } = node;
  if (!isJsonObject(waitFor)) return "a person to say go";
  if (waitFor["type"] === "file_exists") return `the file ${String(waitFor["path"])}`;
  return waitFor["type"] === "next_tick" ? "the next tick" : "a person to say go";
}

function runningStep(run: RunDocument, node: RunNode, facts: NextFacts): NextStep {
  const { to, bind } = commandsOf(run, facts);
  const outcome = [to(node, "completed", "<one line: what came out>"), to(node, "failed", "<why>")];
  if (node.kind !== "subagent") {
    return {
      ...describe(run, node, facts),
      action: "check",
      what: "Under way in a session. Record its outcome when it is known.",
      commands: outcome,
    };
  }
  if (node.childSessionKey === null) {
    const commands = [
      bind(node, "child-session", "<childSessionKey>"),
      to(node, "failed", "spawn failed"),
      to(node, "ready"),
    ];
    return {
      ...describe(run, node, facts),
      action: "dispatch",
      what: "Claimed, but no child is bound. Spawned already? Bind it. If not: spawn it now, or fail the node and make it ready again.",
      commands,
    };
  }
  const missing = node.artifactPaths.filter((path) => !facts.exists(path));
  const evidence = missing.length === 0 ? "" : ` Not there yet: ${missing.join(", ")}.`;
  return {
    ...describe(run, node, facts),
    action: "check",
    what: `Child ${node.childSessionKey} is at work; its completion comes by itself.${evidence}`,
    commands: outcome,
  };
}

function waitingStep(run: RunDocument, node: RunNode, facts: NextFacts): NextStep {
  const { to } = commandsOf(run, facts);
  const about = describe(run, node, facts);
  if (node.kind === "approval") {
    return {
      ...about,
      action: "ask",
      what: "Waits for the person's answer. Record it when it comes.",
      commands: [to(node, "completed", "approved by <who>: <words>"), to(node, "failed", "rejected by <who>: <words>")],
    };
  }
  const path =
    isJsonObject(node.waitFor) && node.waitFor["type"] === "file_exists" ? String(node.waitFor["path"]) : undefined;
  const isMet = path !== undefined && facts.exists(path);
  const isTick = isJsonObject(node.waitFor) && node.waitFor["type"] === "next_tick";
  if (isMet || isTick) {
    return {
      ...about,
      action: "do",
      what: `The wait for ${waitTarget(node)} is over.`,
      commands: [to(node, "completed", "wait is over")],
    };
  }
  return {
    ...about,
    action: "wait",
    what: `Waits for ${waitTarget(node)}.`,
    commands: [to(node, "completed", "<who said go>")],
  };
}

function failedStep(run: RunDocument, node: RunNode, facts: NextFacts): NextStep {
  const { to } = commandsOf(run, facts);
  return {
    ...describe(run, node, facts),
    action: "repair",
    what: "Failed. Try it again, or skip it (after making it ready) so that what depends on it can go on.",
    commands: [
      to(node, "ready", "retry: <what is different now>"),
      `${to(node, "ready")} && ${to(node, "skipped", "<why it may be left out>")}`,
    ],
  };
}

function reportStep(run: RunDocument, facts: NextFacts): NextStep {
  const { state } = run;
  const outputs = state.nodes.filter((node) => node.kind === "summary").flatMap((node) => node.artifactPaths);
  const cron = state.cronJobId === null ? "" : ` Remove the cron job ${state.cronJobId}.`;
  return {
    action: "report",
    what: `Run ${state.runId} is ${state.status}. Tell the person the result in your reply.${cron}`,
    ...(outputs.length > 0 ? { inputs: outputs } : {}),
    commands: [`${facts.self} show ${state.runId}`],
  };
}
