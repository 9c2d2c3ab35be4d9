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

const ISO_TIME = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))$/;

/**
 * Parses an ISO time with up to microseconds, `Z` or an offset; undefined when it is none. By hand, since
 * `Date.parse` loads the time zone of the machine, which costs a command almost a millisecond.
 */
export function parseMicros(text: unknown): Micros | undefined {
  const match = typeof text === "string" ? ISO_TIME.exec(text) : null;
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === "-" ? -1 : 1);
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - offset * 60_000;
  const isReal = month >= 1 && month <= 12 && day >= 1 && hour <= 24 && minute <= 59 && second <= 59;
  if (!isReal || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return ms * 1000 + Number((match[7] ?? "").padEnd(6, "0").slice(0, 6));
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** A length of time as people write it (`30m`, `12h`, `7d`), in microseconds; undefined when it is none. */
export function parseDuration(text: string): Micros | undefined {
  const match = /^(\d+)([smhdw])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNIT_SECONDS[match[2] ?? "s"] ?? 1) * 1e6;
}

/** The next stamp: now, but always later than the last one, whatever the clock did in between. */
export function nextMicros(now: Micros, last: string | undefined): Micros {
  const previous = parseMicros(last);
  return previous === undefined ? now : Math.max(now, previous + 1);
}

/**
 * A time for a person's eye, to the second and in UTC.
 *
 * @example shortTime("2026-11-21T07:28:19.043000+00:00") === "2026-11-21 07:28:19 UTC"
 */
export function shortTime(at: string): string {
  const micros = parseMicros(at);
  return micros === undefined ? at : `${new Date(micros / 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
