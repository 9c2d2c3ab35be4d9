import {
  isAhead,
  getErrorMessage,
  type HostDelivery,
  isTerminalTask,
  LOST_AFTER_MS,
  parseMicros,
  type TaskCommand,
  type TaskRecord,
} from "../../registry-helper/internal.ts";
import type { HostTaskRow } from "../host/actions/host-task-row.ts";
import type { HostEvent } from "../host/events/host-events.ts";
import type { ObservedSignal } from "../recorder/adapters/signals.ts";

export interface ReconcilerOptions {
  now: () => number;
  /** The host's rows; `complete` is false when some may be missing. */
  list: (query: { only: "open" | "all"; sessionKeys: readonly string[] }) => Promise<{
    rows: readonly HostTaskRow[];
    complete: boolean;
  }>;
  /** One row with the whole result. */
  get: (hostTaskId: string) => Promise<HostTaskRow | undefined>;
  /** What the host did with the result of a scheduled run. */
  findCronDelivery: (run: { jobId: string; runAtMs: number }) => Promise<HostDelivery | undefined>;
  /** Tasks of ours that go on. */
  running: () => Promise<TaskRecord[]>;
  handleEvent: (event: HostEvent) => void;
  take: (signals: readonly ObservedSignal[]) => void;
  change: (command: TaskCommand) => Promise<unknown>;
  /** Where the conversation of a session is now. */
  problem: (message: string) => void;
}

/**
 * Holds the ledger against the host's own: at the start and after every gap whole, every minute what goes on.
 * What the host knows and we do not is recorded; what we think goes on and the host does not know of is
 * counted as missing, and after five minutes as lost.
 */
export class Reconciler {
  private readonly options: ReconcilerOptions;
  private running: Promise<void> | undefined;
  private wantsAll = false;
  /** When tasks were first seen here to be missing whose record says so in a time that has not come yet. */
  private readonly missingSeenAt = new Map<string, number>();

  constructor(options: ReconcilerOptions) {
    this.options = options;
  }

  /** Compares; a call during a comparison leads to one more after it. */
  run(only: "open" | "all"): Promise<void> {
    if (only === "all") this.wantsAll = true;
    this.running ??= this.compare()
      .catch((error: unknown) => this.options.problem(`comparison with the host: ${getErrorMessage(error)}`))
      .finally(() => {
        this.running = undefined;
        if (this.wantsAll) void this.run("all");
      });
    return this.running;
  }

  private async compare(): Promise<void> {
    const only = this.wantsAll ? "all" : "open";
    this.wantsAll = false;
    const ours = await this.options.running();
    const open = new Set(ours.map(({ taskId }) => taskId));
    for (const taskId of this.missingSeenAt.keys()) if (!open.has(taskId)) this.missingSeenAt.delete(taskId);
    const sessionKeys = [...new Set(ours.flatMap((task) => task.requesterSessionKey ?? []))];
    const { rows, complete } = await this.options.list({ only, sessionKeys });
    const rowIndex = new RowIndex(rows);
    const matched = new Map(ours.map((task) => [task, rowIndex.findRow(task)]));
    const matchedRows = new Set(matched.values());
    // What ended is told with its whole result where it ends a task of ours; else as it is.
    for (const row of rows) if (isActive(row) || !matchedRows.has(row)) this.emitRow(row);
    for (const [task, row] of matched) {
      // One that the host gives no answer about must not keep the others from theirs.
      await this.reconcileTask(task, row, complete).catch((error: unknown) =>
        this.options.problem(`comparison of ${task.taskId}: ${getErrorMessage(error)}`),
      );
    }
  }

  /** One task of ours against its row. */
  private async reconcileTask(task: TaskRecord, row: HostTaskRow | undefined, complete: boolean): Promise<void> {
    if (row !== undefined) {
      if (!isActive(row)) await this.ended(task, row);
      return;
    }
    const known = task.host === null || !complete ? undefined : await this.options.get(task.host.taskId);
    if (known !== undefined) {
      if (isActive(known)) this.emitRow(known);
      else await this.ended(task, known);
      return;
    }
    if (!complete) return;
    await this.missing(task);
  }

