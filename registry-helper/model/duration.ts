import type { Micros } from "./time.ts";

/** From the largest down, in milliseconds. */
const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1_000, "s"],
] as const;
const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/**
 * A duration as people write it, in microseconds; undefined for any other text.
 *
 * @example parseDuration("30m") === 1_800_000_000
 */
export function parseDuration(text: string): Micros | undefined {
  const match = /^(\d+)([smhdw])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (SECONDS_PER_UNIT[match[2] ?? "s"] ?? 1) * 1e6;
}

/**
 * A duration in at most two units.
 *
 * @example formatDuration(200_000) === "3m 20s"
 */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const rounded = Math.round(ms / 1_000) * 1_000;
  const first = UNITS.findIndex(([size]) => rounded >= size);
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((rounded % (UNITS[first]?.[0] ?? 1)) / next[0]);
  const whole = formatLargestUnit(rounded);
  return next === undefined || rest === 0 ? whole : `${whole} ${rest}${next[1]}`;
}

/**
 * A duration in whole units of its largest one.
 *
 * @example formatLargestUnit(200_000) === "3m"
 */
export function formatLargestUnit(ms: number): string {
  const [size, unit] = UNITS.find(([one]) => ms >= one) ?? [1, "ms"];
  return `${Math.floor(ms / size)}${unit}`;
}

/**
 * A duration for a sentence, rounded.
 *
 * @example formatDurationWords(90_000) === "90 seconds"
 */
export function formatDurationWords(ms: number): string {
  const [size, unit] = ms >= 7_200_000 ? [3_600_000, "hours"] : ms >= 180_000 ? [60_000, "minutes"] : [1000, "seconds"];
  const count = Math.round(ms / size);
  return `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
}
