import { constants } from "node:fs";
import { dirname } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import { MAX_LINE_BYTES } from "../model/limits.ts";
import { type FileSystem, flushFolder, ifExists, openFile } from "./file-system.ts";
import { findLineDamage, isLineWithoutEnd } from "./journal-chain.ts";
import { repairRemedy } from "./storage-errors.ts";

const NEWLINE = 0x0a;
const READ_CHUNK_BYTES = 256 * 1024;

/** Another writer appended first: what was decided is decided on an old state. */
export class ConcurrentAppendError extends Error {
  constructor() {
    super("the journal grew while an operation was being decided");
    this.name = "JournalMoved";
  }
}

/** The file that was written to is not the journal any more: it was moved away, or another one was put in its place. */
export class JournalMovedError extends ConcurrentAppendError {
  constructor() {
    super();
    this.name = "JournalReplaced";
  }
}

/** One complete line of a journal file. */
export interface JournalLine {
  /** Line number in the file, from 1, counted from where reading began. */
  number: number;
  /** Byte offset of its first character. */
  start: number;
  /** Byte offset behind its newline. */
  end: number;
  text: string;
}

export function getFileSize(fs: FileSystem, path: string): number {
  return ifExists(() => fs.statSync(path).size, 0);
}

/** A prime just below the largest integer that a number holds exactly. */
const MAX_IDENTITY = 9_007_199_254_740_881;

/**
 * An inode number as the index can keep it. Some disks (NTFS under WSL, merged and clustered ones) number their files
 * beyond what a number holds exactly, and SQLite does not give such a number back.
 */
export function fileIdentity(ino: number): number {
  return ino % MAX_IDENTITY;
}

/** Length, identity and last change of a file; zeros when it is not there. */
export function getFileStats(fs: FileSystem, path: string): { size: number; file: number; modifiedMs: number } {
  const stat = ifExists(() => fs.statSync(path), undefined);
  if (stat === undefined) return { size: 0, file: 0, modifiedMs: 0 };
  return { size: stat.size, file: fileIdentity(stat.ino), modifiedMs: stat.mtimeMs };
}

/**
 * Calls `visit` for each complete line from a byte offset on, in chunks, so that a long journal is never
 * in memory as a whole, until it answers `stop`. Returns the offset behind the last newline that was read; at
 * the end of the file, what follows is a torn tail, which `seeTail` is shown.
 */
export function readLines(
  fs: FileSystem,
  path: string,
  from: number,
  visit: (line: JournalLine) => "stop" | undefined,
  seeTail?: (tail: Buffer) => void,
): number {
  const fd = ifExists(() => openFile(fs, path, constants.O_RDONLY | constants.O_NOFOLLOW), undefined);
  if (fd === undefined) return from;
  try {
    return readLinesOf(fs, { fd, path }, from, visit, seeTail);
  } finally {
    fs.closeSync(fd);
  }
}

/** As `readLines`, of a file that is open: it may have lost its name since. */
export function readLinesOf(
  fs: FileSystem,
  { fd, path }: { fd: number; path: string },
  from: number,
  visit: (line: JournalLine) => "stop" | undefined,
  seeTail?: (tail: Buffer) => void,
): number {
  const chunk = Buffer.allocUnsafe(READ_CHUNK_BYTES);
  let rest: Buffer[] = [];
  let restBytes = 0;
  let start = from;
  let position = from;
  let number = 0;
  let atEnd = false;
  for (;;) {
    const bytes = fs.readSync(fd, chunk, 0, chunk.length, position);
    if (bytes === 0) {
      if (restBytes > 0) seeTail?.(Buffer.concat(rest));
      return start;
    }
    // A torn tail that was read may have been voided since: what goes on behind it does not go on with it.
    if (atEnd && restBytes > 0) {
      [rest, restBytes, position, atEnd] = [[], 0, start, false];
      continue;
    }
    atEnd = bytes < chunk.length;
    let begin = 0;
    for (
      let newline = chunk.indexOf(NEWLINE);
      newline !== -1 && newline < bytes;
      newline = chunk.indexOf(NEWLINE, begin)
    ) {
      const piece = chunk.subarray(begin, newline);
      const text = rest.length === 0 ? piece.toString("utf8") : Buffer.concat([...rest, piece]).toString("utf8");
      const end = position + newline + 1;
      number += 1;
      if (visit({ number, start, end, text }) === "stop") return end;
      rest = [];
      restBytes = 0;
      start = end;
      begin = newline + 1;
    }
    if (begin < bytes) {
      rest.push(Buffer.from(chunk.subarray(begin, bytes)));
      restBytes += bytes - begin;
      if (restBytes > MAX_LINE_BYTES) throw lineTooLong(path, start);
    }
    position += bytes;
  }
}

