import type { DatabaseSync } from "node:sqlite";
import type { TaskRecord } from "../../model/task-record.ts";

/** How far into a day's file one reader has been told of its tasks. */
interface LedgerPosition {
  /** Identity of the file: in another one under the same name, the same number may mean another line. */
  file: number;
  seq: number;
}

/**
 * How far one reader has followed the tasks of the index. The index is shared: any process that lists tasks brings it
 * up to date, so "what this refresh added" is not "what this reader has not seen". Each reader keeps its own place.
 */
export class TaskCursor {
  private readonly lastSeen = new Map<string, LedgerPosition>();
  private hasStarted = false;

  /** Takes the index as it stands for known; only the first call does anything. */
  start(database: DatabaseSync): void {
    if (!this.hasStarted) this.moveTo(readDayPositions(database));
    this.hasStarted = true;
  }

  /** The tasks that changed in the index since the last call, as they are now. */
  advance(database: DatabaseSync): TaskRecord[] {
    // The places first: what another process adds in between is told twice rather than never.
    const positions = readDayPositions(database);
    const changed = positions.flatMap(({ day, file, seq }) => {
      const lastSeen = this.lastSeen.get(day);
      if (lastSeen?.file === file && lastSeen.seq === seq) return [];
      return tasksAfter(database, day, lastSeen?.file === file && lastSeen.seq < seq ? lastSeen.seq : 0);
    });
    this.moveTo(positions);
    return changed;
  }

  private moveTo(positions: readonly (LedgerPosition & { day: string })[]): void {
    for (const { day, file, seq } of positions) this.lastSeen.set(day, { file, seq });
  }
}

function readDayPositions(database: DatabaseSync): (LedgerPosition & { day: string })[] {
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
