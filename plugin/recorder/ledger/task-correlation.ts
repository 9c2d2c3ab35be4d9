import type { TaskRecord } from "../../../registry-helper/index.ts";
import type { ObservedSignal } from "../adapters/signals.ts";

/** Signals without a task yet are kept for this long, in case the one that makes the task comes late. */
export const ORPHAN_KEPT_MS = 120_000;
const MOST_ORPHANS = 2_000;
/** Names in memory; older ones are looked up. */
const MOST_NAMES = 10_000;

/** Where names are found that are not in memory (any more). */
export interface KnownTasks {
  taskIdOf(name: string): string | undefined;
  task(taskId: string): Pick<TaskRecord, "names"> | undefined;
}

const NOWHERE: KnownTasks = { taskIdOf: () => undefined, task: () => undefined };

/** Knows which task the host means by its names, and keeps signals that came before their task. */
export class TaskNames {
  private readonly taskOf = new Map<string, string>();
  private readonly elsewhere: KnownTasks;
  private orphans: { signal: ObservedSignal; at: number }[] = [];

  constructor(elsewhere: KnownTasks = NOWHERE) {
    this.elsewhere = elsewhere;
  }

  learn(task: Pick<TaskRecord, "taskId" | "names">): void {
    this.claim(task.taskId, task.names);
  }

  /**
   * The names of a task, also of one that is about to be made. A name that is used again stays with its newest
   * work (ids are ordered by time), whatever is still told of the earlier one.
   */
  claim(taskId: string, names: readonly string[]): void {
    for (const name of names) {
      const holder = this.taskOf.get(name) ?? taskId;
      this.taskOf.delete(name);
      this.taskOf.set(name, holder > taskId ? holder : taskId);
    }
    const surplus = this.taskOf.size - MOST_NAMES;
    if (surplus > 0) for (const name of [...this.taskOf.keys()].slice(0, surplus)) this.taskOf.delete(name);
  }

  /** Names that were claimed for a task that is not to be, since another one is the same work. */
  move(from: string, to: string): void {
    for (const name of this.namesOf(from)) this.taskOf.set(name, to);
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

  keepOrphan(signal: ObservedSignal, at: number): void {
    this.orphans = this.orphans.filter((orphan) => at - orphan.at < ORPHAN_KEPT_MS).slice(-MOST_ORPHANS + 1);
    this.orphans.push({ signal, at });
  }

  /** Takes out the kept signals that carry one of these names, oldest first. */
  adoptOrphans(names: readonly string[]): ObservedSignal[] {
    const mine = this.orphans.filter(({ signal }) => signal.names.some((name) => names.includes(name)));
    if (mine.length > 0) this.orphans = this.orphans.filter((orphan) => !mine.includes(orphan));
    return mine.map(({ signal }) => signal);
  }

  private lookUp(name: string): string | undefined {
    return this.taskOf.get(name) ?? this.elsewhere.taskIdOf(name);
  }

  private hasRun(taskId: string): boolean {
    // What was claimed by the batch that is being recorded is not on disk yet.
    const names = [...(this.elsewhere.task(taskId)?.names ?? []), ...this.namesOf(taskId)];
    return names.some((name) => name.startsWith("run:"));
  }

  private namesOf(taskId: string): string[] {
    return [...this.taskOf].filter(([, id]) => id === taskId).map(([name]) => name);
  }
}
