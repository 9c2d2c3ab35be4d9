import { type HeldLock, observeHeldLocks, releaseFor } from "../../registry-helper/internal.ts";
import { SIGN_OF_LIFE_INTERVAL_MS, WorkNoteWriter } from "./work-note.ts";

/** What a worker thread gets from `SupervisedWorker`, besides what it is started with. */
export interface SupervisionSetup {
  /** Where the thread notes what it works on. */
  memory?: SharedArrayBuffer;
  /** Locks of an earlier thread that was ended. */
  abandonedLocks?: readonly HeldLock[];
}

/** Shows from now on that this thread is alive, and which locks it holds. */
export function startWorkNote({ memory }: SupervisionSetup): WorkNoteWriter {
  const note = new WorkNoteWriter(memory);
  observeHeldLocks((locks) => note.noteLocks(locks));
  setInterval(() => note.showLife(), SIGN_OF_LIFE_INTERVAL_MS).unref();
  return note;
}

/** Lets go of what the thread before this one held: its process lives on, so nobody else would. */
export function releaseAbandonedLocks(
  fs: Parameters<typeof releaseFor>[0],
  { abandonedLocks = [] }: SupervisionSetup,
): void {
  for (const lock of abandonedLocks) releaseFor(fs, lock);
}
