import { type RunDocument, countStatuses } from "../../../model/run-documents.ts";
import { shortTime } from "../../../model/time.ts";
import { formatCaller } from "../anonymous-caller.ts";
import { isBlocking } from "../state/find-node.ts";
import { listCaveats } from "../state/run-caveats.ts";
import type { NextFacts, NextStep } from "./next-step.ts";
import { listFinalReports } from "./node-inputs.ts";
import { NodeStep } from "./node-step.ts";

export type { NextFacts, NextStep } from "./next-step.ts";

const RANK: Record<NextStep["action"], number> = {
  paused: 0,
  repair: 0,
  // Children work while the agent does its own steps.
  dispatch: 1,
  do: 2,
  claimed: 2,
  ask: 3,
  check: 4,
  wait: 5,
  report: 6,
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

/** The end of a run, to be told to the person; what failed can be mended even then, by the steps before this one. */
export function reportStep(run: RunDocument, facts: NextFacts): NextStep {
  const { runId, cronJobId, reported, status } = run.state;
  const inputs = listFinalReports(run, facts.exists);
  const caveats = listCaveats(run.state.nodes);
  const cron =
    cronJobId === null ? "" : ` Then remove the cron job ${cronJobId} from the host and take back its binding.`;
  const unbind = cronJobId === null ? [] : [`${facts.self} unbind ${runId} cron --text`];
  const show = `${facts.self} show ${runId}`;
  if (reported !== undefined)
    return {
      action: "report",
      reported,
      what: `Run ${runId} is ${status}, and ${formatCaller(reported.by)} told the person at ${shortTime(reported.at)}. Nothing is left to do.${cron}`,
      commands: [...unbind, show],
    };
  const saying = caveats.length > 0 ? " Say in it what is unverified or was not answered." : "";
  // A plugin sees for itself what reached the person.
  const report = facts.isWatched === true ? [show] : [`${facts.self} reported ${runId}`];
  return {
    action: "report",
    what: `${outcome(run)}${saying}${cron}`,
    ...(inputs.length > 0 ? { inputs } : {}),
    ...(caveats.length > 0 ? { caveats } : {}),
    commands: [...unbind, ...report],
  };
}

/** Whether a turn came to its reply is known by nobody else. */
const ONCE = ", unless your conversation shows that you have told it.";

function outcome({ state }: RunDocument): string {
  const { runId, nodes } = state;
  switch (state.status) {
    case "failed": {
      const failed = nodes.filter(isBlocking).map(({ id }) => id);
      return `Run ${runId} failed, since ${failed.join(", ")} failed. Repair it with the commands above, or tell the person in your reply that it failed, why, and what was done${ONCE}`;
    }
    case "cancelled":
      return `Run ${runId} was cancelled with ${countStatuses(nodes).completed} of ${nodes.length} nodes done. Tell the person in your reply what was done and what was left out${ONCE}`;
    default:
      return `Run ${runId} is ${state.status}. Put the result into your reply${ONCE}`;
  }
}
