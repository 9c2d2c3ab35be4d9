import { constants } from "node:fs";
import { backoffMs } from "../model/backoff.ts";
import { ClawTaskError } from "../model/errors.ts";
import { suggest } from "../model/remedy.ts";
import { type FileSystem, FOLDER_MODE, getErrno, ifExists, readText, writeFile } from "./file-system.ts";
import { isAlive, sleepSync } from "./process.ts";

/**
 * The lock of one journal: a folder made with `mkdir`, the protocol of proper-lockfile, in a form that a
 * command of a few milliseconds can afford. proper-lockfile itself costs 5 to 7 ms of start-up, has no
 * retry in its synchronous form and lets a dead holder's lock stand for at least two seconds; here a note
 * beside the lock names the holder, and a lock whose holder is dead is taken over at once.
 *
 * The lock keeps writers from wasting work on each other. It is not what keeps the journal right: that is
 * the position check of `journal-file.ts`, which holds even if a stalled holder wakes up without its lock.
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
/** A holder that has not left its note within this time died between two system calls. */
export const NOTE_GRACE_MS = 400;
/** How long a command waits for its turn before it gives up. */
export const LOCK_TIMEOUT_MS = 60_000;
const PAUSES = { base: 1, max: 12, factor: 1.5, jitter: { min: 0.5, max: 1.5 } };

export function withLock<Result>(options: LockOptions, work: () => Result): Result {
  const identity = acquire(options);
  try {
    return work();
  } finally {
    release(options, identity);
  }
}

function acquire(options: LockOptions): string {
  const { fs, path } = options;
  const now = options.now ?? Date.now;
  const sleep = options.sleep ?? sleepSync;
  const wait = new Wait(now);
  let pauses = 0;
  for (;;) {
    try {
      fs.mkdirSync(path, FOLDER_MODE);
      return leaveNote(fs, path);
    } catch (error) {
      if (getErrno(error) !== "EEXIST") throw error;
    }
    if (takeOverIfAbandoned(fs, path, { now: now(), wait })) continue;
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
    this.totalMs += step >= 0 && step <= LARGEST_STEP_MS ? step : pauseMs;
  }

  /** For how long this holding was seen here. */
  seenForMs(identity: string): number {
    if (this.seen?.identity !== identity) this.seen = { identity, sinceMs: this.totalMs };
    return this.totalMs - this.seen.sinceMs;
  }
}

const notePath = (lock: string): string => `${lock}.holder`;

/** Names this holding of the lock: inode numbers are reused, so the time of creation belongs to it. */
function findLockIdentity(fs: FileSystem, path: string): string | undefined {
  const stat = ifExists(() => fs.statSync(path, { bigint: true }), undefined);
  return stat === undefined ? undefined : `${stat.ino}.${stat.mtimeNs}`;
}

function leaveNote(fs: FileSystem, path: string): string {
  let identity: string | undefined;
  try {
    identity = findLockIdentity(fs, path) ?? "";
    writeFile(fs, notePath(path), `${process.pid} ${processSpace(fs)} ${identity}`, { flags: constants.O_TRUNC });
    return identity;
  } catch (error) {
    release({ fs, path }, identity);
    throw error;
  }
}

/** A holder that lives on would keep everybody waiting until its lock is stale, so letting go is tried again. */
const RELEASE_TRIES = 3;

/** Never throws: the work is done by now, and a lock that stays behind is taken over in the end. */
function release({ fs, path }: LockOptions, identity: string | undefined): void {
  for (let tries = 0; tries < RELEASE_TRIES; tries += 1) {
    try {
      // A holder that stalled past STALE_AFTER_MS may have lost the lock: what is there now is somebody else's.
      if (identity !== undefined && findLockIdentity(fs, path) !== identity) return;
      removeNote(fs, path);
      fs.rmdirSync(path);
      return;
    } catch {
      continue;
    }
  }
}

function removeNote(fs: FileSystem, path: string): void {
  try {
    fs.unlinkSync(notePath(path));
  } catch (error) {
    if (getErrno(error) !== "ENOENT") throw error;
  }
}

/** A process id means something only within one machine and one process namespace. */
let cachedSpace: string | undefined;
function processSpace(fs: FileSystem): string {
  if (cachedSpace === undefined) {
    try {
      cachedSpace = `${fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${fs.statSync("/proc/self/ns/pid").ino}`;
    } catch {
      cachedSpace = "unknown";
    }
  }
  return cachedSpace;
}

function takeOverIfAbandoned(fs: FileSystem, path: string, seen: { now: number; wait: Wait }): boolean {
  const identity = findLockIdentity(fs, path);
  // Gone since; or a link that leads nowhere, which would be tried again for ever without a pause.
  if (identity === undefined) return false;
  // The clock of another machine, or of an earlier moment, may have made it: then the age is what was seen of it here.
  const ageMs = Math.max(getLockAge(identity, seen.now), seen.wait.seenForMs(identity));
  if (!isAbandoned(fs, path, identity, ageMs)) return false;
  const aside = `${path}.abandoned-${process.pid}`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (getErrno(error) === "ENOENT") return true;
    throw error;
  }
  // Somebody may have been faster and already hold a new lock under this name: give that one back.
  if (findLockIdentity(fs, aside) !== identity) fs.renameSync(aside, path);
  // A sync tool may have put something into it, or made a file of it.
  else fs.rmSync(aside, { recursive: true, force: true });
  return true;
}

function getLockAge(identity: string, now: number): number {
  return now - Number(BigInt(identity.split(".")[1] ?? "0") / 1_000_000n);
}

function isAbandoned(fs: FileSystem, path: string, identity: string, ageMs: number): boolean {
  if (ageMs > STALE_AFTER_MS) return true;
  let note: string;
  try {
    note = readText(fs, notePath(path));
  } catch {
    return ageMs > NOTE_GRACE_MS;
  }
  const [pid, space, noted] = note.split(" ");
  if (noted !== identity) return ageMs > NOTE_GRACE_MS;
  return space === processSpace(fs) && space !== "unknown" && !isAlive(Number(pid));
}
