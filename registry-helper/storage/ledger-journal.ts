import { join } from "node:path";
import type { TaskCommand } from "../domain/task/commands.ts";
import { type LedgerDay, ledgerDayAggregate } from "../domain/task/ledger-day.ts";
import { type StoredTask, TaskTable } from "../domain/task/task-table.ts";
import { toJsonLine } from "../model/json.ts";
import { SCHEMA_VERSION } from "../model/run-events.ts";
import type { TaskEvent } from "../model/task-events.ts";
import { type FileSystem, FOLDER_MODE, listNames } from "./file-system.ts";
import {
  appendLines,
  cutTail,
  getFileStats,
  type JournalLine,
  ConcurrentAppendError,
  readLines,
  getFileSize,
} from "./journal-file.ts";
import type { Journal, RecordedOperation, Transaction } from "./journal.ts";
import { withLock } from "./lock.ts";
import { tooNew } from "./run-fold.ts";
import { parseObject } from "./run-projections.ts";
import { storageError } from "./storage-errors.ts";

export function ledgerFolder(root: string): string {
  return join(root, "ledger");
}

/** The days that have a ledger file, oldest first. */
export function ledgerDays(fs: FileSystem, root: string): string[] {
  return listNames(fs, ledgerFolder(root))
    .flatMap((name) => /^(\d{4}-\d{2}-\d{2})\.jsonl$/.exec(name)?.[1] ?? [])
    .sort();
}

/** What somebody else keeps folded of a day, so that a journal need not read it from its beginning. */
export interface LedgerSnapshot {
  /** Brings itself up to date, and says how far into the day's file it knows it. */
  checkpoint(): { bytes: number; seq: number; lastTimestamp: string | undefined };
  find(taskId: string): StoredTask | undefined;
}

/** Tasks of a day in memory before those are let go that nothing happens to any more. */
const MAX_TASKS_IN_MEMORY = 500;

/**
 * The journal of one day's tasks, `ledger/<day>.jsonl`. An instance that lives on (in the gateway) keeps
 * what it folded and reads only what came since.
 */
export class LedgerJournal implements Journal<LedgerDay, TaskEvent, TaskCommand> {
  readonly path: string;
  private readonly fs: FileSystem;
  private readonly root: string;
  private day: LedgerDay | undefined;
  private seq = 0;
  private size = 0;
  private damaged: string[] = [];
  private file = 0;
  private modifiedMs = 0;
  private readonly snapshot: LedgerSnapshot | undefined;

  /** @param options.snapshot what to start from; without one the whole file is folded */
  constructor(options: { fs: FileSystem; root: string; day: string; snapshot?: LedgerSnapshot }) {
    this.snapshot = options.snapshot;
    this.fs = options.fs;
    this.root = options.root;
    this.path = join(ledgerFolder(options.root), `${options.day}.jsonl`);
  }

  /** Lines that could not be read, in words. They count for nothing; all other lines of the day do. */
  get damage(): readonly string[] {
    return this.damaged;
  }

  /** The tasks of the day as of now. */
  read(): LedgerDay | undefined {
    this.catchUp();
    return this.day;
  }

  transact<Result>(work: (transaction: Transaction<LedgerDay, TaskEvent, TaskCommand>) => Result): Result {
    try {
      this.fs.mkdirSync(ledgerFolder(this.root), { recursive: true, mode: FOLDER_MODE });
      return withLock({ fs: this.fs, path: `${this.path}.lock` }, () => work(this.beginTransaction()));
    } catch (error) {
      // What was folded in memory may be ahead of the file now: the next call folds it anew.
      this.forget();
      throw storageError(error, this.path);
    }
  }

  private beginTransaction(): Transaction<LedgerDay, TaskEvent, TaskCommand> {
    this.catchUp();
    const torn = getFileSize(this.fs, this.path) - this.size;
    if (torn > 0) cutTail(this.fs, this.path, this.size);
    const notices =
      torn > 0 ? [`cut ${torn} bytes of an unfinished write off ${this.path}; they were never acknowledged`] : [];
    return {
      state: this.day,
      seq: this.seq,
      notices,
      findOperation: (key) => this.findOperation(key),
      append: (events, state) => {
        const lines = events.map((event) => `${toJsonLine(event)}\n`).join("");
        const size = appendLines({ fs: this.fs, path: this.path, expectedSize: this.size, lines });
        // A writer that lost its lock to `maintenance` may have written to a file that is no more.
        const { file, modifiedMs } = getFileStats(this.fs, this.path);
        if (this.file !== 0 && file !== this.file) throw new ConcurrentAppendError();
        this.file = file;
        this.modifiedMs = modifiedMs;
        this.size = size;
        this.seq += events.length;
        this.day = state;
        this.evictSettled();
      },
    };
  }

