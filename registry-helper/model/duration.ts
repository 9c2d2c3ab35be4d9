/**
 * A length of time in at most two units.
 *
 * @example shortDuration(200_000) === "3m 20s"
 */
export function shortDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1_000);
  const units = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "m"],
    [1, "s"],
  ] as const;
  const first = units.findIndex(([size]) => seconds >= size);
  const [size, unit] = units[first] ?? [1, "s"];
  const whole = `${Math.floor(seconds / size)}${unit}`;
  const next = units[first + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next[0]);
  return next === undefined || rest === 0 ? whole : `${whole} ${rest}${next[1]}`;
}