  /** A run of the command line that was cut off has ended for the host; for us it is missing until it goes on. */
  private async ended(task: TaskRecord, row: HostTaskRow): Promise<void> {
    await this.emitEndedRow(row);
    if (task.missingSince !== null) await this.missing(task);
  }

  /** Nothing of the host works on it: noted at the first look, said after five minutes and a second look. */
  private async missing(task: TaskRecord): Promise<void> {
    const since = parseMicros(task.missingSince ?? undefined);
    if (since === undefined) {
      const { names } = task;
      this.options.take([{ source: "reconcile", names, facts: {}, isBacked: false, mayCreate: false }]);
      return;
    }
    if (isTerminalTask(task) || this.missingForMs(task.taskId, since / 1000) < LOST_AFTER_MS) return;
    const reason = `nothing has worked on it since ${task.missingSince ?? ""}, and the host knows of nothing that will`;
    await this.options.change({ type: "declare_lost", taskId: task.taskId, source: "reconcile", reason });
  }

  /** A record that was made while a clock was ahead tells no age: then it counts from when it was seen here. */
  private missingForMs(taskId: string, since: number): number {
    const now = this.options.now();
    if (!isAhead(now - since)) return now - since;
    const seenAt = this.missingSeenAt.get(taskId) ?? now;
    this.missingSeenAt.set(taskId, seenAt);
    return now - seenAt;
  }

  private async emitEndedRow(row: HostTaskRow): Promise<void> {
    const whole = await this.options.get(row.hostTaskId).catch(() => undefined);
    const result = whole?.result;
    const hostDelivery = await this.findHostDelivery(row).catch(() => undefined);
    this.options.handleEvent({
      kind: "host_row",
      row,
      isLive: false,
      ...(result === undefined ? {} : { result }),
      ...(hostDelivery === undefined ? {} : { hostDelivery }),
    });
  }

  /** The end of a scheduled run that was heard tells what became of its result; one in a gap has to be asked for. */
  private async findHostDelivery({
    cronJobId: jobId,
    cronRunAtMs: runAtMs,
  }: HostTaskRow): Promise<HostDelivery | undefined> {
    return jobId === undefined || runAtMs === undefined ? undefined : this.options.findCronDelivery({ jobId, runAtMs });
  }

  private emitRow(row: HostTaskRow): void {
    this.options.handleEvent({ kind: "host_row", row, isLive: false });
  }
}

function isActive({ status }: HostTaskRow): boolean {
  return status === "queued" || status === "running";
}

/** Finds the row of a task by the names that both sides know. */
class RowIndex {
  private readonly byName = new Map<string, HostTaskRow>();

  constructor(rows: readonly HostTaskRow[]) {
    for (const row of rows) {
      this.byName.set(`host:${row.hostTaskId}`, row);
      if (row.cronJobId !== undefined && row.cronRunAtMs !== undefined)
        this.byName.set(`cron:${row.cronJobId}:${row.cronRunAtMs}`, row);
      else if (row.runtime === "exec" && row.sourceId !== undefined) this.keepNewest(`exec:${row.sourceId}`, row);
      else if (row.runId !== undefined) this.byName.set(`run:${row.runId}`, row);
    }
  }

  findRow(task: TaskRecord): HostTaskRow | undefined {
    // The names of the last attempt come last.
    for (const name of [...task.names].reverse()) {
      const row = this.byName.get(name);
      if (row !== undefined && (isActive(row) || !this.isInterruptedAttempt(task, row))) return row;
    }
    return undefined;
  }

  /** The row of an attempt that was cut off says nothing about the attempt that goes on. */
  private isInterruptedAttempt(task: TaskRecord, row: HostTaskRow): boolean {
    const current = task.attempts.at(-1)?.runId;
    return task.attempts.length > 1 && row.runId !== undefined && row.runId !== current;
  }

  private keepNewest(name: string, row: HostTaskRow): void {
    const known = this.byName.get(name);
    if (known === undefined || (row.createdAt ?? 0) > (known.createdAt ?? 0)) this.byName.set(name, row);
  }
}
