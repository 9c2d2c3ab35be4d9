import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import { formatMicros, type Micros, parseMicros } from "../../../model/time.ts";
import { claimEnd } from "../decide/decide-claim.ts";
import { AUTO_COMPLETE_WAIT_MS } from "../decide/decide-observation.ts";
import { parseWaitTarget, formatWaitTarget } from "../state/wait-target.ts";
import { isRetryDue } from "../transitions/end-node.ts";

/** How often a wait is looked at that nothing but looking can end, in milliseconds. */
export const RECHECK_INTERVAL_MS = 5 * 60_000;

/** How often it is worth a look whether a child still works, where nobody watches it, in milliseconds. */
export const CHILD_CHECK_INTERVAL_MS = 30 * 60_000;

/** How many of them are named. */
const NAMED_CHILDREN = 3;

/** When a run has to be looked at again, if nothing happens before. */
export interface NextCheck {
  /** ISO time. */
  at: string;
  why: string;
}

/** The next moment at which time alone changes something in a run; undefined when only events do. Pure. */
export function nextTimer(state: RunState, now: Micros): NextCheck | undefined {
  if (TERMINAL_RUN_STATUSES.includes(state.status) || state.status === "paused") return undefined;
  let first: { at: Micros; why: string } | undefined;
  for (const node of state.nodes)
    for (const time of listTimers(state, node, now)) if (first === undefined || time.at < first.at) first = time;
  return first === undefined ? undefined : { at: formatMicros(Math.max(first.at, now)), why: first.why };
}

/** When to look at a run again: when time changes something in it, or else after its children. Pure. */
export function nextCheck(state: RunState, now: Micros): NextCheck | undefined {
  return nextTimer(state, now) ?? childCheck(state, now);
}

/**
 * When to look after children that nobody watches: time alone changes nothing about them, but one that died holds
 * its node for ever. Pure.
 */
function childCheck(state: RunState, now: Micros): NextCheck | undefined {
  const nodes = state.nodes.filter((one) => one.status === "running" && one.childSessionKey !== null);
  if (nodes.length === 0) return undefined;
  const names = nodes.slice(0, NAMED_CHILDREN).map(({ id }) => id);
  const all = nodes.length > names.length ? [...names, `${nodes.length - names.length} more`] : names;
  return {
    at: formatMicros(now + CHILD_CHECK_INTERVAL_MS * 1000),
    why: `${CHILD_CHECK}${all.length === 1 ? "child" : "children"} of ${all.join(", ")} still work${all.length === 1 ? "s" : ""}`,
  };
}

const CHILD_CHECK = "see whether the ";

/** Whether a look is due for nothing but to see whether children still work. */
export function isChildCheck({ why }: NextCheck): boolean {
  return why.startsWith(CHILD_CHECK);
}

function listTimers(state: RunState, node: RunNode, now: Micros): { at: Micros; why: string }[] {
  const at = (text: string | undefined, why: string): { at: Micros; why: string }[] => {
    const time = parseMicros(text);
    return time === undefined ? [] : [{ at: time, why }];
  };
  switch (node.status) {
    case "ready":
      return node.kind === "wait" ? [{ at: now, why: `${node.id} begins to wait` }] : [];
    case "failed":
      return isRetryDue(node, now)
        ? [{ at: now, why: `next attempt of ${node.id}` }]
        : at(node.retryAt, `next attempt of ${node.id}`);
    case "running": {
      const claim = node.childSessionKey === null ? listClaimTimers(node, now) : [];
      if (node.observed?.status !== "succeeded") return [...at(node.deadlineAt, `time limit of ${node.id}`), ...claim];
      // Its work is done in time; what is left is to judge it.
      const observedAt = parseMicros(node.observed.at) ?? now;
      return [...claim, { at: observedAt + AUTO_COMPLETE_WAIT_MS * 1000, why: `the child of ${node.id} has ended` }];
    }
    case "waiting":
      return [...at(node.deadlineAt, `${node.id} expires`), ...listWaitTimers(state, node, now)];
    default:
      return [];
  }
}

function listClaimTimers(node: RunNode, now: Micros): { at: Micros; why: string }[] {
  return node.claim === undefined ? [] : [{ at: claimEnd(node.claim, now), why: claimText(node) }];
}

function claimText({ id, kind }: RunNode): string {
  return `the claim on ${id} ends${kind === "subagent" ? ", unless a child is bound" : ""}`;
}

function listWaitTimers(state: RunState, node: RunNode, now: Micros): { at: Micros; why: string }[] {
  if (node.kind !== "wait") return [];
  const target = parseWaitTarget(node);
  const why = `${node.id} waits for ${formatWaitTarget(node)}`;
  switch (target.type) {
    case "next_tick":
      return [{ at: now, why }];
    case "until":
      return [{ at: parseMicros(target.at) ?? now, why }];
    case "file_exists":
    case "task":
      return [{ at: now + RECHECK_INTERVAL_MS * 1000, why }];
    // It came while the run was paused, or before anybody waited for it.
    case "event":
      return Object.hasOwn(state.received ?? {}, target.event) ? [{ at: now, why }] : [];
    default:
      return [];
  }
}
