const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `just now`, `4 min ago`, `in 2 h`, and a date when it is more than four weeks away. */
export function formatAgo(at: number, now: number, isShort = false): string {
  const ms = Math.abs(now - at);
  if (ms < 10 * SECOND) return isShort ? "now" : "just now";
  if (ms > 28 * DAY) return new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
  const text = formatCoarse(ms);
  if (isShort) return text;
  return at > now ? `in ${text}` : `${text} ago`;
}

function formatCoarse(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** In the reader's own time zone and language. */
export function formatExactTime(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** A length of time with its two largest parts: `2 h 5 min`. */
export function formatShortDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  const [unit, name, partUnit, part] =
    ms < HOUR ? [MINUTE, "min", SECOND, "s"] : ms < DAY ? [HOUR, "h", MINUTE, "min"] : [DAY, "d", HOUR, "h"];
  const whole = Math.floor(ms / unit);
  const rest = Math.floor((ms % unit) / partUnit);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${part}`;
}

/** A mark on an axis of time: no part of a second where there is none. */
export function formatAxisMark(ms: number): string {
  if (ms === 0) return "0";
  return ms < 10 * SECOND && ms % SECOND === 0 ? `${ms / SECOND} s` : formatShortDuration(ms);
}
