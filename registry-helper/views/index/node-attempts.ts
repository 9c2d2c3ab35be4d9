import { findApprovalOutcome } from "../../domain/run/state/approval-outcome.ts";
import { isUnverified } from "../../domain/run/state/run-caveats.ts";
import type { NodeStatus, RunNode, RunState } from "../../model/run-documents.ts";
import { type Micros, parseMicros } from "../../model/time.ts";

/** One execution of a node, earlier or present, as the read side reckons with it. */
export interface AttemptSpan {
  nodeId: string;
  attempt: number;
  status: NodeStatus;
  /** Why it ended as it did, in one word: `timed_out`, `rejected`, ...; null when its status says it all. */
  reason: string | null;
  /** What was said last about it. */
  message: string | null;
  startedAt: string | null;
  endedAt: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  /** Completed without all files that it had to leave behind. */
  unverified: boolean;
  /** An approval that was ended without an answer. */
  bypassed: boolean;
}

/** Everything that was tried in a run, node by node, oldest first. What a fork carried over was not done in it. */
export function listRunAttempts(state: RunState): AttemptSpan[] {
  return state.nodes.flatMap((node) => (isCarriedOver(state, node) ? [] : listAttempts(node)));
}

/** Whether a node had ended in the run that this one was forked from. */
export function isCarriedOver({ forkedFrom, createdAt }: RunState, { completedAt }: RunNode): boolean {
  return forkedFrom !== undefined && completedAt !== null && completedAt <= createdAt;
}

/** Every execution of one node. One that has neither begun nor ended is not there. */
export function listAttempts(node: RunNode): AttemptSpan[] {
  const earlier = node.attempts ?? [];
  const now = { ...node, attempt: earlier.length + 1 };
  return [...earlier, now]
    .filter(({ startedAt, completedAt }) => startedAt !== null || completedAt !== null)
    .map((one) => ({
      nodeId: node.id,
      attempt: one.attempt,
      status: one.status,
      reason: one.reason ?? null,
      message: one.lastMessage ?? null,
      startedAt: one.startedAt,
      endedAt: one.completedAt,
      inputTokens: one.usage?.input ?? null,
      outputTokens: one.usage?.output ?? null,
      unverified: isUnverified(one),
      bypassed: node.kind === "approval" && findApprovalOutcome(one)?.kind === "bypassed",
    }));
}

/** How long something took, in milliseconds; null while either end is unknown. */
export function lengthMs(startedAt: string | null, endedAt: string | null): number | null {
  const from = parseMicros(startedAt);
  const to = parseMicros(endedAt);
  return from === undefined || to === undefined ? null : toMs(to - from);
}

export function toMs(micros: Micros): number {
  return Math.max(0, Math.round(micros / 1000));
}

/** When a run came to its end: when its last node did. Null while it goes on. */
export function findRunEnd(state: RunState): string | null {
  if (state.status !== "completed" && state.status !== "failed" && state.status !== "cancelled") return null;
  const ends = state.nodes.flatMap(({ completedAt }) => completedAt ?? []);
  return ends.reduce<string | null>((last, end) => (last === null || end > last ? end : last), null);
}
