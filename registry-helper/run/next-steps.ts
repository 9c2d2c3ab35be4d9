import type { RunDocument } from "../model/run-documents.ts";
import { TERMINAL_RUN_STATUSES } from "../model/run-documents.ts";
import type { NextFacts, NextStep } from "./next-step.ts";
import { NodeStep } from "./node-step.ts";

export type { NextFacts, NextStep } from "./next-step.ts";

const RANK: Record<NextStep["action"], number> = {
  paused: 0,
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
  const { state } = run;
  if (TERMINAL_RUN_STATUSES.includes(state.status)) return [reportStep(run, facts)];
  const steps = state.nodes.flatMap((node) => new NodeStep(run, node, facts).step() ?? []);
  if (state.status !== "paused") return steps.sort((one, other) => RANK[one.action] - RANK[other.action]);
  const goesOn = steps.filter(({ action }) => action === "check" || action === "wait");
  return [pausedStep(run, facts), ...goesOn];
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

function pausedStep(run: RunDocument, facts: NextFacts): NextStep {
  const { runId } = run.state;
  return {
    action: "paused",
    what: "The run is paused: begin nothing new. What is under way may end, and is recorded as always.",
    commands: [`${facts.self} resume ${runId}`],
  };
}
