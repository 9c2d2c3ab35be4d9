import type { Route } from "../../registry-helper/index.ts";
import { readCronEvent } from "../host/cron-events.ts";
import { type CronJob, isSystemJob, readCronJob } from "../host/cron-jobs.ts";
import type { HostEvent } from "../host/host-events.ts";
import { readTaskEvent } from "../host/host-task-row.ts";
import { recordIn } from "../host/read-value.ts";

export interface HostFeedOptions {
  hear: (event: HostEvent) => void;
  /** All scheduled jobs, with whom they belong to. */
  jobs: () => Promise<readonly CronJob[]>;
  routeOf: (sessionKey: string) => Promise<Route | undefined>;
  /** The host's ledger was read anew: everything may have changed. */
  onEverything: () => void;
  problem: (message: string) => void;
}

/** How long the list of jobs counts as fresh, in milliseconds. Jobs that run once are gone right after. */
const JOBS_FRESH_MS = 60_000;

/**
 * Brings what the gateway broadcasts, and what its scheduler's hook tells, into the words of the recorder; adds
 * what must be looked up at that moment: whom a job belongs to, where a conversation is.
 */
export class HostFeed {
  private readonly options: HostFeedOptions;
  private readonly known = new Map<string, CronJob>();
  private readonly routed = new Set<string>();
  private jobsAt = 0;
  private reading = Promise.resolve();

  constructor(options: HostFeedOptions) {
    this.options = options;
  }

  /** A broadcast of the gateway. */
  broadcast(name: string, payload: unknown): void {
    if (name === "task") this.task(payload);
    else if (name === "cron") this.cron(payload);
  }

  private task(payload: unknown): void {
    const event = readTaskEvent(payload);
    if (event?.kind === "everything") this.options.onEverything();
    if (event?.kind !== "row") return;
    const { row } = event;
    this.options.hear({ kind: "host_row", row, isLive: true });
    const session = row.requesterSessionKey;
    const isActive = row.status === "queued" || row.status === "running";
    const isRouted = row.runtime === "cli" || row.runtime === "media" || row.runtime === "exec";
    if (!isActive || !isRouted || session === undefined || this.routed.has(row.hostTaskId)) return;
    this.remember(row.hostTaskId);
    this.lookUp(
      this.options.routeOf(session).then((route) => {
        if (route !== undefined) this.options.hear({ kind: "host_row", row, isLive: true, route });
      }),
    );
  }

  /** A job's run began or ended, by `cron_changed` or by broadcast: both tell the same. */
  cron(value: unknown): void {
    const event = readCronEvent(value);
    if (event === undefined) return;
    const snapshot = recordIn(value)["job"];
    if (isSystemJob(snapshot)) return;
    if (event.action === "changed") {
      this.jobsAt = 0;
      this.lookUp(this.readJobs());
      return;
    }
    const job = this.known.get(event.run.jobId) ?? readCronJob(snapshot);
    if (event.action === "finished") {
      this.options.hear({ kind: "cron_finished", run: event.run, job, end: event.end });
      return;
    }
    const { run } = event;
    this.options.hear({ kind: "cron_started", run, job });
    if (this.known.has(run.jobId)) return;
    this.lookUp(
      this.readJobs().then(() => {
        const found = this.known.get(run.jobId);
        if (found !== undefined) this.options.hear({ kind: "cron_started", run, job: found });
      }),
    );
  }

  /** Reads whom all jobs belong to. Who asks during a reading waits for it; one that failed counts for nothing. */
  readJobs(): Promise<void> {
    const now = Date.now();
    if (now - this.jobsAt < JOBS_FRESH_MS) return this.reading;
    this.jobsAt = now;
    this.reading = this.readAll().catch((error: unknown) => {
      this.jobsAt = 0;
      throw error;
    });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    const jobs = await this.options.jobs();
    // A job that is gone may still have a run that goes on: it is kept until many others came.
    for (const job of jobs) {
      this.known.delete(job.jobId);
      this.known.set(job.jobId, job);
    }
    for (const oldest of [...this.known.keys()].slice(0, Math.max(0, this.known.size - jobs.length - 1_000)))
      this.known.delete(oldest);
  }

  private remember(hostTaskId: string): void {
    this.routed.add(hostTaskId);
    if (this.routed.size > 5_000) for (const oldest of [...this.routed].slice(0, 1_000)) this.routed.delete(oldest);
  }

  private lookUp(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.options.problem(`look-up: ${String(error)}`));
  }
}
