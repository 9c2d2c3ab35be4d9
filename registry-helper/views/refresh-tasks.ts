import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { fileOf, readLines } from "../journal/journal-file.ts";
import { ledgerDays, ledgerFolder, readTaskEvent } from "../journal/ledger-journal.ts";
import { isClawTaskError } from "../model/errors.ts";
import type { TaskRecord } from "../model/task-record.ts";
import type { Registry } from "../registry.ts";
import { evolveTask } from "../task/evolve.ts";
import type { StoredTask } from "../task/task-table.ts";
import { TaskRows } from "./task-rows.ts";

/** Lines that are folded in one transaction: a long file must not keep others from the index for seconds. */
const MOST_LINES_AT_ONCE = 20_000;

/** How far into a day's file the index knows it. */
export interface DayMark {
  bytes: number;
  seq: number;
  /** Identity of the file: another one under the same name was rewritten. */
  file: number;
  lastTimestamp: string | undefined;
  problem: string | null;
}

/**
 * Brings the task rows up to date: each ledger file is read from where the index left off.
 *
 * @returns the tasks that changed, as they are now
 */
export function refreshTasks(registry: Registry, database: DatabaseSync): TaskRecord[] {
  return ledgerDays(registry.fs, registry.root).flatMap((day) => {
    try {
      return refreshDay(registry, database, day);
    } catch (error) {
      // One day that cannot be read, such as a newer version's, is said so; all others go on.
      if (!isClawTaskError(error)) throw error;
      noteProblem(database, day, error.message);
      return [];
    }
  });
}

function noteProblem(database: DatabaseSync, day: string, problem: string): void {
  database
    .prepare(
      `INSERT INTO ledgers (day, bytes, seq, file, problem) VALUES (?,0,0,0,?)
       ON CONFLICT (day) DO UPDATE SET problem = excluded.problem`,
    )
    .run(day, problem);
}

/** The same for one day. */
export function refreshDay(registry: Registry, database: DatabaseSync, day: string): TaskRecord[] {
  const path = join(ledgerFolder(registry.root), `${day}.jsonl`);
  const changed = new Map<string, TaskRecord>();
  for (;;) {
    const { size, file } = fileOf(registry.fs, path);
    const before = readMark(database, day);
    if (before.bytes === size && before.file === file) break;
    for (const task of foldSome({ registry, database, day, path, size, file })) changed.set(task.taskId, task);
    if (readMark(database, day).bytes === before.bytes) break;
  }
  return [...changed.values()];
}

/** Folds the next lines of a day in one transaction. */
function foldSome(options: {
  registry: Registry;
  database: DatabaseSync;
  day: string;
  path: string;
  size: number;
  file: number;
}): TaskRecord[] {
  const { registry, database, day, path, size, file } = options;
  const rows = new TaskRows(database);
  const changed = new Map<string, StoredTask>();
  database.exec("BEGIN IMMEDIATE");
  try {
    let mark = readMark(database, day);
    if (mark.bytes > size || (mark.file !== 0 && mark.file !== file)) {
      rows.removeDay(day);
      mark = { bytes: 0, seq: 0, file, lastTimestamp: undefined, problem: null };
    }
    let { bytes, seq, lastTimestamp, problem } = mark;
    let left = MOST_LINES_AT_ONCE;
    readLines(registry.fs, path, mark.bytes, (line) => {
      left -= 1;
      bytes = line.end;
      const more = left > 0 ? undefined : "stop";
      const event = readTaskEvent(path, line, (words) => (problem ??= words));
      if (event === undefined || event.seq <= seq) return more;
      const before = changed.get(event.taskId)?.task ?? rows.find(event.taskId)?.task;
      changed.set(event.taskId, { task: evolveTask(before, event), seq: event.seq });
      seq = event.seq;
      lastTimestamp = event.timestamp;
      return more;
    });
    for (const stored of changed.values()) rows.write(stored);
    database
      .prepare("INSERT OR REPLACE INTO ledgers (day, bytes, seq, file, lastTimestamp, problem) VALUES (?,?,?,?,?,?)")
      .run(day, bytes, seq, file, lastTimestamp ?? null, problem);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
  return [...changed.values()].map(({ task }) => task);
}

export function readMark(database: DatabaseSync, day: string): DayMark {
  const row = database.prepare("SELECT bytes, seq, file, lastTimestamp, problem FROM ledgers WHERE day = ?").get(day);
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    bytes: Number(row?.["bytes"] ?? 0),
    seq: Number(row?.["seq"] ?? 0),
    file: Number(row?.["file"] ?? 0),
    lastTimestamp: text(row?.["lastTimestamp"]),
    problem: text(row?.["problem"]) ?? null,
  };
}
