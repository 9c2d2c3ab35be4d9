import { constants } from "node:fs";
import { join } from "node:path";
import { backoffMs } from "../model/backoff.ts";
import { ClawTaskError } from "../model/errors.ts";
import { suggest } from "../model/remedy.ts";
import { FILE_MODE, type FileSystem, FOLDER_MODE, getErrno, ifExists } from "./file-system.ts";
import { isAbandonedHolder, isHolderName, newHolderName } from "./lock-holder.ts";
import { sleepSync } from "./process.ts";

/**
 * The lock of one journal: a folder made with `mkdir`, and in it an empty file whose name says who holds it. The lock
 * is held by whoever finds its own name alone in the folder. A writer that stalls between the two steps and finds
 * somebody else's name when it goes on has not got the lock; there is no moment at which two of them hold it.
 *
 * A holder on this machine that lives is not robbed, however long it takes; one that is dead is robbed at once. One on
 * another machine, and one that was stopped (SIGSTOP), cannot be told from one that is gone: they are robbed when they
 * have been seen to hold it for STALE_AFTER_MS, by the waiter's own count of time. So a lock may be lost while it is
 * held, and nothing that takes something away rests on it alone: see `journal-file.ts`, `rewrite-day.ts`, `trash.ts`.
 */
export interface LockOptions {
  fs: FileSystem;
  /** Path of the lock folder. */
  path: string;
  sleep?: (ms: number) => void;
  now?: () => number;
}

/** A lock of unknown holder (another machine or container) is stale after this. Holders need milliseconds. */
export const STALE_AFTER_MS = 10_000;
/** A holder that has not left its name within this time died between two system calls, or finds that it was too slow. */
export const NOTE_GRACE_MS = 400;
/** How long a command waits for its turn before it gives up. */
export const LOCK_TIMEOUT_MS = 60_000;
const PAUSES = { base: 1, max: 12, factor: 1.5, jitter: { min: 0.5, max: 1.5 } };

/** A lock that a thread holds: the folder, and the name in it. */
export interface HeldLock {
  path: string;
  name: string;
}

let held: readonly HeldLock[] = [];
let onHeldChange: ((held: readonly HeldLock[]) => void) | undefined;

/**
 * Tells of each lock that this thread takes and lets go. For a thread that may be ended from outside: its process lives
 * on, so nobody else would take its locks over (see {@link releaseFor}).
 */
export function observeHeldLocks(observer: (held: readonly HeldLock[]) => void): void {
  onHeldChange = observer;
}

function setHeld(next: readonly HeldLock[]): void {
  held = next;
  onHeldChange?.(held);
}

/** Lets go of a lock for a thread of this process that was ended. Its name is never used again: no other is let go of. */
export function releaseFor(fs: FileSystem, { path, name }: HeldLock): void {
  if (isHolderName(name)) release(fs, path, name);
}

export function withLock<Result>(options: LockOptions, work: () => Result): Result {
  const { fs, path } = options;
  const name = newHolderName(fs);
  // Noted before it is taken: a thread that is ended in between leaves nothing that nobody knows of.
  setHeld([...held, { path, name }]);
  try {
    acquire(options, name);
    try {
      return work();
    } finally {
      release(fs, path, name);
    }
  } finally {
    setHeld(held.filter((one) => one.name !== name));
  }
}

function acquire(options: LockOptions, name: string): void {
  const { fs, path } = options;
  const now = options.now ?? Date.now;
  const sleep = options.sleep ?? sleepSync;
  const wait = new Wait(now);
  let pauses = 0;
  for (;;) {
    if (makeFolder(fs, path)) {
      if (claim(fs, path, name)) return;
    } else if (takeOverIfAbandoned(fs, path, { now: now(), wait })) continue;
    if (wait.totalMs > LOCK_TIMEOUT_MS) {
      throw new ClawTaskError("journal_busy", {
        message: `another writer has held ${path} for more than ${LOCK_TIMEOUT_MS / 1000} s`,
        remedy: { hint: "repeat the command; if it stays so", commands: [suggest("doctor")] },
      });
    }
    const pauseMs = backoffMs(pauses, PAUSES);
    sleep(pauseMs);
    wait.slept(pauseMs);
    pauses += 1;
  }
}

function makeFolder(fs: FileSystem, path: string): boolean {
  try {
    fs.mkdirSync(path, FOLDER_MODE);
    return true;
  } catch (error) {
    if (getErrno(error) === "EEXIST") return false;
    throw error;
  }
}

