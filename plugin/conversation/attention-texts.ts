import type { AttentionItem } from "../../registry-helper/internal.ts";

/** What each kind of attention is called in a chat. */
export const ATTENTION_TEXTS: Readonly<Record<AttentionItem["kind"], string>> = {
  waiting_approval: "waits for an approval",
  waiting_user: "needs an answer",
  undelivered: "not delivered",
  ambiguous: "maybe not delivered",
  lost: "lost",
  run_unreadable: "cannot be read",
  flow_blocked: "cannot go on",
  flow_resume_due: "can go on",
  run_conflict: "contradicts itself",
  run_blocked: "cannot go on",
  stalled: "not moving",
  never_started: "never started",
  cancel_refused: "cannot be stopped",
  run_failed: "run failed",
  failed_silently: "failed",
  delivery_overdue: "delivery overdue",
  node_failed: "step failed",
  past_deadline: "past its deadline",
  running_without_heartbeat: "no sign of life",
  claim_expired: "claim expired",
  stranded_ready: "ready, not started",
  stale_running: "no progress",
  stale_blocked: "blocked too long",
  stale_waiting: "waiting too long",
};
