import { hasAge, type DeliveryRoute } from "../../registry-helper/internal.ts";
import { type CronJob, isSystemJob, readCronJob } from "../host/actions/cron-jobs.ts";
import { type HostTaskRow, readTaskEvent } from "../host/actions/host-task-row.ts";
import { readCronEvent } from "../host/events/cron-events.ts";
import type { HostEvent } from "../host/events/host-events.ts";
import { recordIn } from "../host/untyped-fields.ts";

export interface BroadcastFeedOptions {
  handleEvent: (event: HostEvent) => void;
  /** All scheduled jobs, with whom they belong to. */
  jobs: () => Promise<readonly CronJob[]>;
  findRoute: (sessionKey: string) => Promise<DeliveryRoute | undefined>;
  /** One row with its whole texts. */
  get: (hostTaskId: string) => Promise<HostTaskRow | undefined>;
  /** The host's ledger was read anew: everything may have changed. */
  onResync: () => void;
  problem: (message: string) => void;
}

/** How the host names work that a plugin started. */
const PLUGIN_TITLE = "plugin:";

/** How long the list of jobs counts as fresh, in milliseconds. Jobs that run once are gone right after. */
const JOBS_FRESH_MS = 60_000;

/**
 * Brings what the gateway broadcasts, and what its scheduler's hook tells, into the words of the recorder; adds
 * what must be looked up at that moment: whom a job belongs to, where a conversation is.
 */
export class BroadcastFeed {
  private readonly options: BroadcastFeedOptions;
  private readonly known = new Map<string, CronJob>();
  private readonly lookedUp = new Set<string>();
  private jobsAt = 0;
  private reading = Promise.resolve();

  constructor(options: BroadcastFeedOptions) {
    this.options = options;
  }

  /** A broadcast of the gateway. */
  broadcast(name: string, payload: unknown): void {
    if (name === "task") this.task(payload);
    else if (name === "cron") this.cron(payload);
  }

  private task(payload: unknown): void {
    const event = readTaskEvent(payload);
    if (event?.kind === "everything") this.options.onResync();
    if (event?.kind !== "row") return;
    const { row } = event;
    this.options.handleEvent({ kind: "host_row", row, isLive: true });
    const isActive = row.status === "queued" || row.status === "running";
    if (!isActive || this.lookedUp.has(row.hostTaskId)) return;
    this.remember(row.hostTaskId);
    this.runLookup(
      this.emitDetails(row).catch((error: unknown) => {
        // The next broadcast of the row is another chance.
        this.lookedUp.delete(row.hostTaskId);
        throw error;
      }),
    );
  }

  /** What a broadcast leaves out and nobody else tells: where the conversation is, what was asked for. */
  private async emitDetails(row: HostTaskRow): Promise<void> {
    const session = row.requesterSessionKey;
    const isRouted = row.runtime === "cli" || row.runtime === "media" || row.runtime === "exec";
    const isOfPlugin = row.runtime === "subagent" && row.title?.startsWith(PLUGIN_TITLE) === true;
    const route = isRouted && session !== undefined ? await this.options.findRoute(session) : undefined;
    const whole = row.runtime === "cli" || isOfPlugin ? await this.options.get(row.hostTaskId) : undefined;
    if (route === undefined && whole === undefined) return;
    const task = whole?.task;
    this.options.handleEvent({
      kind: "host_row",
      row: { ...row, ...(task === undefined ? {} : { task }) },
      isLive: true,
      ...(route === undefined ? {} : { route }),
    });
  }

  /** A job's run began or ended, by `cron_changed` or by broadcast: both tell the same. */
  cron(value: unknown): void {
    const event = readCronEvent(value);
    if (event === undefined) return;
    const snapshot = recordIn(value)["job"];
    if (isSystemJob(snapshot)) return;
    if (event.action === "changed") {
      this.jobsAt = 0;
      this.runLookup(this.readJobs());
      return;
    }
    const job = this.known.get(event.run.jobId) ?? readCronJob(snapshot);
    if (event.action === "finished") {
      this.options.handleEvent({ kind: "cron_finished", run: event.run, job, end: event.end });
      return;
    }
    const { run } = event;
    this.options.handleEvent({ kind: "cron_started", run, job });
    if (this.known.has(run.jobId)) return;
    this.runLookup(
      this.readJobs().then(() => {
        const found = this.known.get(run.jobId);
        if (found !== undefined) this.options.handleEvent({ kind: "cron_started", run, job: found });
      }),
    );
  }

  /** Reads whom all jobs belong to. Who asks during a reading waits for it; one that failed counts for nothing. */
  readJobs(): Promise<void> {
    const now = Date.now();
    if (!hasAge(now - this.jobsAt, JOBS_FRESH_MS)) return this.reading;
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
    this.lookedUp.add(hostTaskId);
    if (this.lookedUp.size > 5_000)
      for (const oldest of [...this.lookedUp].slice(0, 1_000)) this.lookedUp.delete(oldest);
  }

  private runLookup(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.options.problem(`look-up: ${String(error)}`));
  }
}
