import { TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft, RunEventName } from "../../../model/run-events.ts";
import { planDelivery } from "../../delivery/decide.ts";
import { parseDeliveryRoute } from "../state/delivery-route.ts";
import { isBlocking, hasEnded } from "../state/find-node.ts";
import type { EventBatch } from "./event-batch.ts";

/** How long the agent has to tell the person about the end of a run before ClawTask does, in milliseconds. */
export const RUN_REPORT_WAIT_MS = 60_000;

/** What the changes so far mean for the run as a whole: over, open again, or unable to go on. */
export function resolveRunStatus(batch: EventBatch): void {
  const { state, before } = batch;
  if (state.status === "cancelled") return;
  if (state.nodes.every(hasEnded)) {
    // A failure that the workflow goes on after, or around, is no failure of the run.
    const outcome = state.nodes.some(isBlocking) ? "failed" : "completed";
    if (before.status !== outcome) batch.add(outcomeEvent(batch, outcome));
    return;
  }
  if (TERMINAL_RUN_STATUSES.includes(before.status)) {
    batch.add({ event: "run.reopened", message: `Run ${state.runId} is open again.` });
    // What goes on must not stay out of sight.
    if (state.archivedAt !== undefined) batch.add({ event: "run.unarchived" });
  }
  const stuck = batch.state.blockedBy;
  if (stuck !== undefined && before.blockedBy === undefined) {
    batch.add({
      event: "run.blocked",
      message: `Run ${state.runId} cannot go on: ${stuck.join(", ")} failed.`,
      blockedBy: stuck,
    });
  }
}

/** The end of a run, with the plan to tell its requester. */
export function outcomeEvent(batch: EventBatch, outcome: "completed" | "failed" | "cancelled"): RunEventDraft {
  const { state } = batch;
  const event: RunEventName = `run.${outcome}`;
  const draft: RunEventDraft = { event, message: `Run ${state.runId} is ${outcome}.` };
  const route = parseDeliveryRoute(state.deliveryContext, state.sourceSessionKey);
  if (route === null) return draft;
  const { delivery } = planDelivery({ route, sender: "host", now: batch.now, waitMs: RUN_REPORT_WAIT_MS });
  return { ...draft, delivery: { ...delivery, generation: (batch.before.delivery?.generation ?? 0) + 1 } };
}
