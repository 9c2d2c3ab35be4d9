import type { Tone } from "../design/tone.ts";

export interface KindStyle {
  label: string;
  tone: Tone;
  /** The status whose drawing it has. */
  mark: string;
}

/** How each kind of attention is said and drawn. */
const KINDS: Readonly<Record<string, KindStyle>> = {
  waiting_approval: { label: "Needs an approval", tone: "ask", mark: "waiting_approval" },
  waiting_user: { label: "Waits for you", tone: "ask", mark: "waiting_user" },
  undelivered: { label: "Not delivered", tone: "bad", mark: "failed" },
  ambiguous: { label: "Delivered? Nobody knows", tone: "wait", mark: "ambiguous" },
  lost: { label: "Lost", tone: "bad", mark: "lost" },
  run_blocked: { label: "Run is blocked", tone: "bad", mark: "blocked" },
  flow_blocked: { label: "Flow is blocked", tone: "bad", mark: "blocked" },
  flow_resume_due: { label: "Can go on", tone: "wait", mark: "waiting" },
  run_conflict: { label: "Contradiction", tone: "wait", mark: "ambiguous" },
  stalled: { label: "Not moving", tone: "wait", mark: "stalled" },
  never_started: { label: "Never started", tone: "wait", mark: "waiting" },
  cancel_refused: { label: "Cannot be stopped", tone: "wait", mark: "blocked" },
  run_failed: { label: "Run failed", tone: "bad", mark: "failed" },
  failed_silently: { label: "Failed, and nobody was told", tone: "bad", mark: "failed" },
};

export function getKindStyle(kind: string): KindStyle {
  return KINDS[kind] ?? { label: kind.replaceAll("_", " "), tone: "idle", mark: "none" };
}
