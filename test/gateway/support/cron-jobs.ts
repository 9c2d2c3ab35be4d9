import { hostTasks, type HostTaskRow } from "./host-ledger.ts";
import type { Host } from "./openclaw-host.ts";

/** What a job does: a turn in a session of its own, a reminder in the main session, or a command of the shell. */
export type CronPayload =
  { readonly message: string } | { readonly systemEvent: string } | { readonly command: string };

/** A job to be added. */
export interface CronJobToAdd {
  readonly name: string;
  readonly payload: CronPayload;
  /** Once, after this time (such as `1s`); the host then forgets the job after a success. By default it waits to be run by hand. */
  readonly at?: string;
  /** Keeps a job that runs once. */
  readonly keepAfterRun?: boolean;
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

/** A schedule that no test lives to see: such a job runs when a test says so. */
const NEVER_BY_ITSELF = ["--every", "10h"];

/** Adds a job with the command that a user types; a first try that got no answer may have succeeded. */
export async function addCronJob(host: Host, job: CronJobToAdd): Promise<Pick<CronJob, "id">> {
  const when = job.at === undefined ? NEVER_BY_ITSELF : ["--at", job.at];
  const limit = job.timeoutSeconds === undefined ? [] : ["--timeout-seconds", String(job.timeoutSeconds)];
  const keepFlag = job.keepAfterRun ? ["--keep-after-run"] : [];
  const args = ["--name", job.name, "--agent", "main", ...when, ...payload(job), ...limit, ...keepFlag];
  const add = async (): Promise<CronJob> => (await host.cliJson(["cron", "add", ...args])) as CronJob;
  return await add().catch(async () => (await jobNamed(host, job.name)) ?? (await add()));
}

/** Runs a job now. */
export async function runCronJob(host: Host, jobId: string): Promise<void> {
  const run = async (): Promise<unknown> => host.cliOrThrow(["cron", "run", jobId]);
  const hasRun = async (): Promise<boolean> => (await cronRows(host)).some(({ sourceId }) => sourceId === jobId);
  await run().catch(async () => (await hasRun()) || (await run()));
}

/** A job that is there, or that ran and was forgotten by the host. */
async function jobNamed(host: Host, name: string): Promise<Pick<CronJob, "id"> | undefined> {
  const job = (await cronJobs(host)).find((one) => one.name === name);
  if (job !== undefined) return job;
  const row = (await cronRows(host)).find(({ label }) => label === name);
  return row?.sourceId === undefined ? undefined : { id: row.sourceId };
}

const cronRows = (host: Host): Promise<HostTaskRow[]> => hostTasks(host, { runtime: "cron" });

/** Every job, the host's own among them. */
export async function cronJobs(host: Host): Promise<CronJob[]> {
  const report = (await host.cliJson(["cron", "list", "--all"])) as { jobs: CronJob[] };
  return report.jobs;
}

/** Removes a job. */
export async function removeCronJob(host: Host, jobId: string): Promise<void> {
  await host.cliOrThrow(["cron", "rm", jobId]);
}

function payload({ payload, deliverTo }: CronJobToAdd): string[] {
  if ("systemEvent" in payload) return ["--session", "main", "--system-event", payload.systemEvent];
  if ("command" in payload) return ["--command", payload.command, ...delivery(deliverTo)];
  return ["--session", "isolated", "--message", payload.message, ...delivery(deliverTo)];
}

/** Said in so many words: a command job without it tries to deliver, and fails for want of a target. */
function delivery(target: CronJobToAdd["deliverTo"]): string[] {
  if (!target) return ["--no-deliver"];
  const thread = target.threadId === undefined ? [] : ["--thread-id", String(target.threadId)];
  return ["--announce", "--channel", target.channel, "--to", target.to, ...thread];
}
