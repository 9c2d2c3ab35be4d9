import { type Micros, parseMicros } from "./time.ts";

/** Clocks of two machines, or of a machine and its file server, differ by this much without anything being wrong. */
export const CLOCK_SLACK_MS = 5_000;

/**
 * Whether something has reached an age, in milliseconds. What lies further ahead than clocks may differ was written
 * while a clock was wrong: its age says nothing, and waiting for the clock to catch up might take a year.
 *
 * @example hasAge(12_000, 10_000) === true
 * @example hasAge(-3_600_000, 10_000) === true
 */
export function hasAge(ageMs: number, limitMs: number): boolean {
  return ageMs >= limitMs || isAhead(ageMs);
}

/** Whether an age is so far below zero that a clock was wrong. */
export function isAhead(ageMs: number): boolean {
  return ageMs < -CLOCK_SLACK_MS;
}

/** Whether a moment lies back by at least this long, in milliseconds; one that a wrong clock put ahead counts as back. */
export function isOlderThan(timestamp: string | null | undefined, limitMs: number, now: Micros): boolean {
  const at = parseMicros(timestamp);
  return at !== undefined && hasAge((now - at) / 1000, limitMs);
}

/**
 * Whether a planned moment has come. One further ahead than was ever planned was written while a clock was wrong: it
 * has come as well.
 *
 * @param longestMs the furthest ahead that such a moment is planned, in milliseconds
 */
export function isDue(timestamp: string, now: Micros, longestMs: number): boolean {
  const at = parseMicros(timestamp) ?? now;
  return now >= at || (at - now) / 1000 > longestMs + CLOCK_SLACK_MS;
}
