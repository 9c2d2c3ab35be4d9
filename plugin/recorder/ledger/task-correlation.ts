import type { TaskRecord } from "../../../registry-helper/internal.ts";
import type { ObservedSignal } from "../adapters/signals.ts";

/** Signals without a task yet are kept for this long, in case the one that makes the task comes late. */
export const UNMATCHED_RETENTION_MS = 120_000;
const MAX_UNMATCHED = 2_000;
/** Names in memory; older ones are looked up. */
const MAX_NAMES = 10_000;

/** Where names are found that are not in memory (any more). */
export interface KnownTasks {
  getTaskId(name: string): string | undefined;
  task(taskId: string): Pick<TaskRecord, "names"> | undefined;
}

const NO_TASKS: KnownTasks = { getTaskId: () => undefined, task: () => undefined };

/** Knows which task the host means by its names, and keeps signals that came before their task. */
export class TaskCorrelator {
  private readonly taskIdByName = new Map<string, string>();
  private readonly fallback: KnownTasks;
  private unmatchedSignals: { signal: ObservedSignal; at: number }[] = [];

  constructor(fallback: KnownTasks = NO_TASKS) {
    this.fallback = fallback;
  }

  applyRecord(task: Pick<TaskRecord, "taskId" | "names">): void {
    this.bind(task.taskId, task.names);
  }

  /**
   * The names of a task, also of one that is about to be made. A name that is used again stays with its newest
   * work (ids are ordered by time), whatever is still told of the earlier one.
   */
  bind(taskId: string, names: readonly string[]): void {
    for (const name of names) {
      const holder = this.taskIdByName.get(name) ?? taskId;
      this.taskIdByName.delete(name);
      this.taskIdByName.set(name, holder > taskId ? holder : taskId);
    }
    const surplus = this.taskIdByName.size - MAX_NAMES;
    if (surplus > 0) for (const name of [...this.taskIdByName.keys()].slice(0, surplus)) this.taskIdByName.delete(name);
  }

  /** Names that were claimed for a task that is not to be, since another one is the same work. */
  move(from: string, to: string): void {
    for (const name of this.listNames(from)) this.taskIdByName.set(name, to);
  }

  /**
   * The task that a signal is about. A run id decides; the child session only when the task found by it has
   * no other run, since a session may be used again for another piece of work.
   */
  find(signal: ObservedSignal): string | undefined {
    const sessions = signal.names.filter((name) => name.startsWith("session:"));
    for (const name of signal.names) {
      const taskId = sessions.includes(name) ? undefined : this.lookUp(name);
      if (taskId !== undefined) return taskId;
    }
    const hasRun = signal.names.some((name) => name.startsWith("run:"));
    for (const name of sessions) {
      const taskId = this.lookUp(name);
      if (taskId !== undefined && (!hasRun || !this.hasRun(taskId))) return taskId;
    }
    return undefined;
  }

  storeUnmatched(signal: ObservedSignal, at: number): void {
    this.unmatchedSignals = this.unmatchedSignals
      .filter((entry) => at - entry.at < UNMATCHED_RETENTION_MS)
      .slice(-MAX_UNMATCHED + 1);
    this.unmatchedSignals.push({ signal, at });
  }

  /** Takes out the kept signals that carry one of these names, oldest first. */
  takeUnmatched(names: readonly string[]): ObservedSignal[] {
    const matches = this.unmatchedSignals.filter(({ signal }) => signal.names.some((name) => names.includes(name)));
    if (matches.length > 0) this.unmatchedSignals = this.unmatchedSignals.filter((entry) => !matches.includes(entry));
    return matches.map(({ signal }) => signal);
  }

  private lookUp(name: string): string | undefined {
    return this.taskIdByName.get(name) ?? this.fallback.getTaskId(name);
  }

  private hasRun(taskId: string): boolean {
    // What was claimed by the batch that is being recorded is not on disk yet.
    const names = [...(this.fallback.task(taskId)?.names ?? []), ...this.listNames(taskId)];
    return names.some((name) => name.startsWith("run:"));
  }

  private listNames(taskId: string): string[] {
    return [...this.taskIdByName].filter(([, id]) => id === taskId).map(([name]) => name);
  }
}