/** Leaves our name in the folder. It counts when it is alone there: a folder that was taken over has another one. */
function claim(fs: FileSystem, path: string, name: string): boolean {
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    fs.closeSync(fs.openSync(join(path, name), flags, FILE_MODE));
    if (fs.readdirSync(path).every((found) => found === name)) return true;
    release(fs, path, name);
    return false;
  } catch (error) {
    // It was taken over before our name was in it.
    if (getErrno(error) === "ENOENT") return false;
    release(fs, path, name, { hasName: false });
    throw error;
  }
}

/** A holder that lives on would keep everybody waiting, so letting go is tried again. */
const RELEASE_TRIES = 3;

/** Never throws: the work is done by now, and a lock that stays behind is taken over in the end. */
function release(fs: FileSystem, path: string, name: string, { hasName = true } = {}): void {
  let isReleased = false;
  for (let tries = 0; tries < RELEASE_TRIES; tries += 1) {
    try {
      // Whoever does not find its name has lost the lock, and what is there is somebody else's.
      if (!isReleased && !ifExists(() => (fs.unlinkSync(join(path, name)), true), !hasName)) return;
      isReleased = true;
      removeEmpty(fs, path);
      return;
    } catch {
      continue;
    }
  }
}

/** A wall clock that moves by more than this between two looks was set anew. */
const LARGEST_STEP_MS = 60_000;

/** How long a lock was waited for, whatever the wall clock did meanwhile, and how long it has been the same holding. */
class Wait {
  totalMs = 0;
  private readonly now: () => number;
  private lastAt: number;
  private seen: { identity: string; sinceMs: number } | undefined;

  constructor(now: () => number) {
    this.now = now;
    this.lastAt = now();
  }

  slept(pauseMs: number): void {
    const at = this.now();
    const step = at - this.lastAt;
    this.lastAt = at;
    // A clock that stands still or goes back must not make the wait endless.
    this.totalMs += step >= pauseMs && step <= LARGEST_STEP_MS ? step : pauseMs;
  }

  /** For how long this holding was seen here. */
  seenForMs(identity: string): number {
    if (this.seen?.identity !== identity) this.seen = { identity, sinceMs: this.totalMs };
    return this.totalMs - this.seen.sinceMs;
  }
}

/** Where 0.1.0 noted its holder, beside the lock. It held the lock without a name in it. */
const oldNotePath = (path: string): string => `${path}.holder`;

/** @returns true when there may be no lock any more: try again at once */
function takeOverIfAbandoned(fs: FileSystem, path: string, seen: { now: number; wait: Wait }): boolean {
  const stat = ifExists(() => fs.lstatSync(path), undefined);
  if (stat === undefined) return true;
  const identity = `${stat.ino}.${stat.mtimeMs}`;
  // The clock of another machine, or of an earlier moment, may have made it: then the age is what was seen of it here.
  const isStale = (limitMs: number): boolean =>
    Math.max(limitMs === NOTE_GRACE_MS ? seen.now - stat.mtimeMs : 0, seen.wait.seenForMs(identity)) > limitMs;
  // A link, a pipe or a file in its place: whoever made it holds no lock, and nothing behind it is looked at.
  if (!stat.isDirectory()) return isStale(NOTE_GRACE_MS) && putAside(fs, path);

  const names = ifExists(() => fs.readdirSync(path), undefined);
  if (names === undefined) return true;
  const holders = names.filter(isHolderName);
  if (holders.length === 0) {
    const isOld = fs.existsSync(oldNotePath(path));
    if (!isStale(isOld ? STALE_AFTER_MS : NOTE_GRACE_MS)) return false;
    if (isOld) fs.rmSync(oldNotePath(path), { force: true });
    // A sync tool may have put something into it.
    return names.length > 0 ? putAside(fs, path) : removeEmpty(fs, path);
  }
  if (!holders.every((holder) => isAbandonedHolder(fs, holder, () => isStale(STALE_AFTER_MS)))) return false;
  // Each name is another one's, and none is used again: nobody's lock is removed but theirs.
  for (const holder of holders) ifExists(() => fs.unlinkSync(join(path, holder)), undefined);
  return removeEmpty(fs, path);
}

/** Whoever was faster may hold the lock by now: then its name is in the folder, which stays. */
function removeEmpty(fs: FileSystem, path: string): boolean {
  try {
    ifExists(() => fs.rmdirSync(path), undefined);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(getErrno(error) ?? "")) return false;
    throw error;
  }
}

function putAside(fs: FileSystem, path: string): boolean {
  const aside = `${path}.abandoned-${process.pid}`;
  ifExists(() => fs.renameSync(path, aside), undefined);
  fs.rmSync(aside, { recursive: true, force: true });
  return true;
}
