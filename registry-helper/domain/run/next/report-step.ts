import { countStatuses, type RunDocument } from "../../../model/run-documents.ts";
import { isBlocking } from "../state/node-predicates.ts";
import type { NextFacts, NextStep } from "./next-step.ts";
import { listFinalReports } from "./node-inputs.ts";

/** The end of a run, to be told to the person; what failed can be mended even then, by the steps before this one. */
export function reportStep(run: RunDocument, facts: NextFacts): NextStep {
  const { runId, cronJobId } = run.state;
  const inputs = listFinalReports(run);
  const cron =
    cronJobId === null ? "" : ` Then remove the cron job ${cronJobId} from the host and take back its binding.`;
  const unbind = cronJobId === null ? [] : [`${facts.self} unbind ${runId} cron --text`];
  return {
    action: "report",
    what: `${outcome(run)}${cron}`,
    ...(inputs.length > 0 ? { inputs } : {}),
    commands: [...unbind, `${facts.self} show ${runId}`],
  };
}

/** Whether a turn came to its reply is known by nobody else. */
const ONCE = ", unless your conversation shows that you have told it.";

function outcome({ state }: RunDocument): string {
  const { runId, nodes } = state;
  switch (state.status) {
    case "failed": {
      const failed = nodes.filter(isBlocking).map(({ id }) => id);
      return `Run ${runId} failed, since ${failed.join(", ")} failed. Mend it with the commands above, or tell the person in your reply that it failed, why, and what was done${ONCE}`;
    }
    case "cancelled":
      return `Run ${runId} was cancelled with ${countStatuses(nodes).completed} of ${nodes.length} nodes done. Tell the person in your reply what was done and what was left out${ONCE}`;
    default:
      return `Run ${runId} is ${state.status}. Put the result into your reply${ONCE}`;
  }
}
