/** How the pauses between attempts grow, in milliseconds. */
export interface BackoffOptions {
  /** Pause after the first attempt. */
  base: number;
  max: number;
  /** How many times longer each further pause is. */
  factor?: number;
  /** The pause is multiplied by a random number from `min` up to `max`, so that not all try again at once. */
  jitter?: { min: number; max: number; random?: () => number };
}

/**
 * The pause before an attempt is repeated, in milliseconds.
 *
 * @param attempt how many attempts were made before this one, from 0 on
 * @example backoffMs(3, { base: 500, max: 30_000 }) === 4_000
 */
export function backoffMs(attempt: number, { base, max, factor = 2, jitter }: BackoffOptions): number {
  const full = Math.min(max, base * factor ** attempt);
  if (jitter === undefined) return full;
  return full * (jitter.min + (jitter.random ?? Math.random)() * (jitter.max - jitter.min));
}
