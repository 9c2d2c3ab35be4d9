const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Lengths that people count time in, in milliseconds; an axis of time has a mark at every multiple of one. */
export const TIME_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 180, 365].map((count) => count * DAY),
];

/** The smallest of these steps that goes into a length at most so many times. */
export function timeStep(lengthMs: number, maxMarks: number): number {
  return (
    TIME_STEPS.find((step) => lengthMs / step <= maxMarks) ?? Math.max(1, Math.ceil(lengthMs / maxMarks / DAY)) * DAY
  );
}
