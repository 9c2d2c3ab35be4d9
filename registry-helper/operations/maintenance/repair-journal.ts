import { constants } from "node:fs";
import { join } from "node:path";
import { isClawTaskError } from "../../model/errors.ts";
import { parseJson, isJsonObject } from "../../model/json.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, openFile, writeFile } from "../../storage/file-system.ts";
import { readLines } from "../../storage/journal-file.ts";

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
    if (!isEvent(line.text)) damaged.push({ start: line.start, bytes: line.end - line.start - 1 });
  });
  return damaged;
}

function isEvent(text: string): boolean {
  try {
    const value = parseJson(text);
    return isJsonObject(value) && typeof value["event"] === "string";
  } catch {
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
    const text = bytes.subarray(0, line.bytes);
    if (bytes.indexOf("\n") !== line.bytes || text.toString().trim() === "" || isEvent(text.toString())) return;
    const kept = join(paths.folder, "events.damaged");
    writeFile(fs, kept, bytes, { flags: constants.O_APPEND | constants.O_NOFOLLOW });
    // A positioned write: everything behind the line keeps its place.
    fs.writeSync(fd, Buffer.alloc(line.bytes, " "), 0, line.bytes, line.start);
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
