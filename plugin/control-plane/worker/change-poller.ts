import type { Change, ChangeLog, ChangePage } from "../../../registry-helper/internal.ts";

/** Pause between two looks while somebody follows the changes, in milliseconds. */
export const ACTIVE_POLL_MS = 100;
/** The same while nobody does. Nothing is lost: the journals keep it. */
export const IDLE_POLL_MS = 5_000;
/** A look at a registry with tens of thousands of journals takes its time: pauses are so many times longer. */
const PAUSE_PER_POLL = 4;
/** But not longer than this while somebody follows: one slow look must not keep them waiting for long. */
const MAX_ACTIVE_POLL_MS = 1_000;
/** Changes that are posted at once. */
const CHANGE_BATCH_SIZE = 1_000;

export interface ChangePollerOptions {
  log: ChangeLog;
  /** Throws when the registry is not the one that the log is of. */
  check?: () => void;
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
export class ChangePoller {
  private readonly options: ChangePollerOptions;
  private postedCursor: string;
  private isFollowed = false;
  private next: { cancel: () => void } | undefined;

  constructor(options: ChangePollerOptions) {
    this.options = options;
    while (options.log.poll());
    this.postedCursor = options.log.cursor;
    this.plan(0);
  }

  /** Behind the last change that was posted. */
  get cursor(): string {
    return this.postedCursor;
  }

  follow(on: boolean): void {
    this.isFollowed = on;
    this.next?.cancel();
    this.next = this.options.schedule(() => this.run(), 0);
  }

  /** Looks now, and posts what is new. */
  poll(): void {
    const { log, check, post, reset } = this.options;
    check?.();
    for (let more = true; more;) {
      more = log.poll();
      for (let page: ChangePage | undefined; page === undefined || page.more;) {
        page = log.read(this.postedCursor, CHANGE_BATCH_SIZE);
        if (page === undefined) {
          this.postedCursor = log.cursor;
          reset(this.postedCursor);
          break;
        }
        if (page.changes.length === 0) break;
        this.postedCursor = page.cursor;
        post(page.changes, page.cursor);
      }
    }
  }

  /** Changes behind a cursor up to the last that was posted; undefined when the cursor cannot be used. */
  read(after: string, limit: number): ChangePage | undefined {
    return this.options.log.read(after, limit, this.postedCursor);
  }

  stop(): void {
    this.next?.cancel();
  }

  private plan(tookMs: number): void {
    this.next?.cancel();
    const pause = this.isFollowed
      ? Math.min(Math.max(ACTIVE_POLL_MS, tookMs * PAUSE_PER_POLL), MAX_ACTIVE_POLL_MS)
      : IDLE_POLL_MS;
    this.next = this.options.schedule(() => this.run(), pause);
  }

  private run(): void {
    const startedAt = this.options.now();
    try {
      this.poll();
    } catch (error) {
      this.options.problem(error);
    }
    this.plan(this.options.now() - startedAt);
  }
}
