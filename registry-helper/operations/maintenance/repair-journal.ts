import { constants } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isClawTaskError } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, openFile, writeFile } from "../../storage/file-system.ts";
import { readFlowEvent } from "../../storage/flow-fold.ts";
import { readLines } from "../../storage/journal-file.ts";
import { readRunEvent } from "../../storage/run-fold.ts";

/** Where the last whole operation ends; in a journal that cannot be folded (yet), where the last line does. */
export function findIntactEnd(fs: FileSystem, path: string, sizeOfFold: () => number): number {
  try {
    return sizeOfFold();
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return readLines(fs, path, 0, () => undefined);
  }
}

export interface DamagedLine {
  start: number;
  bytes: number;
}

/** Lines of a journal that are no events. */
export function damagedLines(registry: Registry, paths: { events: string }): DamagedLine[] {
  const damaged: DamagedLine[] = [];
  readLines(registry.fs, paths.events, 0, (line) => {
    if (line.text.trim() === "") return;
    if (!isEvent(paths.events, line)) damaged.push({ start: line.start, bytes: line.end - line.start - 1 });
  });
  return damaged;
}

/** Whether a line can be read, by the one who reads the journal: what that one stops at is what is blanked. */
function isEvent(path: string, line: { start: number; text: string }): boolean {
  const read = basename(dirname(dirname(path))) === "flows" ? readFlowEvent : readRunEvent;
  try {
    read(path, line);
    return true;
  } catch (error) {
    // A newer version's line is for that version.
    if (!isClawTaskError(error) || error.code !== "journal_corrupt") throw error;
    return false;
  }
}

/**
 * Keeps a line beside the journal and blanks it in place. Looked at once more first: it may have been the torn tail that
 * another writer has voided since, and gone on behind.
 */
export function blankLine(registry: Registry, paths: { events: string; folder: string }, line: DamagedLine): void {
  const { fs } = registry;
  const fd = openFile(fs, paths.events, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const bytes = Buffer.alloc(line.bytes + 1);
    fs.readSync(fd, bytes, 0, bytes.length, line.start);
    const text = bytes.toString("utf8", 0, line.bytes);
    const isWhole = bytes.indexOf("\n") === line.bytes;
    if (!isWhole || text.trim() === "" || isEvent(paths.events, { start: line.start, text })) return;
    const kept = join(paths.folder, "events.damaged");
    writeFile(fs, kept, bytes, { flags: constants.O_APPEND | constants.O_NOFOLLOW });
    // A positioned write: everything behind the line keeps its place.
    fs.writeSync(fd, Buffer.alloc(line.bytes, " "), 0, line.bytes, line.start);
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
