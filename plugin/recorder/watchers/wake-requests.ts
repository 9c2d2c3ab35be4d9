import { isAbandoned, parseMicros, type RunState } from "../../../registry-helper/internal.ts";
import { WORKER_SESSION } from "../../delivery/pending-delivery.ts";
import type { WakeRequest } from "../worker-messages.ts";

/**
 * What the agent that drives a run could do now; undefined when there is nothing, when it is not to be woken, or
 * when there is no session to wake.
 *
 * @param stamp names this state of the run
 */
export function findWakeRequest(state: RunState, stamp: string, now: number): WakeRequest | undefined {
  if (state.status !== "running" || state.wake === "off") return undefined;
  const sessionKey = [state.driverSessionKey, state.rootSessionKey, state.sourceSessionKey].find(
    (key) => key !== null && !WORKER_SESSION.test(key),
  );
  const why = describeNextAction(state, now);
  if (sessionKey === undefined || sessionKey === null || why === undefined) return undefined;
  const since = Math.floor((parseMicros(state.updatedAt) ?? 0) / 1000);
  return { runId: state.runId, title: state.title, sessionKey, why, since, stamp };
}

function describeNextAction(state: RunState, now: number): string | undefined {
  const ready = state.nodes.filter(
    (node) => node.kind !== "wait" && (node.status === "ready" || isAbandoned(node, now * 1000)),
  );
  if (ready.length > 0) return `${formatIds(ready.map(({ id }) => id))} can be done`;
  return state.blockedBy === undefined ? undefined : `${formatIds(state.blockedBy)} failed`;
}

const MAX_NAMED = 5;

function formatIds(ids: readonly string[]): string {
  return ids.length <= MAX_NAMED
    ? ids.join(", ")
    : `${ids.slice(0, MAX_NAMED).join(", ")} and ${ids.length - MAX_NAMED} more`;
}
