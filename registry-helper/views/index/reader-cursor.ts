import type { DatabaseSync } from "node:sqlite";
import type { TaskRecord } from "../../model/task-record.ts";

/** How far into a day's file one reader has been told of its tasks. */
interface Seen {
  /** Identity of the file: in another one under the same name, the same number may mean another line. */
  file: number;
  seq: number;
}

/**
 * How far one reader has followed the tasks of the index. The index is shared: any process that lists tasks brings it
 * up to date, so "what this refresh added" is not "what this reader has not seen". Each reader keeps its own place.
 */
export class TaskCursor {
  private readonly seen = new Map<string, Seen>();
  private hasStarted = false;

  /** Takes the index as it stands for known; only the first call does anything. */
  start(database: DatabaseSync): void {
    if (!this.hasStarted) this.moveTo(marksOf(database));
    this.hasStarted = true;
  }

  /** The tasks that changed in the index since the last call, as they are now. */
  advance(database: DatabaseSync): TaskRecord[] {
    // The places first: what another process adds in between is told twice rather than never.
    const marks = marksOf(database);
    const changed = marks.flatMap(({ day, file, seq }) => {
      const seen = this.seen.get(day);
      if (seen?.file === file && seen.seq === seq) return [];
      return tasksAfter(database, day, seen?.file === file && seen.seq < seq ? seen.seq : 0);
    });
    this.moveTo(marks);
    return changed;
  }

  private moveTo(marks: readonly (Seen & { day: string })[]): void {
    for (const { day, file, seq } of marks) this.seen.set(day, { file, seq });
  }
}

function marksOf(database: DatabaseSync): (Seen & { day: string })[] {
  return database
    .prepare("SELECT day, file, seq FROM ledgers")
    .all()
    .map((row) => ({ day: String(row["day"]), file: Number(row["file"]), seq: Number(row["seq"]) }));
}

function tasksAfter(database: DatabaseSync, day: string, seq: number): TaskRecord[] {
  return database
    .prepare("SELECT record FROM tasks WHERE substr(taskId, 3, 8) = ? AND seq > ? ORDER BY seq")
    .all(day.replaceAll("-", ""), seq)
    .map((row) => JSON.parse(String(row["record"])) as TaskRecord);
}
