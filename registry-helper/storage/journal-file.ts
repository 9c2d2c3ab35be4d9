import { constants } from "node:fs";
import { ClawTaskError } from "../model/errors.ts";
import { MAX_LINE_BYTES } from "../model/limits.ts";
import { type FileSystem, ifExists, openFile } from "./file-system.ts";
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
 * the end of the file, what follows is a torn tail.
 */
export function readLines(
  fs: FileSystem,
  path: string,
  from: number,
  visit: (line: JournalLine) => "stop" | undefined,
): number {
  const fd = ifExists(() => openFile(fs, path, constants.O_RDONLY | constants.O_NOFOLLOW), undefined);
  if (fd === undefined) return from;
  try {
    const chunk = Buffer.allocUnsafe(READ_CHUNK_BYTES);
    let rest: Buffer[] = [];
    let restBytes = 0;
    let start = from;
    let position = from;
    let number = 0;
    for (;;) {
      const bytes = fs.readSync(fd, chunk, 0, chunk.length, position);
      if (bytes === 0) return start;
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
  } finally {
    fs.closeSync(fd);
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
 * The journal must still be as long as when the operation was decided. A writer that lost its lock without
 * knowing is caught by looking where the lines came to lie: readers take the first line with a given
 * position, so lines that landed behind somebody else's are void and the operation is decided again.
 *
 * @returns the new length in bytes
 * @throws ConcurrentAppendError when another writer was first
 */
export function appendLines(options: { fs: FileSystem; path: string; expectedSize: number; lines: string }): number {
  const { fs, path, expectedSize } = options;
  const bytes = Buffer.from(options.lines, "utf8");
  const fd = openFile(fs, path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW);
  try {
    if (fs.fstatSync(fd).size !== expectedSize) throw new ConcurrentAppendError();
    writeWhole(fs, fd, bytes, expectedSize);
    const newSize = expectedSize + bytes.length;
    if (fs.fstatSync(fd).size !== newSize) requireOurs(fs, fd, bytes, expectedSize);
    return newSize;
  } finally {
    fs.closeSync(fd);
  }
}

/** What the disk did not take whole and flush is taken back: an operation is in the journal or it is not. */
function writeWhole(fs: FileSystem, fd: number, bytes: Buffer, expectedSize: number): void {
  try {
    const written = fs.writeSync(fd, bytes);
    if (written < bytes.length)
      throw Object.assign(new Error("the disk took only a part of the write"), { code: "ENOSPC" });
    fs.fdatasyncSync(fd);
  } catch (error) {
    fs.ftruncateSync(fd, expectedSize);
    throw error;
  }
}

function requireOurs(fs: FileSystem, fd: number, bytes: Buffer, at: number): void {
  const found = Buffer.alloc(bytes.length);
  fs.readSync(fd, found, 0, bytes.length, at);
  if (!found.equals(bytes)) throw new ConcurrentAppendError();
}

/** Cuts a torn tail off: bytes behind the last newline were never acknowledged. */
export function cutTail(fs: FileSystem, path: string, size: number): void {
  const fd = openFile(fs, path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    fs.ftruncateSync(fd, size);
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
