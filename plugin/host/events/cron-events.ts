import type { HostDelivery } from "../../../registry-helper/internal.ts";
import { readCronJob } from "../actions/cron-jobs.ts";
import { numberIn, recordIn, textIn, withoutGaps } from "../untyped-fields.ts";
import { readChannelError } from "./channel-error.ts";

/** One run of a scheduled job, as `cron_changed` and the gateway's `cron` broadcast tell it. */
export interface CronRun {
  jobId: string;
  runAtMs: number;
  jobName: string | undefined;
  payloadKind: string | undefined;
  /** What the job asks for: the prompt, the reminder, or the command. */
  task: string | undefined;
  description: string | undefined;
  agentId: string | undefined;
  sessionKey: string | undefined;
  sessionId: string | undefined;
  model: string | undefined;
}

export interface CronEnd {
  status: "succeeded" | "failed" | "timed_out" | "cancelled";
  summary: string | undefined;
  error: string | undefined;
  hostDelivery: HostDelivery | undefined;
}

export type CronEvent =
  | { action: "started"; run: CronRun }
  | { action: "finished"; run: CronRun; end: CronEnd }
  /** Made, changed or about to go: the moment to read whom it belongs to. */
  | { action: "changed"; jobId: string };

/** Reads `cron_changed` or a `cron` broadcast; undefined for what tells of no run. */
export function readCronEvent(value: unknown): CronEvent | undefined {
  const event = recordIn(value);
  const jobId = textIn(event, "jobId");
  if (jobId === undefined) return undefined;
  const action = textIn(event, "action");
  const runAtMs = numberIn(event, "runAtMs");
  if ((action !== "started" && action !== "finished") || runAtMs === undefined) return { action: "changed", jobId };
  const job = recordIn(event["job"]);
  const payload = recordIn(job["payload"]);
  const run: CronRun = {
    jobId,
    runAtMs,
    jobName: textIn(job, "name"),
    payloadKind: textIn(payload, "kind"),
    task: readCronJob(job)?.task,
    description: textIn(job, "description"),
    agentId: textIn(job, "agentId"),
    sessionKey: textIn(event, "sessionKey"),
    sessionId: textIn(event, "sessionId"),
    model: textIn(event, "model"),
  };
  if (action === "started") return { action, run };
  const error = textIn(event, "error");
  return {
    action,
    run,
    end: {
      status: parseStatus(textIn(event, "status"), textIn(event, "completionStatus"), error),
      summary: textIn(event, "summary"),
      error,
      hostDelivery: readCronDelivery(event),
    },
  };
}

/** The hook knows `ok` and `error` only; how it failed stands in the words of the error. */
function parseStatus(
  status: string | undefined,
  completion: string | undefined,
  error: string | undefined,
): CronEnd["status"] {
  // The scheduler did not run it at all, for a reason of its own (a quiet hour, an empty reminder): nothing failed.
  if (status === "skipped") return "cancelled";
  if (status === "ok" || completion === "succeeded") return "succeeded";
  if (error !== undefined && /job execution timed out/i.test(error)) return "timed_out";
  if (error !== undefined && /^cancelled by operator/i.test(error)) return "cancelled";
  return completion === "cancelled" ? "cancelled" : "failed";
}

const DELIVERY_STATE: Readonly<Record<string, HostDelivery["state"]>> = {
  delivered: "delivered",
  "not-delivered": "failed",
  "not-requested": "not_requested",
  unknown: "unknown",
};

/** What the host did with the result of a run, as its end or the history of runs tells it. */
export function readCronDelivery(event: Readonly<Record<string, unknown>>): HostDelivery | undefined {
  const suppression = textIn(event, "deliverySuppressionReason");
  if (suppression !== undefined)
    return { state: "suppressed", reason: `the automation chose to say nothing (${suppression})` };
  const state = DELIVERY_STATE[textIn(event, "deliveryStatus") ?? (event["delivered"] === true ? "delivered" : "")];
  if (state === undefined) return undefined;
  const reason = textIn(event, "deliveryError");
  if ((state === "failed" || state === "unknown") && failedBeforeDelivery(event, reason))
    return { state: "failed", reason: "the run failed before it had anything to deliver" };
  // It may have gone out, or may still go out of the host's queue: nobody knows, and nobody may repeat it.
  if (state === "failed" && readChannelError(reason) !== "refused")
    return withoutGaps({ state: "unknown" as const, reason });
  return withoutGaps({ state, reason });
}

/** The host repeats a run's own error as the one of its delivery, which never began. */
function failedBeforeDelivery(event: Readonly<Record<string, unknown>>, deliveryError: string | undefined): boolean {
  if (textIn(event, "status") !== "error") return false;
  return deliveryError === undefined || deliveryError === textIn(event, "error");
}

/** Newest runs of a job that are looked through: a gap is short. */
const RUNS = 100;

/** Anything that can be asked for runs: the gateway's connection. */
interface GatewayRequester {
  request(request: { method: string; params?: object }): Promise<unknown>;
}

/**
 * What became of the result of a scheduled run whose end was not heard; undefined when the scheduler does not tell.
 * The rows of the host's ledger leave it out.
 */
export async function findCronDelivery(
  gateway: GatewayRequester,
  run: { jobId: string; runAtMs: number },
): Promise<HostDelivery | undefined> {
  const params = { id: run.jobId, limit: RUNS };
  const { entries } = recordIn(await gateway.request({ method: "cron.runs", params }));
  const found = Array.isArray(entries)
    ? entries.map(recordIn).find((entry) => numberIn(entry, "runAtMs") === run.runAtMs)
    : undefined;
  return found === undefined ? undefined : readCronDelivery(found);
}