  private forget(): void {
    this.day = undefined;
    this.seq = 0;
    this.size = 0;
    this.damaged = [];
  }

  /** The snapshot must know what is let go; it does once it has read the file to its end. */
  private evictSettled(): void {
    if (this.snapshot === undefined || (this.day?.tasks.size ?? 0) <= MAX_TASKS_IN_MEMORY) return;
    this.snapshot.checkpoint();
    this.day?.tasks.evictSettled();
  }

  private startFromSnapshot(snapshot: LedgerSnapshot): void {
    const checkpoint = snapshot.checkpoint();
    this.size = checkpoint.bytes;
    this.seq = checkpoint.seq;
    this.day = { tasks: new TaskTable((taskId) => snapshot.find(taskId)), lastTimestamp: checkpoint.lastTimestamp };
  }

  private catchUp(): void {
    const { size, file, modifiedMs } = getFileStats(this.fs, this.path);
    // A file that is shorter, or another one under the same name, was rewritten by `maintenance`. Numbers of files are
    // used again: one that has its old length and was written to since may be another one, too.
    const isTouched = size === this.size && modifiedMs !== this.modifiedMs;
    const isOther = size < this.size || isTouched || (this.file !== 0 && file !== this.file);
    if (isOther || (size !== this.size && !continuesAfter(this.fs, this.path, { bytes: this.size, seq: this.seq })))
      this.forget();
    this.file = file;
    this.modifiedMs = modifiedMs;
    if (this.day === undefined && this.snapshot !== undefined) this.startFromSnapshot(this.snapshot);
    if (size === this.size) return;
    this.size = readLines(this.fs, this.path, this.size, (line) => {
      const event = readLedgerEvent(this.path, line, (problem) => this.damaged.push(problem));
      if (event === undefined || event.seq <= this.seq) return;
      this.day = ledgerDayAggregate.evolve(this.day, event);
      this.seq = event.seq;
    });
  }

  private findOperation(key: string): RecordedOperation<LedgerDay, TaskEvent> | undefined {
    const events: TaskEvent[] = [];
    let wanted = 1;
    let seq = 0;
    let state: LedgerDay | undefined;
    readLines(this.fs, this.path, 0, (line) => {
      const event = readLedgerEvent(this.path, line, () => undefined);
      if (event === undefined || event.seq <= seq || events.length >= wanted) return;
      seq = event.seq;
      state = ledgerDayAggregate.evolve(state, event);
      if (events.length === 0 && event.key !== key) return;
      if (events.length === 0) wanted = event.span ?? 1;
      events.push(event);
    });
    return state === undefined || events.length === 0 ? undefined : { digest: events[0]?.digest, events, state };
  }
}

/**
 * Whether a day's file goes on where it was left. A file that `maintenance` put in its place may carry the
 * number of an older one (inode numbers are used again); then what follows is no next line.
 */
export function continuesAfter(fs: FileSystem, path: string, checkpoint: { bytes: number; seq: number }): boolean {
  if (checkpoint.bytes === 0) return true;
  let isNext = true;
  readLines(fs, path, checkpoint.bytes, (line) => {
    const event = readLedgerEvent(path, line, () => undefined);
    isNext = event !== undefined && event.seq <= checkpoint.seq + 1;
    return "stop";
  });
  return isNext;
}

/**
 * One event of a ledger file; undefined for a blank line, and for one that cannot be read: a ledger holds many
 * tasks, and the damage of one line must not take the others with it.
 *
 * @param damaged is told, in words, of a line that cannot be read
 * @throws ClawTaskError `registry_too_new`
 */
export function readLedgerEvent(
  path: string,
  line: JournalLine,
  damaged: (problem: string) => void,
): TaskEvent | undefined {
  if (line.text.trim() === "") return undefined;
  const value = parseObject(line.text);
  if (value === undefined || typeof value["taskId"] !== "string" || typeof value["seq"] !== "number") {
    damaged(`${path}: the line at byte ${line.start} is not an event of the ledger`);
    return undefined;
  }
  const event = value as unknown as TaskEvent;
  if ((event.schema ?? 1) > SCHEMA_VERSION) throw tooNew(path, event.schema ?? 0);
  return event;
}
