import { isJsonObject } from "./json.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long something may stand still before it needs attention, in milliseconds. Nothing is stopped by them. */
export const STALE_AFTER_MS = {
  /** A node is ready, and nobody takes it. */
  ready: 15 * MINUTE_MS,
  /** A claim has expired, and its node is neither finished nor claimed again. */
  claim: 5 * MINUTE_MS,
  /** The child of a node, or all children of a task, have ended, and the parent does not continue. */
  child: 10 * MINUTE_MS,
  /** A node is bound to a child that the ledger does not know. */
  unknownChild: 30 * MINUTE_MS,
  /** A deadline, a retry or a time to wait for has passed, and nothing acts on it. */
  deadline: 2 * MINUTE_MS,
  /** A delivery is past its deadline. */
  delivery: 2 * MINUTE_MS,
  /** A flow was created, and its first step does not start. */
  queued: 15 * MINUTE_MS,
  /** A node without claim and child, or a flow without open tasks, reports nothing. */
  running: HOUR_MS,
  /** A service that work depends on does not answer. */
  service: HOUR_MS,
  /** An event, other work or a resume is waited for. */
  waiting: 24 * HOUR_MS,
} as const;

export type StaleThreshold = keyof typeof STALE_AFTER_MS;
export type StaleThresholds = Readonly<Record<StaleThreshold, number>>;

export const STALE_THRESHOLDS = Object.keys(STALE_AFTER_MS) as readonly StaleThreshold[];

/**
 * The thresholds with what a configuration changes; values that are no positive numbers are left out.
 *
 * @param changed milliseconds by the name of the threshold, as read from a file
 */
export function resolveStaleThresholds(changed: unknown): StaleThresholds {
  if (!isJsonObject(changed)) return STALE_AFTER_MS;
  const valid = STALE_THRESHOLDS.flatMap((name) => {
    const value = changed[name];
    return typeof value === "number" && Number.isFinite(value) && value > 0 ? [[name, value] as const] : [];
  });
  return { ...STALE_AFTER_MS, ...Object.fromEntries(valid) };
}
