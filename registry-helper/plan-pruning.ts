import type { DatabaseSync } from "node:sqlite";
import { dayOfId } from "./model/ids.ts";
import { formatMicros, type Micros } from "./model/time.ts";

/**
 * Tasks that may go, with their parents: settled, ended before the cutoff, owed to nobody, and without a child that
 * stays. A result that did not reach its requester is kept however old it is.
 */
export function prunableTasks(database: DatabaseSync, cutoff: Micros): Map<string, string | null> {
  const prunable = new Map(
    database
      .prepare(
        `SELECT taskId, parentTaskId FROM tasks
         WHERE isOpen = 0 AND endedAt < ? AND delivery NOT IN ('failed', 'ambiguous')`,
      )
      .all(formatMicros(cutoff))
      .map(({ taskId, parentTaskId }) => [String(taskId), parentTaskId === null ? null : String(parentTaskId)]),
  );
  const links = database.prepare("SELECT taskId, parentTaskId FROM tasks WHERE parentTaskId IS NOT NULL").all();
  const parents = new Map(links.map(({ taskId, parentTaskId }) => [String(taskId), String(parentTaskId)]));
  // What a task that stays hangs on stays too, up to the root.
  for (const child of parents.keys()) {
    if (prunable.has(child)) continue;
    for (let parent = parents.get(child); parent !== undefined && prunable.delete(parent);)
      parent = parents.get(parent);
  }
  return prunable;
}

/** Which of the prunable tasks are there yet, and which of a day may go now: those whose children are gone. */
export class Pruning {
  private readonly left = new Map<string, Set<string>>();
  private readonly children = new Map<string, Set<string>>();

  constructor(prunable: ReadonlyMap<string, string | null>) {
    for (const [taskId, parent] of prunable) {
      add(this.left, dayOfId(taskId) ?? "", taskId);
      if (parent !== null && prunable.has(parent)) add(this.children, parent, taskId);
    }
  }

  /** Days that still hold prunable tasks, the newest first. */
  days(): string[] {
    return [...this.left.keys()].sort().reverse();
  }

  of(day: string): ReadonlySet<string> {
    return this.left.get(day) ?? new Set();
  }

  /** Of one day: those whose children are gone or go with them. */
  ready(day: string): ReadonlySet<string> {
    const going = new Set(this.of(day));
    const holds = (child: string): boolean => !going.has(child) && this.isLeft(child);
    for (let before = -1; before !== going.size;) {
      before = going.size;
      for (const taskId of going) if ([...(this.children.get(taskId) ?? [])].some(holds)) going.delete(taskId);
    }
    return going;
  }

  gone(taskIds: Iterable<string>): void {
    for (const taskId of taskIds) {
      const day = dayOfId(taskId) ?? "";
      const ofDay = this.left.get(day);
      ofDay?.delete(taskId);
      if (ofDay?.size === 0) this.left.delete(day);
    }
  }

  /** Something happened to a task meanwhile: it stays, and so does what it hangs on. */
  keepOnly(prunable: ReadonlyMap<string, string | null>): void {
    this.gone([...this.left.values()].flatMap((ofDay) => [...ofDay].filter((taskId) => !prunable.has(taskId))));
  }

  private isLeft(taskId: string): boolean {
    return this.left.get(dayOfId(taskId) ?? "")?.has(taskId) === true;
  }
}

function add(to: Map<string, Set<string>>, key: string, value: string): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, new Set([value]));
  else known.add(value);
}
