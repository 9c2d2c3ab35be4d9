import { join } from "node:path";
import type { TaskCommand } from "../domain/task/commands.ts";
import { type LedgerDay, ledgerDayAggregate } from "../domain/task/ledger-day.ts";
import { type StoredTask, TaskTable } from "../domain/task/task-table.ts";
import type { TaskEvent } from "../model/task-events.ts";
import { type FileSystem, listNames, makeFolder } from "./file-system.ts";
import { CHAIN_START, sealLines, withoutSealText } from "./journal-chain.ts";
import {
  appendLines,
  endLastLine,
  getFileSize,
  getFileStats,
  JournalMovedError,
  readLines,
  voidTail,
} from "./journal-file.ts";
import type { Journal, RecordedOperation, Transaction } from "./journal.ts";
import { continuesAfter, LEDGER_START, readLedgerOperations } from "./ledger-operations.ts";
import { withLock } from "./lock.ts";
import { ensureMarker } from "./registry-marker.ts";
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
  checkpoint(): { bytes: number; seq: number; last: string; lastTimestamp: string | undefined };
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
  /** Hash of the last line that counts. */
  private last = CHAIN_START;
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
      makeFolder(this.fs, this.root, ledgerFolder(this.root));
      return withLock({ fs: this.fs, path: `${this.path}.lock` }, () => work(this.beginTransaction()));
    } catch (error) {
      // What was folded in memory may be ahead of the file now: the next call folds it anew.
      this.forget();
      throw storageError(error, this.path);
    }
  }

  private beginTransaction(): Transaction<LedgerDay, TaskEvent, TaskCommand> {
    // Looked at before it is read: what is appended in between is no torn tail.
    const length = getFileSize(this.fs, this.path);
    this.catchUp();
    const isEnded = length > this.size && endLastLine(this.fs, this.path, { from: this.size, to: length });
    if (isEnded) this.catchUp();
    const torn = { from: this.size, to: Math.max(this.size, length) };
    const tornBytes = torn.to - torn.from;
    if (tornBytes > 0) voidTail(this.fs, this.path, torn);
    this.size = torn.to;
    const notices =
      tornBytes > 0
        ? [`voided ${tornBytes} bytes of an unfinished write in ${this.path}; they were never acknowledged`]
        : [];
    return {
      state: this.day,
      seq: this.seq,
      notices,
      findOperation: (key) => this.findOperation(key),
      append: (events, state) => {
        const { lines, last } = sealLines(events, this.last);
        const size = this.appendLines(lines.join(""));
        if (size === undefined) {
          this.forget();
          return;
        }
        ensureMarker(this.fs, this.root);
        const { file, modifiedMs } = getFileStats(this.fs, this.path);
        this.file = file;
        this.modifiedMs = modifiedMs;
        this.size = size;
        this.last = last;
        this.seq += events.length;
        this.day = state;
        this.evictSettled();
      },
    };
  }

  /** The new length; undefined when the lines went on to another file, which has to be read anew. */
  private appendLines(lines: string): number | undefined {
    try {
      return appendLines({ fs: this.fs, path: this.path, expectedSize: this.size, lines });
    } catch (error) {
      if (error instanceof JournalMovedError && this.wereTakenOver(lines)) return undefined;
      throw error;
    }
  }

  private forget(): void {
    this.day = undefined;
    this.seq = 0;
    this.size = 0;
    this.last = CHAIN_START;
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
    this.last = checkpoint.last;
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
    const settled = readLedgerOperations(
      this.fs,
      this.path,
      { bytes: this.size, seq: this.seq, last: this.last },
      ({ events }) => {
        for (const event of events) this.day = ledgerDayAggregate.evolve(this.day, event);
        return undefined;
      },
      (problem) => this.damaged.push(problem),
    );
    this.size = settled.bytes;
    this.seq = settled.seq;
    this.last = settled.last ?? CHAIN_START;
  }

  private findOperation(key: string): RecordedOperation<LedgerDay, TaskEvent> | undefined {
    let found: RecordedOperation<LedgerDay, TaskEvent> | undefined;
    let state: LedgerDay | undefined;
    readLedgerOperations(this.fs, this.path, LEDGER_START, ({ events }) => {
      for (const event of events) state = ledgerDayAggregate.evolve(state, event);
      if (state === undefined || events[0]?.key !== key) return undefined;
      found = { digest: events[0].digest, events, state };
      return "stop";
    });
    return found;
  }

  /** Whether lines that went to a file which is no more are in the one that took its place: `maintenance` took them over. */
  private wereTakenOver(lines: string): boolean {
    const wanted = new Set(lines.split("\n").filter(Boolean).map(withoutPosition));
    readLines(this.fs, this.path, 0, ({ text }) => {
      wanted.delete(withoutPosition(text));
      return wanted.size === 0 ? "stop" : undefined;
    });
    return wanted.size === 0;
  }
}

/** Lines that are taken over into another file may get another position there. */
function withoutPosition(line: string): string {
  return withoutSealText(line).replace(/"seq": ?\d+/, "");
}
