import type { TaskRecord } from "../../registry-helper/index.ts";
import type { ObservedSignal } from "./signals.ts";

/** Signals without a task yet are kept for this long, in case the one that makes the task comes late. */
export const ORPHAN_KEPT_MS = 120_000;
const MOST_ORPHANS = 2_000;

/** Knows which task the host means by its names, and keeps signals that came before their task. */
export class TaskNames {
  private readonly taskOf = new Map<string, string>();
  private readonly runsOf = new Map<string, string>();
  private orphans: { signal: ObservedSignal; at: number }[] = [];

  learn(task: TaskRecord): void {
    for (const name of task.names) {
      this.taskOf.set(name, task.taskId);
      if (name.startsWith("run:")) this.runsOf.set(task.taskId, name);
    }
  }

  /** The names of a task that is about to be made. */
  claim(taskId: string, names: readonly string[]): void {
    for (const name of names) {
      this.taskOf.set(name, taskId);
      if (name.startsWith("run:")) this.runsOf.set(taskId, name);
    }
  }

  /**
   * The task that a signal is about. A run id decides; the child session only when the task found by it has
   * no other run, since a session may be used again for another piece of work.
   */
  find(signal: ObservedSignal): string | undefined {
    const runName = signal.names.find((name) => name.startsWith("run:"));
    const byRun = runName === undefined ? undefined : this.taskOf.get(runName);
    if (byRun !== undefined) return byRun;
    for (const name of signal.names) {
      const taskId = this.taskOf.get(name);
      if (taskId === undefined) continue;
      const otherRun = this.runsOf.get(taskId);
      if (runName === undefined || otherRun === undefined) return taskId;
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
}
