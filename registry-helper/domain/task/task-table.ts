import type { TaskEvent } from "../../model/task-events.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { evolveTask, isKnownTaskEvent, isTerminalTask } from "./evolve.ts";

/** A task as of one position of its day's journal. */
export interface StoredTask {
  task: TaskRecord;
  /** Position of the last event that is folded in. */
  seq: number;
}

/**
 * The tasks of one day. A table that has a place to load from keeps only the tasks that are being worked on in
 * memory; the others are read when they are asked for.
 */
export class TaskTable {
  private readonly known = new Map<string, StoredTask>();
  private readonly load: ((taskId: string) => StoredTask | undefined) | undefined;

  constructor(load?: (taskId: string) => StoredTask | undefined) {
    this.load = load;
  }

  get(taskId: string): TaskRecord | undefined {
    return this.stored(taskId)?.task;
  }

  /** Position in the journal of the last event about a task; undefined for one that is not there. */
  getRevision(taskId: string): number | undefined {
    return this.stored(taskId)?.seq;
  }

  has(taskId: string): boolean {
    return this.stored(taskId) !== undefined;
  }

  /** All tasks of a table that loads nothing; else those in memory. */
  *values(): Generator<TaskRecord> {
    for (const { task } of this.known.values()) yield task;
  }

  get size(): number {
    return this.known.size;
  }

  /** Folds one event in, unless what was loaded contains it already. */
  fold(event: TaskEvent): void {
    const stored = this.stored(event.taskId);
    if (stored === undefined ? !isKnownTaskEvent(event) : event.seq <= stored.seq) return;
    this.known.set(event.taskId, { task: evolveTask(stored?.task, event), seq: event.seq });
  }

  /** Lets go of tasks to which nothing more happens by itself. Only sound once they can be loaded again. */
  evictSettled(): void {
    if (this.load === undefined) return;
    for (const [taskId, { task }] of this.known) if (isSettled(task)) this.known.delete(taskId);
  }

  private stored(taskId: string): StoredTask | undefined {
    const known = this.known.get(taskId);
    if (known !== undefined || this.load === undefined) return known;
    const loaded = this.load(taskId);
    if (loaded !== undefined) this.known.set(taskId, loaded);
    return loaded;
  }
}

/** Ended, and nothing is on its way to anybody any more. */
export function isSettled(task: TaskRecord): boolean {
  return isTerminalTask(task) && !isInFlight(task.delivery) && !isInFlight(task.update);
}

/** Whether somebody still has to act on a delivery. */
export function isInFlight(delivery: TaskRecord["delivery"]): boolean {
  if (delivery === null) return false;
  if (delivery.state === "session_queued") return delivery.dueAt !== null;
  return delivery.state === "pending" || delivery.state === "sending";
}
