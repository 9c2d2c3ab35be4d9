import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";

/** The calls that the registry makes on a disk. By name: the whole module as a value costs half a millisecond to wrap. */
export const realFileSystem = {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
};

/** A disk. Injected, so that tests can make any one of its calls fail. */
export type FileSystem = typeof realFileSystem;

/** The registry may hold prompts and results: nobody but its owner reads it. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

export function getErrno(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What a look at the disk gives; something else where there is no such file or folder. */
export function ifExists<Found, Otherwise>(look: () => Found, otherwise: Otherwise): Found | Otherwise {
  try {
    return look();
  } catch (error) {
    if (getErrno(error) === "ENOENT") return otherwise;
    throw error;
  }
}

/** The text of a file, or undefined when there is none. */
export function readTextIfExists(fs: FileSystem, path: string): string | undefined {
  return ifExists(() => fs.readFileSync(path, "utf8"), undefined);
}

/** The names in a folder; none when it is not there. */
export function listNames(fs: FileSystem, folder: string): string[] {
  return ifExists(() => fs.readdirSync(folder), []);
}

/**
 * Replaces a projection: a reader sees the old file or the new one. Not flushed unless asked for, since a projection
 * can always be rebuilt from its journal. The caller holds the journal's lock, so one temporary name will do.
 */
export function replaceFile(fs: FileSystem, path: string, text: string, { flush = false } = {}): void {
  const temporary = `${path}.next`;
  fs.writeFileSync(temporary, text, { mode: FILE_MODE, flush });
  fs.renameSync(temporary, path);
}

/** Flushes a folder, so that a rename or creation inside it survives a power cut. */
export function flushFolder(fs: FileSystem, path: string): void {
  const fd = fs.openSync(path, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
