import type { Change, ChangeLog, ChangePage } from "../../../registry-helper/views/changes/change-log.ts";

/** Pause between two looks while somebody follows the changes, in milliseconds. */
export const FOLLOWED_PAUSE_MS = 100;
/** The same while nobody does. Nothing is lost: the journals keep it. */
export const UNFOLLOWED_PAUSE_MS = 5_000;
/** A look at a registry with tens of thousands of journals takes its time: pauses are so many times longer. */
const PAUSE_PER_LOOK = 4;
/** But not longer than this while somebody follows: one slow look must not keep them waiting for long. */
const MOST_FOLLOWED_PAUSE_MS = 1_000;
/** Changes that are posted at once. */
const CHANGES_AT_ONCE = 1_000;

export interface ChangeWatchOptions {
  log: ChangeLog;
  /** Changes in their order, each exactly once. */
  post: (changes: Change[], cursor: string) => void;
  /** The log begins anew from this cursor. */
  reset: (cursor: string) => void;
  problem: (error: unknown) => void;
  now: () => number;
  /** Runs something once, later. */
  schedule: (work: () => void, afterMs: number) => { cancel: () => void };
}

/** Looks for changes again and again, and posts what is new. */
export class ChangeWatch {
  private readonly options: ChangeWatchOptions;
  private told: string;
  private isFollowed = false;
  private next: { cancel: () => void } | undefined;

  constructor(options: ChangeWatchOptions) {
    this.options = options;
    while (options.log.look());
    this.told = options.log.cursor;
    this.plan(0);
  }

  /** Behind the last change that was posted. */
  get cursor(): string {
    return this.told;
  }

  follow(on: boolean): void {
    this.isFollowed = on;
    this.next?.cancel();
    this.next = this.options.schedule(() => this.turn(), 0);
  }

  /** Looks now, and posts what is new. */
  look(): void {
    const { log, post, reset } = this.options;
    for (let more = true; more;) {
      more = log.look();
      for (let page: ChangePage | undefined; page === undefined || page.more;) {
        page = log.read(this.told, CHANGES_AT_ONCE);
        if (page === undefined) {
          this.told = log.cursor;
          reset(this.told);
          break;
        }
        if (page.changes.length === 0) break;
        this.told = page.cursor;
        post(page.changes, page.cursor);
      }
    }
  }

  /** Changes behind a cursor up to the last that was posted; undefined when the cursor cannot be used. */
  read(after: string, limit: number): ChangePage | undefined {
    return this.options.log.read(after, limit, this.told);
  }

  stop(): void {
    this.next?.cancel();
  }

  private plan(tookMs: number): void {
    this.next?.cancel();
    const pause = this.isFollowed
      ? Math.min(Math.max(FOLLOWED_PAUSE_MS, tookMs * PAUSE_PER_LOOK), MOST_FOLLOWED_PAUSE_MS)
      : UNFOLLOWED_PAUSE_MS;
    this.next = this.options.schedule(() => this.turn(), pause);
  }

  private turn(): void {
    const begin = this.options.now();
    try {
      this.look();
    } catch (error) {
      this.options.problem(error);
    }
    this.plan(this.options.now() - begin);
  }
}
