import type { RunDocument } from "../../../model/run-documents.ts";
import type { NextFacts, NextStep } from "./next-step.ts";
import { NodeStep } from "./node-step.ts";
import { reportStep } from "./report-step.ts";

export type { NextFacts, NextStep } from "./next-step.ts";

const RANK: Record<NextStep["action"], number> = {
  paused: 0,
  repair: 0,
  do: 1,
  dispatch: 1,
  claimed: 1,
  ask: 2,
  check: 3,
  wait: 4,
  report: 5,
};

/** What can be done now in a run, in the order in which it makes sense. Pure. */
export function nextSteps(run: RunDocument, facts: NextFacts): NextStep[] {
  const { state } = run;
  if (state.status === "completed" || state.status === "cancelled") return [reportStep(run, facts)];
  const steps = state.nodes.flatMap((node) => new NodeStep(run, node, facts).step() ?? []);
  if (state.status === "failed") return [...steps, reportStep(run, facts)];
  if (state.status !== "paused") return steps.sort((one, other) => RANK[one.action] - RANK[other.action]);
  const ongoing = steps.filter(({ action }) => action === "check" || action === "wait");
  return [pausedStep(run, facts), ...ongoing];
}

function pausedStep(run: RunDocument, facts: NextFacts): NextStep {
  const { runId } = run.state;
  return {
    action: "paused",
    what: "The run is paused: begin nothing new. What is under way may end, and is recorded as always.",
    commands: [`${facts.self} resume ${runId}`],
  };
}
