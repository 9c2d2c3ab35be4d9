/**
 * Time as the registry writes it: UTC with microseconds and an offset, as OpenTask does
 * (`2026-11-20T22:45:01.060323+00:00`). A millisecond stamp written after a microsecond stamp could
 * sort before it, and OpenTask's `validate` would then call the log "not monotonic".
 */

/** Microseconds since the epoch. Safe as a number until the year 2255. */
export type Micros = number;

/**
 * The wall clock, in steps of a millisecond; `nextMicros` keeps stamps apart within one. (The finer clock of
 * `node:perf_hooks` costs a command more time than it measures.) Everything else takes time as an argument.
 */
export function wallClock(): Micros {
  return Date.now() * 1000;
}

/** @example formatMicros(0) === "1970-01-01T00:00:00.000000+00:00" */
export function formatMicros(at: Micros): string {
  const ms = Math.floor(at / 1000);
  const seconds = new Date(ms).toISOString().slice(0, 19);
  return `${seconds}.${String(at - Math.floor(at / 1e6) * 1e6).padStart(6, "0")}+00:00`;
}

/** Parses an ISO time with up to microseconds, `Z` or an offset; undefined when it is none. */
export function parseMicros(text: unknown): Micros | undefined {
  if (typeof text !== "string") return undefined;
  const match = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return undefined;
  return ms * 1000 + Number((match[2] ?? "").padEnd(6, "0").slice(0, 6));
}

/** The next stamp: now, but always later than the last one, whatever the clock did in between. */
export function nextMicros(now: Micros, last: string | undefined): Micros {
  const previous = parseMicros(last);
  return previous === undefined ? now : Math.max(now, previous + 1);
}
