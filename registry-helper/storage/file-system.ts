import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  linkSync,
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
import { dirname } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import { MAX_FILE_BYTES } from "../model/limits.ts";

/** The calls that the registry makes on a disk. By name: the whole module as a value costs half a millisecond to wrap. */
export const realFileSystem = {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  linkSync,
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

/** Never waits for the other end of a pipe, nor for a device. */
const WITHOUT_WAITING = constants.O_NONBLOCK ?? 0;

/**
 * Opens a file of the registry, for every read of one: agents and other tools may have put anything in its place. A
 * pipe, a device, a socket or a folder is refused before a byte of it is read, so that it stops only its own record.
 *
 * @param flags as of `open`; links are followed unless they say otherwise
 * @throws ClawTaskError `registry_unreadable`, or what the disk says
 */
export function openFile(fs: FileSystem, path: string, flags: number = constants.O_RDONLY, mode = FILE_MODE): number {
  let fd: number;
  try {
    fd = fs.openSync(path, flags | WITHOUT_WAITING, mode);
  } catch (error) {
    // A socket, or a pipe that is opened for writing; a folder likewise.
    if (["ENXIO", "EISDIR", "EOPNOTSUPP", "ENODEV"].includes(getErrno(error) ?? "")) throw notAFile(path, error);
    throw error;
  }
  try {
    if (!fs.fstatSync(fd).isFile()) throw notAFile(path);
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function notAFile(path: string, cause?: unknown): ClawTaskError {
  return new ClawTaskError("registry_unreadable", {
    message: `${path} is no regular file: a folder, a pipe, a socket or a device stands where a file belongs`,
    remedy: { hint: "move it away and put the file there" },
    cause,
  });
}

/** Whether a folder stands there: what was asked to be read may be named wrongly. */
export function isFolder(fs: FileSystem, path: string): boolean {
  return ifExists(() => fs.statSync(path).isDirectory(), false);
}

/** How a file is read as a whole. */
export interface ReadOptions {
  /** A link in its place is refused unless told otherwise. */
  followLinks?: boolean;
  /** A larger file is refused before a byte of it is read. */
  maxBytes?: number;
}

/**
 * The content of a file of the registry, as `openFile` opens it.
 *
 * @throws ClawTaskError `too_large`, and what `openFile` throws
 */
export function readFile(fs: FileSystem, path: string, options: ReadOptions = {}): Buffer {
  return withFile(fs, path, options, (fd) => fs.readFileSync(fd));
}

/** The text of a file of the registry, as `readFile` reads it. */
export function readText(fs: FileSystem, path: string, options: ReadOptions = {}): string {
  return withFile(fs, path, options, (fd) => fs.readFileSync(fd, "utf8"));
}

function withFile<Result>(fs: FileSystem, path: string, options: ReadOptions, use: (fd: number) => Result): Result {
  const { followLinks = false, maxBytes = MAX_FILE_BYTES } = options;
  const fd = openFile(fs, path, constants.O_RDONLY | (followLinks ? 0 : constants.O_NOFOLLOW));
  try {
    const { size } = fs.fstatSync(fd);
    if (size > maxBytes) throw fileTooLarge(path, size, maxBytes);
    return use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function fileTooLarge(path: string, size: number, maxBytes: number): ClawTaskError {
  return new ClawTaskError("too_large", {
    message: `${path} has ${size} bytes; at most ${maxBytes} are read`,
    remedy: { hint: "make it smaller, or move it away" },
  });
}

/** Writes a file that may be there already, as `openFile` opens it; `flags` say whether it is replaced or goes on. */
export function writeFile(
  fs: FileSystem,
  path: string,
  content: string | Buffer,
  { flags, flush = false }: { flags: number; flush?: boolean },
): void {
  const fd = openFile(fs, path, constants.O_WRONLY | constants.O_CREAT | flags);
  try {
    fs.writeFileSync(fd, content, { flush });
  } finally {
    fs.closeSync(fd);
  }
}

/** The text of a file, or undefined when there is none. */
export function readTextIfExists(fs: FileSystem, path: string, options: ReadOptions = {}): string | undefined {
  return ifExists(() => readText(fs, path, options), undefined);
}

/** The names in a folder; none when it is not there. */
export function listNames(fs: FileSystem, folder: string): string[] {
  return ifExists(() => fs.readdirSync(folder), []);
}

/**
 * Replaces a projection: a reader sees the old file or the new one. Not flushed unless asked for, since a projection
 * can always be rebuilt from its journal. What stands under the temporary name was left by a killed writer, or put
 * there by somebody who wants it to be written to: it is removed, never opened.
 */
export function replaceFile(fs: FileSystem, path: string, text: string): void {
  const temporary = `${path}.next`;
  writeNewFile(fs, temporary, text);
  try {
    fs.renameSync(temporary, path);
  } catch (error) {
    // Another writer that took the lock over has put its own there.
    if (getErrno(error) !== "ENOENT" || !fs.existsSync(path)) throw error;
  }
}

/** Writes a file that must not be there; something else under its name is removed first. A link is not followed. */
export function writeNewFile(fs: FileSystem, path: string, content: string | Buffer, { flush = false } = {}): void {
  const options = { mode: FILE_MODE, flag: "wx", flush };
  try {
    fs.writeFileSync(path, content, options);
  } catch (error) {
    if (getErrno(error) !== "EEXIST") throw error;
    fs.rmSync(path, { recursive: true, force: true });
    fs.writeFileSync(path, content, options);
  }
}

/**
 * Makes a folder of the registry's own below its root, with those above it, and flushes the names of what it made. One
 * that is there already must be a folder: what is made in it is not to land elsewhere.
 *
 * @throws ClawTaskError `invalid_path` for a link
 */
export function makeFolder(fs: FileSystem, root: string, folder: string): void {
  if (folder === root) {
    if (!fs.existsSync(root)) fs.mkdirSync(root, { recursive: true, mode: FOLDER_MODE });
    return;
  }
  const parent = dirname(folder);
  makeFolder(fs, root, parent);
  if (isRealFolder(fs, folder)) return;
  try {
    fs.mkdirSync(folder, FOLDER_MODE);
  } catch (error) {
    if (getErrno(error) !== "EEXIST" || !isRealFolder(fs, folder)) throw error;
  }
  flushFolder(fs, parent);
}

/** @throws ClawTaskError `invalid_path` for a link */
function isRealFolder(fs: FileSystem, folder: string): boolean {
  const stat = ifExists(() => fs.lstatSync(folder), undefined);
  if (stat?.isSymbolicLink() === true) throw linkedFolder(folder);
  return stat !== undefined;
}

/** A registry does not follow links out of its root. */
export function linkedFolder(folder: string): ClawTaskError {
  return new ClawTaskError("invalid_path", {
    message: `${folder} is a symbolic link; a registry does not follow links out of its root`,
    remedy: { hint: "move the real folder there" },
  });
}

const WITHOUT_FOLDER_FLUSH = ["EINVAL", "ENOTSUP", "EOPNOTSUPP"];

/** Flushes a folder, so that a rename or creation inside it survives a power cut. */
export function flushFolder(fs: FileSystem, path: string): void {
  const fd = fs.openSync(path, "r");
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    // CIFS and some FUSE and 9p file systems have no flush of folders; they write the name with the file.
    if (!WITHOUT_FOLDER_FLUSH.includes(getErrno(error) ?? "")) throw error;
  } finally {
    fs.closeSync(fd);
  }
}
