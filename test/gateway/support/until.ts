import { setTimeout as pause } from "node:timers/promises";

/** How often a condition is looked at, in milliseconds, when the caller does not say. */
const DEFAULT_POLL_INTERVAL_MS = 50;

/** What `until` waits for and for how long. */
export interface UntilOptions {
  /** Milliseconds after which waiting is given up with an error. */
  readonly deadlineMs: number;
  /** What is waited for, in words; it stands in the error. */
  readonly what: string;
  /** Milliseconds between two looks. */
  readonly everyMs?: number;
  /** More to say in the error, asked only when the deadline has passed. */
  readonly explain?: () => string;
}

/** A value that counts as "it has happened". */
type Met<T> = Exclude<T, undefined | null | false | 0 | "">;

/**
 * Looks at a condition until it is met and returns what it found. Tests use this in place of a
 * fixed sleep: it goes on at the first moment at which it can, and says what was missing when it
 * cannot. An error thrown by the condition ends the waiting at once.
 */
export async function until<T>(condition: () => T | Promise<T>, options: UntilOptions): Promise<Met<T>> {
  const deadline = performance.now() + options.deadlineMs;
  for (;;) {
    const found = await condition();
    if (found) return found as Met<T>;
    if (performance.now() >= deadline) throw new Error(missing(options));
    await pause(options.everyMs ?? DEFAULT_POLL_INTERVAL_MS);
  }
}

function missing({ what, deadlineMs, explain }: UntilOptions): string {
  const detail = explain ? `\n${explain()}` : "";
  return `waited ${deadlineMs} ms in vain for: ${what}${detail}`;
}
