import { constants } from "node:fs";
import { sha256 } from "../model/hash.ts";
import { type FileSystem, getErrno, ifExists, readFile, replaceFile, writeFile } from "./file-system.ts";

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

/** What the file held at one moment: look-ups that belong together must not be answered by two states of it. */
export interface KeyIndex {
  /** How many keys it holds; -1 when it is not a list of keys from end to end. */
  count: number;
  /** The byte offset in the journal at which the operation with this key begins. */
  find(key: string): number | undefined;
}

const WELL_FORMED = new RegExp(`^(?:[\\w-]{${HASH_LENGTH}} \\d{${OFFSET_LENGTH}}\\n)*$`);

export function readKeys(fs: FileSystem, path: string): KeyIndex {
  const content = readIfExists(fs, path) ?? Buffer.alloc(0);
  return {
    count: WELL_FORMED.test(content.toString("latin1")) ? content.length / LINE_LENGTH : -1,
    find: (key) => findIn(content, key),
  };
}

function findIn(content: Buffer, key: string): number | undefined {
  const wanted = Buffer.from(`${hashKey(key)} `);
  for (let at = content.indexOf(wanted); at !== -1; at = content.indexOf(wanted, at + 1)) {
    if (at % LINE_LENGTH === 0) return Number(content.toString("latin1", at + HASH_LENGTH + 1, at + LINE_LENGTH - 1));
  }
  return undefined;
}

/** Adds a key, once. A line that a killed writer left incomplete is replaced. */
export function addKey(fs: FileSystem, path: string, key: string, offset: number): void {
  const content = readIfExists(fs, path) ?? Buffer.alloc(0);
  if (findIn(content, key) !== undefined) return;
  const complete = content.length - (content.length % LINE_LENGTH);
  if (complete === content.length) {
    writeFile(fs, path, keyLine(key, offset), { flags: constants.O_APPEND | constants.O_NOFOLLOW });
  } else replaceFile(fs, path, content.toString("latin1", 0, complete) + keyLine(key, offset));
}

/** Replaces the file by the keys of the whole journal. */
export function writeKeys(fs: FileSystem, path: string, keys: readonly { key: string; offset: number }[]): void {
  const first = new Map<string, number>();
  for (const { key, offset } of keys) if (!first.has(key)) first.set(key, offset);
  replaceFile(fs, path, [...first].map(([key, offset]) => keyLine(key, offset)).join(""));
}

/** A link in its place is no index: it is replaced, and what it leads to is not read. */
function readIfExists(fs: FileSystem, path: string): Buffer | undefined {
  try {
    return ifExists(() => readFile(fs, path), undefined);
  } catch (error) {
    if (getErrno(error) !== "ELOOP") throw error;
    return Buffer.from("link");
  }
}
