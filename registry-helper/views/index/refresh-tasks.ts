import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { evolveTask, isKnownTaskEvent } from "../../domain/task/evolve.ts";
import type { StoredTask } from "../../domain/task/task-table.ts";
import type { Registry } from "../../registry/registry.ts";
import { getFileStats } from "../../storage/journal-file.ts";
import { ledgerDays, ledgerFolder } from "../../storage/ledger-journal.ts";
import { continuesAfter, readLedgerOperations } from "../../storage/ledger-operations.ts";
import { isSystemError, unreadableError } from "../../storage/storage-errors.ts";
import { isSqliteError } from "./index-database.ts";
import { TaskRows } from "./task-rows.ts";

/** Lines that are folded in one transaction: a long file must not keep others from the index for seconds. */
const MAX_LINES_PER_TRANSACTION = 20_000;
/**
 * The same for a day that is folded anew. Until that is done some of its tasks are not to be found, so it is
 * done in one transaction unless the day is extraordinary.
 */
const MAX_REBUILT_LINES_PER_TRANSACTION = 200_000;

/** Told how many bytes of the ledger were folded so far, of how many. */
export type IndexingProgress = (done: number, total: number) => void;

/** How far into a day's file the index knows it. */
export interface DayCheckpoint {
  bytes: number;
  seq: number;
  /** Identity of the file: another one under the same name was rewritten. */
  file: number;
  lastTimestamp: string | undefined;
  /** Hash of the last line. */
  last: string;
  problem: string | null;
}

/** Brings the task rows up to date: each ledger file is read from where the index left off. */
export function refreshTasks(registry: Registry, database: DatabaseSync, progress?: IndexingProgress): void {
  const days = ledgerDays(registry.fs, registry.root);
  const report = progress === undefined ? undefined : sumOver(registry, database, days, progress);
  for (const day of days) {
    try {
      refreshDay(registry, database, day, report);
    } catch (error) {
      // One day that cannot be read, such as a newer version's, is said so; all others go on.
      // What the disk or the index says is no fault of the day: whoever asks must not take its tasks for missing.
      if (isSqliteError(error) || isSystemError(error)) throw error;
      noteProblem(database, day, unreadableError(error, day).message);
    }
  }
}

/** Turns the bytes of single steps into how far the whole is. */
function sumOver(
  { fs, root }: Registry,
  database: DatabaseSync,
  days: readonly string[],
  progress: IndexingProgress,
): (bytes: number) => void {
  let done = 0;
  const missing = days.map((day) =>
    Math.max(0, getFileStats(fs, dayPath(root, day)).size - readCheckpoint(database, day).bytes),
  );
  const total = missing.reduce((sum, bytes) => sum + bytes, 0);
  return (bytes) => progress((done += bytes), total);
}

export function dayPath(root: string, day: string): string {
  return join(ledgerFolder(root), `${day}.jsonl`);
}

/** Folds a day anew, in one transaction: others see it as it was until then. */
export function rebuildDay(registry: Registry, database: DatabaseSync, day: string): void {
  const path = dayPath(registry.root, day);
  foldSome({ registry, database, day, path, ...getFileStats(registry.fs, path), rebuild: true });
  refreshDay(registry, database, day);
}

function noteProblem(database: DatabaseSync, day: string, problem: string): void {
  const note = database.prepare(
    `INSERT INTO ledgers (day, bytes, seq, file, problem) VALUES (?,0,0,0,?)
     ON CONFLICT (day) DO UPDATE SET problem = excluded.problem`,
  );
  note.setReadBigInts(true);
  note.run(day, problem);
}

/** The same for one day. */
export function refreshDay(
  registry: Registry,
  database: DatabaseSync,
  day: string,
  progress?: (bytes: number) => void,
): void {
  const path = dayPath(registry.root, day);
  for (;;) {
    const { size, file } = getFileStats(registry.fs, path);
    const before = readCheckpoint(database, day);
    if (before.bytes === size && before.file === file) break;
    foldSome({ registry, database, day, path, size, file });
    const after = readCheckpoint(database, day);
    if (after.bytes === before.bytes && after.file === before.file) break;
    progress?.(Math.max(0, after.bytes - before.bytes));
  }
}

/** Folds the next lines of a day in one transaction. */
function foldSome(options: {
  registry: Registry;
  database: DatabaseSync;
  day: string;
  path: string;
  size: number;
  file: number;
  rebuild?: boolean;
}): void {
  const { registry, database, day, path, size, file } = options;
  const rows = new TaskRows(database);
  const changed = new Map<string, StoredTask>();
  database.exec("BEGIN IMMEDIATE");
  try {
    let checkpoint = readCheckpoint(database, day);
    const isOther =
      checkpoint.bytes > size ||
      (checkpoint.file !== 0 && checkpoint.file !== file) ||
      !continuesAfter(registry.fs, path, checkpoint);
    if (options.rebuild === true || isOther) {
      rows.removeDay(day);
      checkpoint = { bytes: 0, seq: 0, file, lastTimestamp: undefined, last: "", problem: null };
    }
    let { lastTimestamp, problem } = checkpoint;
    let left = checkpoint.bytes === 0 ? MAX_REBUILT_LINES_PER_TRANSACTION : MAX_LINES_PER_TRANSACTION;
    const {
      bytes,
      seq,
      last = "",
    } = readLedgerOperations(
      registry.fs,
      path,
      checkpoint,
      ({ events }) => {
        for (const event of events) {
          const before = changed.get(event.taskId)?.task ?? rows.find(event.taskId)?.task;
          if (before !== undefined || isKnownTaskEvent(event))
            changed.set(event.taskId, { task: evolveTask(before, event), seq: event.seq });
          lastTimestamp = event.timestamp;
        }
        left -= events.length;
        return left > 0 ? undefined : "stop";
      },
      (words) => (problem ??= words),
    );
    for (const stored of changed.values()) rows.write(stored);
    database
      .prepare(
        "INSERT OR REPLACE INTO ledgers (day, bytes, seq, file, lastTimestamp, last, problem) VALUES (?,?,?,?,?,?,?)",
      )
      .run(day, bytes, seq, file, lastTimestamp ?? null, last, problem);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

export function readCheckpoint(database: DatabaseSync, day: string): DayCheckpoint {
  const row = database
    .prepare("SELECT bytes, seq, file, lastTimestamp, last, problem FROM ledgers WHERE day = ?")
    .get(day);
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    bytes: Number(row?.["bytes"] ?? 0),
    seq: Number(row?.["seq"] ?? 0),
    file: Number(row?.["file"] ?? 0),
    lastTimestamp: text(row?.["lastTimestamp"]),
    last: text(row?.["last"]) ?? "",
    problem: text(row?.["problem"]) ?? null,
  };
}
