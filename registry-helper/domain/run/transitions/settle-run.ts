import { planDelivery } from "../../delivery/decide.ts";
import { TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft, RunEventName } from "../../../model/run-events.ts";
import { isBlocking, isOver } from "../state/node-predicates.ts";
import type { Operation } from "./event-batch.ts";
import { routeOf } from "../state/delivery-route.ts";

/** How long the agent has to tell the person about the end of a run before ClawTask does, in milliseconds. */
export const RUN_REPORT_WAIT_MS = 60_000;

/** What the changes so far mean for the run as a whole: over, open again, or unable to go on. */
export function settleRun(operation: Operation): void {
  const { state, before } = operation;
  if (state.status === "cancelled") return;
  if (state.nodes.every(isOver)) {
    // A failure that the workflow goes on after, or around, is no failure of the run.
    const outcome = state.nodes.some(isBlocking) ? "failed" : "completed";
    if (before.status !== outcome) operation.add(outcomeEvent(operation, outcome));
    return;
  }
  if (TERMINAL_RUN_STATUSES.includes(before.status)) {
    operation.add({ event: "run.reopened", message: `Run ${state.runId} is open again.` });
    // What goes on must not stay out of sight.
    if (state.archivedAt !== undefined) operation.add({ event: "run.unarchived" });
  }
  const stuck = operation.state.blockedBy;
  if (stuck !== undefined && before.blockedBy === undefined) {
    operation.add({
      event: "run.blocked",
      message: `Run ${state.runId} cannot go on: ${stuck.join(", ")} failed.`,
      blockedBy: stuck,
    });
  }
}

/** The end of a run, with the plan to tell its requester. */
export function outcomeEvent(operation: Operation, outcome: "completed" | "failed" | "cancelled"): RunEventDraft {
  const { state } = operation;
  const event: RunEventName = `run.${outcome}`;
  const draft: RunEventDraft = { event, message: `Run ${state.runId} is ${outcome}.` };
  const route = routeOf(state.deliveryContext, state.sourceSessionKey);
  if (route === null) return draft;
  const { delivery } = planDelivery({ route, sender: "host", now: operation.now, waitMs: RUN_REPORT_WAIT_MS });
  return { ...draft, delivery: { ...delivery, generation: (operation.before.delivery?.generation ?? 0) + 1 } };
}
