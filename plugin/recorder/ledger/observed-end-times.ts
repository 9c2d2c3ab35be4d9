import { formatMicros, parseMicros, type TaskEnding, type TaskRecord } from "../../../registry-helper/internal.ts";

/**
 * When the ends of tasks were heard. The record of an end may be made much later, when the disk or the lock had to be
 * waited for; what the host does about a result is heard right after the end, and must not count as before it.
 */
export class ObservedEndTimes {
  /** Epoch milliseconds, by task. */
  private readonly times = new Map<string, number>();

  /** The first end counts, as in the record, unless a later one takes its place. */
  note(taskId: string, receivedAt: number, { supersedes }: TaskEnding): void {
    if (supersedes === true || !this.times.has(taskId)) this.times.set(taskId, receivedAt);
  }

  /** A task with the time at which its end was heard, when it was recorded later than that. */
  withObservedEnd(task: TaskRecord): TaskRecord {
    const receivedAt = this.times.get(task.taskId);
    if (receivedAt === undefined || task.endedAt === null) return task;
    const endedAt = Math.min(parseMicros(task.endedAt) ?? 0, receivedAt * 1000);
    return { ...task, endedAt: formatMicros(endedAt) };
  }

  /** The work of one task is the work of another. */
  move(from: string, to: string): void {
    const receivedAt = this.times.get(from);
    this.times.delete(from);
    if (receivedAt !== undefined) this.times.set(to, receivedAt);
  }

  forget(taskId: string): void {
    this.times.delete(taskId);
  }

  /** Lets go of the ends of tasks of which nothing is open. */
  retainOnly(isOpen: (taskId: string) => boolean): void {
    for (const taskId of this.times.keys()) if (!isOpen(taskId)) this.times.delete(taskId);
  }
}
