/** A worker that has not answered for this long is ended and started again, in milliseconds. */
export const SILENCE_LIMIT_MS = 15_000;
/** How often a worker is looked at, in milliseconds. */
export const LOOK_INTERVAL_MS = 1_000;
/** A worker that never comes up is given more time at each start: a large index takes long to build. */
const LONGEST_START_MS = 600_000;

/**
 * For how long a worker has been silent. Only time in which the thread that looks was itself at work counts: after a
 * stopped process, a suspended machine or a blocked event loop, the worker has had no chance to answer either.
 */
export class Silence {
  private lastLookMs: number;
  private lastSigns = 0;
  private silentMs = 0;
  private startLimitMs = SILENCE_LIMIT_MS;

  constructor(nowMs: number) {
    this.lastLookMs = nowMs;
  }

  get ms(): number {
    return this.silentMs;
  }

  /** The worker said something, or another one was started. */
  end(nowMs: number): void {
    this.silentMs = 0;
    this.lastLookMs = nowMs;
  }

  /** A new worker, whose signs count from zero. */
  startOver(nowMs: number): void {
    this.end(nowMs);
    this.lastSigns = 0;
  }

  /**
   * @param about.signs of life, as the worker counts them; zero from one that counts none
   * @param about.isOwedAnswer whether somebody waits for an answer; only then can one be silent that counts no signs
   */
  look(nowMs: number, about: { signs: number; isOwedAnswer: boolean }): void {
    const { signs, isOwedAnswer } = about;
    const passedMs = Math.min(nowMs - this.lastLookMs, 2 * LOOK_INTERVAL_MS);
    this.lastLookMs = nowMs;
    const isAlive = signs !== this.lastSigns || (signs === 0 && !isOwedAnswer);
    this.lastSigns = signs;
    this.silentMs = isAlive ? 0 : this.silentMs + Math.max(0, passedMs);
  }

  /** Whether it is to be ended. */
  isTooLong(isReady: boolean): boolean {
    return this.silentMs >= (isReady ? SILENCE_LIMIT_MS : this.startLimitMs);
  }

  /** It was ended: one that did not come up gets twice the time. */
  noteEnded(isReady: boolean): void {
    this.startLimitMs = isReady ? SILENCE_LIMIT_MS : Math.min(2 * this.startLimitMs, LONGEST_START_MS);
  }
}
