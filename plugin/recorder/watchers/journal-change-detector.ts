import { isClawTaskError } from "../../../registry-helper/index.ts";

/** Pause before a journal that could not be read is tried again, in milliseconds. */
export const READ_AGAIN_MS = 10_000;

/**
 * Which journals were read, by their stamps: those that did not change since are left alone. One that could not be
 * read (too many open files, say) is read again after a while, whether it changes or not.
 */
export class SeenJournals {
  private readonly stamps = new Map<string, string>();
  private readonly againAt = new Map<string, number>();

  /** @param now epoch milliseconds */
  isNews(id: string, stamp: string, now: number): boolean {
    return this.stamps.get(id) !== stamp || now >= (this.againAt.get(id) ?? Number.POSITIVE_INFINITY);
  }

  wasRead(id: string, stamp: string): void {
    this.stamps.set(id, stamp);
    this.againAt.delete(id);
  }

  wasUnreadable(id: string, stamp: string, why: { error: unknown; now: number }): void {
    this.wasRead(id, stamp);
    if (!isLasting(why.error)) this.againAt.set(id, why.now + READ_AGAIN_MS);
  }

  forget(id: string): void {
    this.stamps.delete(id);
    this.againAt.delete(id);
  }

  /** Those that are not there any more are forgotten, and given. */
  forgetAllBut(present: ReadonlySet<string>): string[] {
    const gone = [...this.stamps.keys()].filter((id) => !present.has(id));
    for (const id of gone) this.forget(id);
    return gone;
  }
}

/** What is wrong with the file itself is so until the file is another one. */
function isLasting(error: unknown): boolean {
  return isClawTaskError(error) && (error.code === "journal_corrupt" || error.code === "registry_too_new");
}
