import type { TaskEvent } from "../model/task-events.ts";
import { taskEventShape } from "../model/task-shapes.ts";
import type { FileSystem } from "./file-system.ts";
import { CHAIN_START, findLineDamage, isLineWithoutEnd, JournalChain, withoutSeal } from "./journal-chain.ts";
import { isVoidLine, type JournalLine, readLines } from "./journal-file.ts";
import { OperationBounds } from "./operation-span.ts";
import { requireKnownSchema } from "./run-fold.ts";
import { parseObject } from "./run-projections.ts";

/** Events of a day that were written together, and where they end in its file. */
export interface LedgerOperation {
  events: TaskEvent[];
  /** Offset behind the last of them. */
  end: number;
}

/** How far a day's file is known. */
export interface LedgerPosition {
  /** Offset behind the last line that is settled: from there on, nothing was told. */
  bytes: number;
  /** Position of the last event there. */
  seq: number;
  /** Hash of the last line there; undefined when it is not known. */
  last?: string | undefined;
}

export const LEDGER_START: LedgerPosition = { bytes: 0, seq: 0, last: CHAIN_START };

/**
 * Calls `visit` for each whole operation of a day's file from an offset on, until it answers `stop`. An operation whose
 * last lines are not there yet is not told: its writer was killed, or is at it. One that lost its place to another
 * writer does not count, with all its lines.
 *
 * @param from how far the file is known
 * @param damaged is told, in words, of a line that cannot be read, and of one that does not follow on the one before it
 */
export function readLedgerOperations(
  fs: FileSystem,
  path: string,
  from: LedgerPosition,
  visit: (operation: LedgerOperation) => "stop" | undefined,
  damaged: (problem: string) => void = () => undefined,
): LedgerPosition {
  const bounds = new OperationBounds<undefined>();
  const chain = new JournalChain(from.bytes === 0 ? CHAIN_START : from.last);
  let settled = from;
  let seq = from.seq;
  let open: { events: TaskEvent[]; last: number } | undefined;
  const tell = (end: number): "stop" | undefined => {
    const told = open === undefined ? undefined : visit({ events: open.events, end });
    open = undefined;
    settled = { bytes: end, seq, last: chain.last };
    return told;
  };
  const see = (line: JournalLine): "stop" | undefined => {
    const event = readLedgerEvent(path, line, damaged);
    if (event === undefined) {
      if (!isVoidLine(line.text)) chain.loosen();
      // What there is of the operation counts: the rest of it was damaged, or dropped by maintenance.
      bounds.forget();
      return tell(line.end);
    }
    if (bounds.isVoid(event, line.start, seq)) {
      if (open === undefined) settled = { ...settled, bytes: line.end };
      return undefined;
    }
    // Maintenance drops lines that are not needed: then an operation ends where the next one starts.
    if (open !== undefined && (event.span !== undefined || event.seq > open.last)) {
      const told = tell(line.start);
      if (told === "stop") return told;
    }
    const problem = chain.follow(line.text);
    if (problem !== undefined) damaged(`${path}: the line at byte ${line.start} ${problem}`);
    seq = event.seq;
    open ??= { events: [], last: event.seq + (event.span ?? 1) - 1 };
    open.events.push(event);
    return event.seq >= open.last ? tell(line.end) : undefined;
  };
  readLines(fs, path, from.bytes, see, (tail) => {
    if (isLineWithoutEnd(tail)) damaged(`${path}: the newline behind the last line was changed after it was written`);
  });
  return settled;
}

/**
 * Whether a day's file goes on where it was left. A file that `maintenance` put in its place may carry the
 * number of an older one (inode numbers are used again); then what follows is no next line.
 */
export function continuesAfter(fs: FileSystem, path: string, checkpoint: { bytes: number; seq: number }): boolean {
  if (checkpoint.bytes === 0) return true;
  let isNext = true;
  readLines(fs, path, checkpoint.bytes, (line) => {
    if (line.text.trim() === "") return undefined;
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
  if (value !== undefined) requireKnownSchema(path, value["schema"]);
  const problem = taskEventShape(value);
  if (value === undefined || problem !== undefined) {
    damaged(`${path}: the line at byte ${line.start} is not an event of the ledger:${problem ?? ""}`);
    return undefined;
  }
  const damage = findLineDamage(line.text);
  if (damage !== undefined) {
    damaged(`${path}: the line at byte ${line.start} ${damage}`);
    return undefined;
  }
  return withoutSeal(value) as unknown as TaskEvent;
}
