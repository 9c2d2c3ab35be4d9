import type { Host } from "./openclaw-host.ts";

/** What a job does: a turn in a session of its own, a reminder in the main session, or a command of the shell. */
export type CronPayload =
  { readonly message: string } | { readonly systemEvent: string } | { readonly command: string };

/** A job to be added. */
export interface CronJobToAdd {
  readonly name: string;
  readonly payload: CronPayload;
  /** Once, after this time in milliseconds; the host then forgets the job after a success. By default it waits to be run by hand. */
  readonly inMs?: number;
  /** Seconds after which the host ends a run. */
  readonly timeoutSeconds?: number;
  /** Where the result is sent; without it nowhere. */
  readonly deliverTo?: { readonly channel: string; readonly to: string; readonly threadId?: number };
}

/** A job as the host has it. */
export interface CronJob {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly deleteAfterRun?: boolean;
  readonly sessionTarget: string;
  readonly state: {
    readonly nextRunAtMs?: number;
    readonly runningAtMs?: number;
    readonly lastRunStatus?: string;
  };
}

/** Ten hours, a schedule that no test lives to see: such a job runs when a test says so. */
const NEVER_BY_ITSELF = { kind: "every", everyMs: 36_000_000 };
/** The most that the gateway lists at once. */
const PAGE_JOBS = 200;

/** Adds a job with the very words that `openclaw cron add` has for the gateway. */
export async function addCronJob(host: Host, job: CronJobToAdd): Promise<Pick<CronJob, "id">> {
  const { name, inMs } = job;
  const schedule = inMs === undefined ? NEVER_BY_ITSELF : { kind: "at", at: new Date(Date.now() + inMs).toISOString() };
  const words = { name, enabled: true, agentId: "main", schedule, wakeMode: "now", ...payload(job) };
  return (await host.ask("cron.add", words)) as CronJob;
}

/** Runs a job now; resolves when the run is on its way. */
export async function runCronJob(host: Host, jobId: string): Promise<void> {
  const { ok, ran, enqueued, reason } = (await host.ask("cron.run", { id: jobId, mode: "force" })) as {
    readonly ok: boolean;
    readonly ran?: boolean;
    readonly enqueued?: boolean;
    readonly reason?: string;
  };
  if (!ok || (ran !== true && enqueued !== true)) throw new Error(`job ${jobId} did not run: ${reason}`);
}

/** Every job, the host's own among them. */
export async function cronJobs(host: Host): Promise<CronJob[]> {
  const page = (await host.ask("cron.list", { includeDisabled: true, limit: PAGE_JOBS, offset: 0 })) as {
    jobs: CronJob[];
    hasMore?: boolean;
  };
  if (page.hasMore) throw new Error(`more than ${PAGE_JOBS} jobs`);
  return page.jobs;
}

function payload({ payload, timeoutSeconds, deliverTo }: CronJobToAdd): object {
  if ("systemEvent" in payload)
    return { sessionTarget: "main", payload: { kind: "systemEvent", text: payload.systemEvent } };
  const isolated = { sessionTarget: "isolated", delivery: delivery(deliverTo) };
  const limit = timeoutSeconds === undefined ? {} : { timeoutSeconds };
  if ("command" in payload)
    return { ...isolated, payload: { kind: "command", argv: ["sh", "-lc", payload.command], ...limit } };
  return { ...isolated, payload: { kind: "agentTurn", message: payload.message, ...limit } };
}

/** Said in so many words: a command job without it tries to deliver, and fails for want of a target. */
function delivery(target: CronJobToAdd["deliverTo"]): object {
  return target === undefined ? { mode: "none", channel: "last" } : { mode: "announce", ...target };
}
