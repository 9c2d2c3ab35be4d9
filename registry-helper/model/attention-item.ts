import { formatCommand, type SuggestedCommand } from "./remedy.ts";
import type { Micros } from "./time.ts";

/** What can need attention, most urgent first. */
export const ATTENTION_KINDS = [
  // What cannot be read may hold any of the others.
  "run_unreadable",
  "flow_unreadable",
  "ledger_unreadable",
  "recorder_silent",
  "waiting_approval",
  "waiting_user",
  "undelivered",
  "ambiguous",
  "delivery_overdue",
  "late_result",
  "lost",
  "run_blocked",
  "node_failed",
  "flow_blocked",
  "flow_resume_due",
  "run_conflict",
  "past_deadline",
  "stalled",
  "running_without_heartbeat",
  "claim_expired",
  "stranded_ready",
  "stale_running",
  "stale_blocked",
  "stale_waiting",
  "never_started",
  "cancel_refused",
  "run_bypassed",
  "run_unverified",
  "run_failed",
  "failed_silently",
] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

export interface AttentionSubject {
  kind: "task" | "run" | "flow" | "ledger" | "gateway";
  /** Of the ledger: its day; of the gateway: its thread. */
  id: string;
}

/** One thing that needs attention, with the one command that deals with it. */
export interface AttentionItem {
  kind: AttentionKind;
  subject: AttentionSubject;
  /** The node that it is about, of a run. */
  nodeId?: string;
  title: string;
  since: string;
  reason: string;
  /** The suggestion as one line. */
  command: string;
  suggestion: SuggestedCommand;
}

const HOUR = 3_600 * 1e6;
/** Ended work leaves the default view after this long, in microseconds; lost work sooner. */
export const SHOWN_FOR: Micros = 7 * 24 * HOUR;
export const LOST_SHOWN_FOR: Micros = 24 * HOUR;

/** Makes the items of one subject. */
export type AttentionItemMaker = (
  kind: AttentionKind,
  since: string,
  reason: string,
  suggestion: SuggestedCommand,
  nodeId?: string,
) => AttentionItem;

/**
 * @example
 * const item = attentionItemsOf({ kind: "task", id: taskId }, "count the sheep");
 * item("lost", endedAt, "nothing works on it any more", suggest("tasks dismiss", taskId));
 */
export function attentionItemsOf(subject: AttentionSubject, title: string): AttentionItemMaker {
  return (kind, since, reason, suggestion, nodeId) => ({
    kind,
    subject,
    ...(nodeId === undefined ? {} : { nodeId }),
    title,
    since,
    reason,
    command: formatCommand(suggestion),
    suggestion,
  });
}

/** Most urgent first; of the same kind, what waits longest. */
export function byUrgency(one: AttentionItem, other: AttentionItem): number {
  const rank = ATTENTION_KINDS.indexOf(one.kind) - ATTENTION_KINDS.indexOf(other.kind);
  return rank === 0 ? one.since.localeCompare(other.since) : rank;
}
