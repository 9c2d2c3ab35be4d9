import { dirname } from "node:path";
import { uniqueSuffix } from "../model/ids.ts";
import { type FileSystem, flushFolder, getErrno, ifExists, openFile, writeNewFile } from "./file-system.ts";
import { ConcurrentAppendError } from "./journal-file.ts";
import { findInside } from "./run-paths.ts";

const WITHOUT_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/** A name beside a file that nobody else uses. Whoever lists the folder passes over it. */
export function temporaryPath(path: string): string {
  return `${path}.${uniqueSuffix()}.next`;
}

/**
 * Gives a finished file its name, unless something has that name: then that stays, however the two met. The temporary
 * name is gone afterwards, and the folder is flushed.
 *
 * @returns false when something has the name
 */
export function publishFile(fs: FileSystem, temporary: string, path: string): boolean {
  try {
    fs.linkSync(temporary, path);
  } catch (error) {
    const errno = getErrno(error) ?? "";
    const isTaken = errno === "EEXIST" || ifExists(() => fs.lstatSync(path), undefined) !== undefined;
    if (isTaken || !WITHOUT_LINKS.includes(errno)) {
      fs.rmSync(temporary, { force: true });
      if (isTaken) return false;
      throw error;
    }
    // A disk that has no second names for a file.
    fs.renameSync(temporary, path);
  }
  fs.rmSync(temporary, { force: true });
  flushFolder(fs, dirname(path));
  return true;
}

/**
 * Makes a file that appears whole and flushed, or not at all.
 *
 * @returns false when something has the name
 */
export function placeNewFile(fs: FileSystem, path: string, content: string | Buffer): boolean {
  return publishFile(fs, writeTemporary(fs, path, content), path);
}

function writeTemporary(fs: FileSystem, path: string, content: string | Buffer): string {
  const temporary = temporaryPath(path);
  try {
    writeNewFile(fs, temporary, content, { flush: true });
    return temporary;
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** A file that was put in its place before the journal speaks of it. */
export interface PlacedFile {
  /** The journal speaks of it. */
  keep(): void;
  /** Another writer was first: what stood there before comes back, unless the other has put something there. */
  takeBack(): void;
}

/**
 * Puts a file in its place, flushed. Not by writing over what is there: a writer that has lost its lock would take away
 * what another was told is recorded. What stood there is moved aside, and the new one takes the name only if it is free.
 *
 * @throws ConcurrentAppendError when another writer took the name
 */
export function placeFile(fs: FileSystem, path: string, content: string): PlacedFile {
  const aside = temporaryPath(path);
  const hadOne = ifExists(() => (fs.renameSync(path, aside), true), false);
  const takeBackAside = (): void => {
    if (hadOne) publishFile(fs, aside, path);
  };
  let ino: number;
  try {
    const temporary = writeTemporary(fs, path, content);
    ino = fs.lstatSync(temporary).ino;
    if (!publishFile(fs, temporary, path)) throw new ConcurrentAppendError();
  } catch (error) {
    takeBackAside();
    throw error;
  }
  return {
    keep: () => hadOne && fs.rmSync(aside, { force: true }),
    takeBack: () => {
      const ours = temporaryPath(path);
      if (!ifExists(() => (fs.renameSync(path, ours), true), false)) return takeBackAside();
      if (fs.lstatSync(ours).ino === ino) {
        fs.rmSync(ours, { force: true });
        takeBackAside();
      } else if (publishFile(fs, ours, path) && hadOne) fs.rmSync(aside, { force: true });
    },
  };
}

/**
 * Flushes a file of a run that somebody else wrote, with its name: before the journal says what is in it. One that is
 * gone since it was looked at is left to be noticed.
 */
export function flushInside(fs: FileSystem, runFolder: string, path: string): void {
  const file = findInside(fs, runFolder, path);
  if (file === undefined) return;
  const fd = ifExists(() => openFile(fs, file), undefined);
  if (fd === undefined) return;
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  flushFolder(fs, dirname(file));
}
