import { readCronJob } from "../../../plugin/host/actions/cron-jobs.ts";
import { readCronEvent } from "../../../plugin/host/events/cron-events.ts";
import type { HostEvent } from "../../../plugin/host/events/host-events.ts";
import { REQUESTER } from "./host-samples.ts";
import { lifecycle, NOON_MS, ORIGIN, reply, row, type Sample, times, uuid } from "./runtime-samples.ts";

/** How a run of a scheduled job ends, in each of the words of the host. */
export interface CronEnd {
  finished: object;
  row: object;
  lifecycle: object;
}
export const CRON_GOOD: CronEnd = {
  finished: {
    status: "ok",
    completionStatus: "succeeded",
    summary: "seven sheep",
    delivered: false,
    deliveryStatus: "not-requested",
  },
  row: { status: "completed", execution: { state: "finished" }, terminalSummary: "seven sheep" },
  lifecycle: reply("seven sheep"),
};
/** The scheduler stops the run, which to the run itself looks as if somebody had cancelled it. */
export const CRON_TIMED_OUT: CronEnd = {
  finished: {
    status: "error",
    completionStatus: "failed",
    error: "cron: job execution timed out (last phase: model-call-started)",
  },
  row: {
    status: "timed_out",
    execution: { state: "finished" },
    error: "cron: job execution timed out (last phase: model-call-started)",
  },
  lifecycle: { phase: "error", aborted: true, error: "agent run aborted", stopReason: "aborted" },
};

export const cronSession = (number: number): string => `agent:main:cron:job-${number}:run:${uuid(number, "session")}`;

export function cron(number: number, end: CronEnd = CRON_GOOD): Sample {
  const [jobId, runAtMs, runId] = [`job-${number}`, NOON_MS + number, uuid(number, "cron-run")];
  const job = {
    id: jobId,
    name: "count job",
    payload: { kind: "agentTurn", message: "Count all sheep." },
    sessionTarget: "isolated",
    owner: { agentId: "main", sessionKey: REQUESTER },
    delivery: { mode: "announce", ...ORIGIN },
  };
  const cronEvent = (more: object): HostEvent => {
    const event = readCronEvent({ jobId, runAtMs, job, ...more });
    if (event === undefined || event.action === "changed") throw new Error("no run");
    const read = readCronJob(job);
    return event.action === "started"
      ? { kind: "cron_started", run: event.run, job: read }
      : { kind: "cron_finished", run: event.run, job: read, end: event.end };
  };
  const base = {
    taskId: uuid(number, "cron-row"),
    kind: "automation_run",
    runtime: "cron",
    title: "count job",
    agentId: "main",
    sessionKey: "",
    ownerKey: "",
    runId: `cron:${jobId}:${runAtMs}:${uuid(number, "due")}`,
    sourceId: jobId,
    ...times(number),
    createdAt: runAtMs,
    deliveryStatus: "not_applicable",
  };
  const session = cronSession(number);
  return {
    events: [
      cronEvent({ action: "started" }),
      row({ ...base, childSessionKey: session, status: "running", execution: { state: "running" } }),
      {
        kind: "step",
        observed: { runId, sessionKey: session, step: { phase: "researching", update: "web_search: sheep" } },
      },
      lifecycle(runId, session, end.lifecycle),
      cronEvent({ action: "finished", sessionKey: session, sessionId: uuid(number, "session"), ...end.finished }),
      row({ ...base, childSessionKey: session, ...end.row, endedAt: Date.now() }),
    ],
  };
}
