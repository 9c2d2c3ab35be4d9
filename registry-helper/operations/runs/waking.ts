import { wakeCall } from "../../domain/run/next/wake-call.ts";
import { MAX_BOUND_VALUE_LENGTH } from "../../model/limits.ts";
import { TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { readGatewayHeartbeat } from "../../registry/gateway-heartbeat.ts";
import { commitRun, loadRun } from "../../registry/run-store.ts";
import { requireTextLength } from "../input-checks.ts";
import type { OperationContext, Outcome } from "../operation.ts";

export interface WakingInput {
  runId: string;
  /** The id of the cron job that was made: it is recorded. */
  cron?: string | undefined;
  key?: string | undefined;
}

export interface WakingDocument {
  ok: true;
  runId: string;
  /** What wakes the run's session: a cron job, the gateway plugin, nothing yet, or nothing any more since the run ended. */
  by: "cron" | "plugin" | "nothing" | "ended";
  cronJobId: string | null;
  /** Arguments for the host's cron tool, when a job is to be made. */
  call?: object;
}

/**
 * What wakes the session of a run, and the call that makes the job where one is needed; with `cron`, records that job.
 *
 * @throws ClawTaskError `too_large` | `run_not_found`
 */
export function waking(
  { registry, self }: OperationContext,
  { runId, cron, key }: WakingInput,
): Outcome<WakingDocument> {
  requireTextLength("cron", cron, MAX_BOUND_VALUE_LENGTH);
  const state =
    cron === undefined
      ? loadRun(registry, runId).run.state
      : commitRun(registry, runId, { key, command: { type: "bind", kind: "cron", value: cron, payload: {} } }).state
          .state;
  const { cronJobId, status } = state;
  const document = { ok: true, runId, cronJobId } as const;
  if (TERMINAL_RUN_STATUSES.includes(status)) return { document: { ...document, by: "ended" } };
  if (cronJobId !== null) return { document: { ...document, by: "cron" } };
  if (readGatewayHeartbeat(registry) !== undefined) return { document: { ...document, by: "plugin" } };
  return { document: { ...document, by: "nothing", call: wakeCall({ runId, self, root: registry.root }) } };
}
