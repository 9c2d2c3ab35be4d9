import type { DeliveryState } from "../../model/delivery-record.ts";
import type { RunState } from "../../model/run-documents.ts";
import { readGatewayHeartbeat } from "../../registry/gateway-heartbeat.ts";
import { commitRun } from "../../registry/run-store.ts";
import { requireTextLength } from "../input-checks.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";

export interface ReportedInput {
  runId: string;
  /** What was told, or how. */
  message?: string | undefined;
  by?: string | undefined;
  key?: string | undefined;
}

export interface ReportedDocument {
  ok: true;
  runId: string;
  reported: RunState["reported"];
  /** How the delivery of the outcome stands now; absent for a run without a route. */
  delivery?: DeliveryState;
}

/**
 * Records that an agent says it has told the requester how a run ended. It is the agent's word and no receipt of a
 * channel: a delivery that a gateway plugin watches is left as it stands.
 *
 * @throws ClawTaskError `run_not_over` | `too_large` | `run_not_found`
 * @example
 * reported(context, { runId: "report-1", message: "with the two open questions" });
 */
export function reported(context: OperationContext, input: ReportedInput): Outcome<ReportedDocument> {
  const { registry } = context;
  const { runId, message, key } = input;
  requireTextLength("message", message);
  const by = resolveActor(context, input.by);
  const isWatched = readGatewayHeartbeat(registry) !== undefined;
  const { state, notices } = commitRun(registry, runId, {
    key,
    command: { type: "report_told", by, message, isWatched },
    idempotencyPayload: { type: "report_told", by, message },
  });
  const { reported: report, delivery } = state.state;
  return {
    document: { ok: true, runId, reported: report, ...(delivery === undefined ? {} : { delivery: delivery.state }) },
    notices,
  };
}
