import { constants } from "node:fs";
import { join } from "node:path";
import { uniqueSuffix } from "../../model/ids.ts";
import type { TaskEvent } from "../../model/task-events.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, flushFolder, listNames, openFile } from "../../storage/file-system.ts";
import { sealLines } from "../../storage/journal-chain.ts";
import {
  appendLines,
  ConcurrentAppendError,
  fileIdentity,
  getFileStats,
  readLines,
  readLinesOf,
} from "../../storage/journal-file.ts";
import { ledgerFolder } from "../../storage/ledger-journal.ts";
import { LEDGER_START, readLedgerEvent, readLedgerOperations } from "../../storage/ledger-operations.ts";
import { withLock } from "../../storage/lock.ts";
import { isAlive } from "../../storage/process.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { dayPath } from "../../views/index/refresh-tasks.ts";
import { copyInto, DayCopy } from "./day-copy.ts";
import type { DayPlan } from "./plan-day-rewrite.ts";

/**
 * Puts a new file in the place of a day's journal, as planned. The long part of the work is done beside it; the
 * journal's lock is held only while what was appended meanwhile is taken over and the file is renamed, so that a
 * gateway goes on writing. Whenever it is killed, the old file stands there or the new one.
 *
 * The lock may be lost before the rename. What others append to the old file until then is found in it afterwards, and
 * written to the new one; what they append later they find misplaced themselves (`JournalMovedError`).
 *
 * @returns false when the day has changed in a way that makes the plan wrong: plan again
 */
export function rewriteDay(registry: Registry, plan: DayPlan): boolean {
  const { fs, root } = registry;
  const path = dayPath(root, plan.day);
  const temporary = `${path}.rewrite-${process.pid}-${uniqueSuffix()}`;
  try {
    quarantine(registry, path, plan);
    const copy = new DayCopy(fs, path, temporary);
    writeEdited(fs, path, copy, plan);
    return withLock({ fs, path: `${path}.lock` }, () => {
      const old = openFile(fs, path, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        const { size, ino } = fs.fstatSync(old);
        if (fileIdentity(ino) !== plan.file || size < plan.bytes) return false;
        const taken = takeTailOver(fs, { fd: old, path }, copy, plan);
        if (taken === undefined || getFileStats(fs, path).file !== plan.file) return false;
        fs.renameSync(temporary, path);
        flushFolder(fs, ledgerFolder(root));
        appendLate(fs, { fd: old, path }, taken, plan.pruned);
        return true;
      } finally {
        fs.closeSync(old);
      }
    });
  } catch (error) {
    throw storageError(error, path);
  } finally {
    removeQuietly(fs, temporary);
  }
}

/** A day's file that is open, whatever has its name by now. */
interface OpenDay {
  fd: number;
  path: string;
}

/** Takes over complete lines that were appended since the plan, until there are no more. Returns how far they go. */
function takeTailOver(fs: FileSystem, day: OpenDay, copy: DayCopy, plan: DayPlan): number | undefined {
  for (let taken = plan.bytes; ;) {
    const { size } = fs.fstatSync(day.fd);
    let isWrong = false;
    taken = readLinesOf(fs, day, taken, (line) => {
      const event = readLedgerEvent(day.path, line, () => undefined);
      isWrong ||= event !== undefined && plan.pruned.has(event.taskId);
      if (isWrong) return "stop";
      copy.take(line);
      return undefined;
    });
    if (isWrong) return undefined;
    copy.flush();
    if (fs.fstatSync(day.fd).size === size) return taken;
  }
}

const MOST_TRIES = 8;

/**
 * Appends to the new file what was appended to the old one before it lost its name, at the positions that are free
 * there. A task that was pruned and went on comes back with all its lines.
 */
function appendLate(fs: FileSystem, old: OpenDay, taken: number, pruned: ReadonlySet<string>): void {
  const late: TaskEvent[] = [];
  eachEvent(fs, old, taken, (event) => void late.push(event));
  if (late.length === 0) return;
  const back = new Set(late.map(({ taskId }) => taskId).filter((taskId) => pruned.has(taskId)));
  const earlier: TaskEvent[] = [];
  if (back.size > 0) {
    eachEvent(fs, old, 0, (event, end) => {
      if (end <= taken && back.has(event.taskId)) earlier.push(event);
    });
  }
  for (let tries = 1; ; tries += 1) {
    const { bytes: expectedSize, seq, last = "" } = readLedgerOperations(fs, old.path, LEDGER_START, () => undefined);
    const events = [...earlier, ...late].map((event, index) => ({ ...event, seq: seq + index + 1 }));
    const { lines } = sealLines(events, last);
    try {
      appendLines({ fs, path: old.path, expectedSize, lines: lines.join("") });
      return;
    } catch (error) {
      if (!(error instanceof ConcurrentAppendError) || tries === MOST_TRIES) throw error;
    }
  }
}

function eachEvent(fs: FileSystem, day: OpenDay, from: number, visit: (event: TaskEvent, end: number) => void): void {
  readLinesOf(fs, day, from, (line) => {
    const event = readLedgerEvent(day.path, line, () => undefined);
    if (event !== undefined) visit(event, line.end);
    return undefined;
  });
}

/** Lines that go or change because they are wrong are kept for whoever wants to look: nothing is thrown away. */
function quarantine({ fs, root }: Registry, path: string, plan: DayPlan): void {
  const ranges = plan.edits.filter((edit) => edit.quarantine).map(({ start, end }): [number, number] => [start, end]);
  if (ranges.length > 0) copyInto(fs, path, join(ledgerFolder(root), `${plan.day}.damaged`), ranges);
}

function writeEdited(fs: FileSystem, path: string, copy: DayCopy, plan: DayPlan): void {
  const edits = new Map(plan.edits.map((edit) => [edit.start, edit]));
  readLines(fs, path, 0, (line) => {
    if (line.end > plan.bytes) return "stop";
    copy.take(line, edits.get(line.start));
    return undefined;
  });
  copy.flush();
}

function removeQuietly(fs: FileSystem, path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    // It is left over, and the next maintenance takes it away.
  }
}

/** Takes away what killed maintenances left beside the ledger. */
export function removeLeftovers({ fs, root }: Registry): void {
  for (const name of listNames(fs, ledgerFolder(root))) {
    const pid = /\.jsonl\.rewrite-(\d+)(?:-\w+)?$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) removeQuietly(fs, join(ledgerFolder(root), name));
  }
}
