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