function lineTooLong(path: string, start: number): ClawTaskError {
  return new ClawTaskError("journal_corrupt", {
    message: `${path}: the line at byte ${start} is longer than ${MAX_LINE_BYTES} bytes`,
    remedy: repairRemedy(path),
  });
}

/**
 * Appends an operation's lines in one write and flushes them: when this returns, they are acknowledged.
 *
 * The journal must still be as long as when the operation was decided, and still be the file of that name. A writer
 * that lost its lock without knowing is caught by looking where the lines came to lie: readers take the first line with
 * a given position, so lines that landed behind somebody else's are void and the operation is decided again.
 *
 * What is at the journal's end was acknowledged: when it is not as it was written, nothing is written behind it.
 *
 * @returns the new length in bytes
 * @throws ConcurrentAppendError when another writer was first, JournalMovedError when the file was moved away or replaced,
 * ClawTaskError `journal_corrupt`
 */
export function appendLines(options: { fs: FileSystem; path: string; expectedSize: number; lines: string }): number {
  const { fs, path, expectedSize } = options;
  const bytes = Buffer.from(options.lines, "utf8");
  const fd = openForAppend(fs, path, expectedSize === 0);
  try {
    if (fs.fstatSync(fd).size !== expectedSize) throw new ConcurrentAppendError();
    requireSoundEnd(fs, { fd, path, size: expectedSize });
    writeWhole(fs, fd, { path, bytes, at: expectedSize });
    const newSize = expectedSize + bytes.length;
    const { size, ino } = fs.fstatSync(fd);
    if (size !== newSize) requireOurs(fs, fd, bytes, expectedSize);
    if (ifExists(() => fs.statSync(path).ino, undefined) !== ino) throw new JournalMovedError();
    return newSize;
  } finally {
    fs.closeSync(fd);
  }
}

