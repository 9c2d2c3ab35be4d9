import { constants } from "node:fs";
import { join } from "node:path";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, flushFolder, listNames, openFile } from "../../storage/file-system.ts";
import { getFileStats, readLines } from "../../storage/journal-file.ts";
import { ledgerFolder, readLedgerEvent } from "../../storage/ledger-journal.ts";
import { withLock } from "../../storage/lock.ts";
import { isAlive } from "../../storage/process.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { dayPath } from "../../views/index/refresh-tasks.ts";
import type { DayPlan } from "./plan-day-rewrite.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Puts a new file in the place of a day's journal, as planned. The long part of the work is done beside it; the
 * journal's lock is held only while what was appended meanwhile is taken over and the file is renamed, so that a
 * gateway goes on writing. Whenever it is killed, the old file stands there or the new one.
 *
 * @returns false when the day has changed in a way that makes the plan wrong: plan again
 */
export function rewriteDay(registry: Registry, plan: DayPlan): boolean {
  const { fs, root } = registry;
  const path = dayPath(root, plan.day);
  const temporary = `${path}.rewrite-${process.pid}`;
  try {
    quarantine(registry, path, plan);
    fs.rmSync(temporary, { force: true });
    writeEdited(fs, path, temporary, plan);
    return withLock({ fs, path: `${path}.lock` }, () => {
      const { size, file } = getFileStats(fs, path);
      if (file !== plan.file || size < plan.bytes) return false;
      const tail = readTail(registry, path, plan);
      if (tail === undefined) return false;
      if (tail > plan.bytes) copyInto(fs, path, temporary, [[plan.bytes, tail]]);
      fs.renameSync(temporary, path);
      flushFolder(fs, ledgerFolder(root));
      return true;
    });
  } catch (error) {
    throw storageError(error, path);
  } finally {
    removeQuietly(fs, temporary);
  }
}

/** How far complete lines were appended since the plan; undefined when one is about a task that is to go. */
function readTail({ fs }: Registry, path: string, plan: DayPlan): number | undefined {
  let isWrong = false;
  const end = readLines(fs, path, plan.bytes, (line) => {
    const event = readLedgerEvent(path, line, () => undefined);
    isWrong ||= event !== undefined && plan.pruned.has(event.taskId);
    return undefined;
  });
  return isWrong ? undefined : end;
}

/** Lines that go or change because they are wrong are kept for whoever wants to look: nothing is thrown away. */
function quarantine({ fs, root }: Registry, path: string, plan: DayPlan): void {
  const ranges = plan.edits.filter((edit) => edit.quarantine).map(({ start, end }): [number, number] => [start, end]);
  if (ranges.length > 0) copyInto(fs, path, join(ledgerFolder(root), `${plan.day}.damaged`), ranges);
}

function writeEdited(fs: FileSystem, path: string, temporary: string, plan: DayPlan): void {
  const pieces: ([number, number] | string)[] = [];
  let at = 0;
  for (const { start, end, text } of plan.edits) {
    if (start > at) pieces.push([at, start]);
    if (text !== undefined) pieces.push(text);
    at = end;
  }
  if (plan.bytes > at) pieces.push([at, plan.bytes]);
  copyInto(fs, path, temporary, pieces);
}

/** Appends ranges of one file, and texts, to another, and flushes it. */
function copyInto(fs: FileSystem, from: string, to: string, pieces: readonly ([number, number] | string)[]): void {
  const source = openFile(fs, from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const target = openFile(fs, to, flags);
    try {
      for (const piece of pieces) {
        if (typeof piece === "string") writeAll(fs, target, Buffer.from(piece));
        else copyRange(fs, source, target, piece);
      }
      fs.fsyncSync(target);
    } finally {
      fs.closeSync(target);
    }
  } finally {
    fs.closeSync(source);
  }
}

function copyRange(fs: FileSystem, source: number, target: number, [start, end]: [number, number]): void {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - start));
  for (let at = start; at < end;) {
    const bytes = fs.readSync(source, chunk, 0, Math.min(chunk.length, end - at), at);
    if (bytes === 0) throw Object.assign(new Error("the file became shorter while it was copied"), { code: "EIO" });
    writeAll(fs, target, chunk.subarray(0, bytes));
    at += bytes;
  }
}

function writeAll(fs: FileSystem, target: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(target, bytes, at);
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
    const pid = /\.jsonl\.rewrite-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) removeQuietly(fs, join(ledgerFolder(root), name));
  }
}
