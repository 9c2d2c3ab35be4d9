import { isClawTaskError } from "../../../registry-helper/internal.ts";

/** Pause before a journal that could not be read is tried again, in milliseconds. */
export const RETRY_INTERVAL_MS = 10_000;

/**
 * Which journals were read, by their stamps: those that did not change since are left alone. One that could not be
 * read (too many open files, say) is read again after a while, whether it changes or not.
 */
export class JournalChangeDetector {
  private readonly stamps = new Map<string, string>();
  private readonly retryAt = new Map<string, number>();

  /** @param now epoch milliseconds */
  hasChanged(id: string, stamp: string, now: number): boolean {
    return this.stamps.get(id) !== stamp || now >= (this.retryAt.get(id) ?? Number.POSITIVE_INFINITY);
  }

  markRead(id: string, stamp: string): void {
    this.stamps.set(id, stamp);
    this.retryAt.delete(id);
  }

  markUnreadable(id: string, stamp: string, why: { error: unknown; now: number }): void {
    this.markRead(id, stamp);
    if (!isPermanent(why.error)) this.retryAt.set(id, why.now + RETRY_INTERVAL_MS);
  }

  forget(id: string): void {
    this.stamps.delete(id);
    this.retryAt.delete(id);
  }

  /** Those that are not there any more are forgotten, and given. */
  retainOnly(present: ReadonlySet<string>): string[] {
    const gone = [...this.stamps.keys()].filter((id) => !present.has(id));
    for (const id of gone) this.forget(id);
    return gone;
  }
}

/** What is wrong with the file itself is so until the file is another one. */
function isPermanent(error: unknown): boolean {
  return isClawTaskError(error) && (error.code === "journal_corrupt" || error.code === "registry_too_new");
}