/** A journal that had lines and is not there was moved away; only a new one is made, and its name is flushed first. */
function openForAppend(fs: FileSystem, path: string, isNew: boolean): number {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW;
  const found = ifExists(() => openFile(fs, path, flags), undefined);
  if (found !== undefined) return found;
  if (!isNew) throw new JournalMovedError();
  const fd = openFile(fs, path, flags | constants.O_CREAT);
  try {
    flushFolder(fs, dirname(path));
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** What the disk did not take whole and flush is blanked: an operation is in the journal or it is not. */
function writeWhole(fs: FileSystem, fd: number, write: { path: string; bytes: Buffer; at: number }): void {
  const { bytes } = write;
  try {
    const written = fs.writeSync(fd, bytes);
    if (written < bytes.length)
      throw Object.assign(new Error("the disk took only a part of the write"), { code: "ENOSPC" });
    fs.fdatasyncSync(fd);
  } catch (error) {
    takeBack(fs, write);
    throw error;
  }
}

/**
 * Blanks what a failed write left. Only our own bytes, and only while nothing is behind them: another writer that took
 * the lock over may have gone on from there, and what was said to it must stand. Then ours stands, too.
 */
function takeBack(fs: FileSystem, { path, bytes, at }: { path: string; bytes: Buffer; at: number }): void {
  const fd = openFile(fs, path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const found = readUpTo(fs, fd, bytes.length, at);
    const isOurs = found.length > 0 && found.equals(bytes.subarray(0, found.length));
    if (!isOurs || fs.fstatSync(fd).size !== at + found.length) return;
    // Somebody who goes on behind whole lines counts their positions: spaces say that positions are missing.
    const filler = found.length === bytes.length ? REPAIRED : VOID;
    writeBlank(fs, fd, { from: at, to: at + found.length, filler });
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Enough for most last lines of a journal. */
const END_BYTES = 4 * 1024;

/**
 * Looks at the last line of a journal, as far as it goes.
 *
 * @throws ClawTaskError `journal_corrupt` when it has no end, or is not as it was written
 */
export function requireSoundEnd(fs: FileSystem, { fd, path, size }: { fd: number; path: string; size: number }): void {
  for (let length = Math.min(size, END_BYTES); length > 0; length = Math.min(size, length * 8)) {
    const end = readUpTo(fs, fd, length, size - length);
    if (end.at(-1) !== NEWLINE) throw damagedEnd(path, size, "has no end");
    const start = end.lastIndexOf(NEWLINE, -2) + 1;
    if (start === 0 && length < size) continue;
    const problem = findLineDamage(end.toString("utf8", start, end.length - 1));
    if (problem !== undefined) throw damagedEnd(path, size - length + start, problem);
    return;
  }
}

function damagedEnd(path: string, at: number, problem: string): ClawTaskError {
  return new ClawTaskError("journal_corrupt", {
    message: `${path}: the last line, ${problem.startsWith("has") ? "which ends at" : "at"} byte ${at}, ${problem}`,
    remedy: repairRemedy(path),
  });
}

function requireOurs(fs: FileSystem, fd: number, bytes: Buffer, at: number): void {
  if (!readUpTo(fs, fd, bytes.length, at).equals(bytes)) throw new ConcurrentAppendError();
}

function readUpTo(fs: FileSystem, fd: number, length: number, at: number): Buffer {
  const found = Buffer.alloc(length);
  return found.subarray(0, fs.readSync(fd, found, 0, length, at));
}

/** What fills a line that was never acknowledged: positions go on behind it. */
const VOID = "\t";
/** What fills a line that was lost: its positions are missing. */
const REPAIRED = " ";

/** Whether a blank line stands for an unfinished write, and not for a line that was lost. */
export function isVoidLine(text: string): boolean {
  return /^\t*$/.test(text);
}

/**
 * Makes one blank line of a torn tail: bytes behind the last whole operation were never acknowledged. Never by cutting:
 * whoever does this on a lock that it has lost writes the same bytes once more, over nothing that anybody was told of.
 *
 * @param tail.to how long the journal was when it was looked at; not a byte behind that is touched
 */
export function voidTail(fs: FileSystem, path: string, tail: { from: number; to: number }): void {
  const fd = openFile(fs, path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    writeBlank(fs, fd, { ...tail, filler: VOID });
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Ends a journal's last line again when it is whole and the newline behind it was changed: it was acknowledged. A day of
 * the ledger holds many tasks, so that it goes on by itself.
 *
 * @returns whether there was something to do
 */
export function endLastLine(fs: FileSystem, path: string, tail: { from: number; to: number }): boolean {
  const fd = openFile(fs, path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const { from, to } = tail;
    const found = readUpTo(fs, fd, Math.min(to - from, MAX_LINE_BYTES), Math.max(from, to - MAX_LINE_BYTES));
    if (!isLineWithoutEnd(found.subarray(found.lastIndexOf(NEWLINE) + 1))) return false;
    fs.writeSync(fd, Buffer.from("\n"), 0, 1, to - 1);
    fs.fdatasyncSync(fd);
    return true;
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Whenever this is killed, what stands there is a torn tail still: its newlines go first, from the last on, so that no
 * line in it is half blank and whole, and the newline at its end comes last.
 */
function writeBlank(fs: FileSystem, fd: number, range: { from: number; to: number; filler: string }): void {
  const { from, filler } = range;
  const last = range.to - 1;
  const put = (bytes: Buffer, at: number): number => fs.writeSync(fd, bytes, 0, bytes.length, at);
  for (const newline of findNewlines(fs, fd, range).reverse()) put(Buffer.from(filler), newline);
  for (let at = from; at < last; at += READ_CHUNK_BYTES)
    put(Buffer.alloc(Math.min(READ_CHUNK_BYTES, last - at), filler), at);
  put(Buffer.from("\n"), last);
}

function findNewlines(fs: FileSystem, fd: number, { from, to }: { from: number; to: number }): number[] {
  const found: number[] = [];
  for (let at = from; at < to; at += READ_CHUNK_BYTES) {
    const chunk = readUpTo(fs, fd, Math.min(READ_CHUNK_BYTES, to - at), at);
    for (let place = chunk.indexOf(NEWLINE); place !== -1; place = chunk.indexOf(NEWLINE, place + 1))
      found.push(at + place);
  }
  return found;
}
