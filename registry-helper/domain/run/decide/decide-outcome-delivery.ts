import type { DeliveryState } from "../../../model/delivery-record.ts";
import { ClawTaskError } from "../../../model/errors.ts";
import { suggest } from "../../../model/remedy.ts";
import { type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import { planDelivery } from "../../delivery/decide.ts";
import { type Redirect, toRedirectedRoute } from "../../delivery/redirect.ts";
import { parseDeliveryRoute } from "../state/delivery-route.ts";

/**
 * Tells the outcome of a run once more, or records that nobody wants to be told.
 *
 * @throws ClawTaskError `not_deliverable`
 */
export function decideOutcomeDelivery(
  state: RunState,
  command: { type: "retry_delivery"; redirect?: Redirect | undefined } | { type: "dismiss"; reason: string },
  now: Micros,
): RunEventDraft[] {
  const { runId, delivery } = state;
  if (!TERMINAL_RUN_STATUSES.includes(state.status)) {
    throw notDeliverable(`run ${runId} is ${state.status}: it has no outcome to tell yet`, `clawtask next ${runId}`);
  }
  if (command.type === "dismiss") {
    if (delivery?.state === "dismissed") return [];
    return [{ event: "delivery.dismissed", delivery: { reason: command.reason, dueAt: null } }];
  }
  if (delivery?.state === "pending" || delivery?.state === "sending") {
    throw notDeliverable(`the outcome of run ${runId} is on its way already (${delivery.state})`, runId);
  }
  const { redirect } = command;
  // A route that was bound since stands in the run; one that somebody chose for this delivery stands in it.
  const bound = parseDeliveryRoute(state.deliveryContext, state.sourceSessionKey);
  const own = delivery?.redirectedBy === undefined ? (bound ?? delivery?.route ?? null) : delivery.route;
  const route = redirect === undefined ? own : toRedirectedRoute(redirect, own);
  if (route === null)
    throw notDeliverable(`the requester of run ${runId} has no channel to tell the outcome to`, runId);
  const generation = (delivery?.generation ?? 0) + 1;
  const redirectedBy = redirect?.by ?? delivery?.redirectedBy;
  return [planDelivery({ route, sender: "clawtask", now, waitMs: 0, generation, redirectedBy })];
}

/** Deliveries that somebody else has settled: an agent's word changes nothing about them. */
const SETTLED: readonly DeliveryState[] = ["none", "delivered", "reported", "dismissed"];

/**
 * Records that an agent says it has told the requester of the outcome. Where no plugin watches the channels, nothing else
 * will say so, and the delivery stands as `reported`; where one does, only its own evidence settles the delivery.
 *
 * @throws ClawTaskError `run_not_over`
 */
export function decideReportTold(
  state: RunState,
  { by, message, isWatched }: { by: string; message?: string | undefined; isWatched: boolean },
): RunEventDraft[] {
  const { runId, delivery, reported } = state;
  if (!TERMINAL_RUN_STATUSES.includes(state.status))
    throw new ClawTaskError("run_not_over", {
      message: `run ${runId} is ${state.status}: it has no outcome to tell yet`,
      remedy: { commands: [suggest("next", runId, "--claim")] },
    });
  const told: RunEventDraft[] =
    reported === undefined ? [{ event: "run.reported", by, ...(message === undefined ? {} : { message }) }] : [];
  if (isWatched || delivery === undefined || SETTLED.includes(delivery.state)) return told;
  return [...told, { event: "delivery.reported", delivery: { reason: `${by} says so`, dueAt: null } }];
}

function notDeliverable(message: string, runId: string): ClawTaskError {
  return new ClawTaskError("not_deliverable", { message, remedy: { commands: [suggest("show", runId)] } });
}
