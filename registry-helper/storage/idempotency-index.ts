import { constants } from "node:fs";
import { sha256 } from "../model/hash.ts";
import { type FileSystem, ifExists, readFile, replaceFile, writeFile } from "./file-system.ts";

/**
 * `keys.idx`: where in the journal the operation with a given idempotency key begins. One line of fixed
 * width per key, so that a look-up is one read and one search of bytes however old the run is, and so that
 * keys are remembered for good. A projection like the others.
 */
const HASH_LENGTH = 22;
const OFFSET_LENGTH = 12;
const LINE_LENGTH = HASH_LENGTH + 1 + OFFSET_LENGTH + 1;

function hashKey(key: string): string {
  return sha256(key).slice(0, HASH_LENGTH);
}

export function keyLine(key: string, offset: number): string {
  return `${hashKey(key)} ${String(offset).padStart(OFFSET_LENGTH, "0")}\n`;
}

/** The byte offset in the journal at which the operation with this key begins. */
export function findKey(fs: FileSystem, path: string, key: string): number | undefined {
  const content = readIfExists(fs, path);
  if (content === undefined) return undefined;
  const wanted = Buffer.from(`${hashKey(key)} `);
  for (let at = content.indexOf(wanted); at !== -1; at = content.indexOf(wanted, at + 1)) {
    if (at % LINE_LENGTH === 0) return Number(content.toString("latin1", at + HASH_LENGTH + 1, at + LINE_LENGTH - 1));
  }
  return undefined;
}

/** Adds a key, once. A line that a killed writer left incomplete is replaced. */
export function addKey(fs: FileSystem, path: string, key: string, offset: number): void {
  if (findKey(fs, path, key) !== undefined) return;
  const content = readIfExists(fs, path) ?? Buffer.alloc(0);
  const complete = content.length - (content.length % LINE_LENGTH);
  if (complete === content.length) writeFile(fs, path, keyLine(key, offset), { flags: constants.O_APPEND });
  else replaceFile(fs, path, content.toString("latin1", 0, complete) + keyLine(key, offset));
}

const WELL_FORMED = new RegExp(`^(?:[\\w-]{${HASH_LENGTH}} \\d{${OFFSET_LENGTH}}\\n)*$`);

/** How many keys the file holds; -1 when it is not a list of keys from end to end. */
export function countKeys(fs: FileSystem, path: string): number {
  const content = readIfExists(fs, path);
  if (content === undefined) return 0;
  return WELL_FORMED.test(content.toString("latin1")) ? content.length / LINE_LENGTH : -1;
}

function readIfExists(fs: FileSystem, path: string): Buffer | undefined {
  return ifExists(() => readFile(fs, path), undefined);
}
