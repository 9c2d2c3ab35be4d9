import type { DatabaseSync } from "node:sqlite";
import type { TaskRecord } from "../../model/task-record.ts";
import type { Registry } from "../../registry/registry.ts";
import type { LedgerSnapshot } from "../../storage/ledger-journal.ts";
import { discardIfTorn, isSqliteError, openIndex } from "../index/index-database.ts";
import { type DayCheckpoint, readCheckpoint, refreshDay, refreshTasks } from "../index/refresh-tasks.ts";
import { TaskRows } from "../index/task-rows.ts";
import { ledgerProblems } from "./task-queries.ts";

/**
 * The index as a process that lives on uses it (the gateway's worker): kept open, brought up to date in small
 * steps, and the memory of everything that is not being worked on. Only a projection: when it breaks, it is
 * built anew.
 */
export class LedgerIndex {
  private readonly registry: Registry;
  private readonly cursor = new TaskCursor();
  private opened: DatabaseSync | undefined;
  private rows: TaskRows | undefined;

  constructor(registry: Registry) {
    this.registry = registry;
  }

  /**
   * Reads what the ledger's files have more than the index. Returns the tasks that changed since the last call, no
   * matter who brought the index up to date in between; at the first call, those that this one added.
   */
  refresh(): TaskRecord[] {
    return this.use((database) => {
      this.cursor.start(database);
      refreshTasks(this.registry, database);
      return this.cursor.advance(database);
    });
  }

  task(taskId: string): TaskRecord | undefined {
    return this.use(() => this.taskRows().find(taskId)?.task);
  }

  /** The task that the host means by one of its names. */
  getTaskId(name: string): string | undefined {
    return this.use((database) => {
      const row = database.prepare("SELECT taskId FROM names WHERE name = ?").get(name);
      return row === undefined ? undefined : String(row["taskId"]);
    });
  }

  /** Lines of the ledger that could not be read, in words. */
  problems(): string[] {
    return this.use(ledgerProblems);
  }

  /** Runs a query on the index as it stands. */
  use<Result>(query: (database: DatabaseSync) => Result): Result {
    try {
      return query(this.database());
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      this.close();
      discardIfTorn(this.registry, error);
      refreshTasks(this.registry, this.database());
      return query(this.database());
    }
  }

  /** One day as a journal starts from it. */
  getSnapshot(day: string): LedgerSnapshot {
    let known: DayCheckpoint | undefined;
    return {
      checkpoint: () =>
        this.use((database) => {
          refreshDay(this.registry, database, day);
          return (known = readCheckpoint(database, day));
        }),
      find: (taskId) =>
        this.use((database) => {
          // A ClawTask of another version empties an index that is not its own: what is missing then is not unknown.
          if (isBehind(readCheckpoint(database, day), known)) refreshDay(this.registry, database, day);
          return this.taskRows().find(taskId);
        }),
    };
  }

  close(): void {
    try {
      this.opened?.close();
    } catch {
      // It was broken; what matters is that the next use opens another.
    }
    this.opened = undefined;
    this.rows = undefined;
  }

  private database(): DatabaseSync {
    return (this.opened ??= openIndex(this.registry));
  }

  private taskRows(): TaskRows {
    return (this.rows ??= new TaskRows(this.database()));
  }
}

function isBehind(checkpoint: DayCheckpoint, known: DayCheckpoint | undefined): boolean {
  return known !== undefined && (checkpoint.seq < known.seq || checkpoint.file !== known.file);
}

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
