/** What a status means to the one who looks: six tones for all the words of the registry. */
export type Tone = "good" | "busy" | "wait" | "bad" | "ask" | "idle";

/** The drawing that goes with a status, so that nobody depends on colour. */
export type Mark = "empty" | "dots" | "turning" | "hand" | "check" | "cross" | "slash" | "question" | "pause" | "arrow";

export interface StatusStyle {
  tone: Tone;
  mark: Mark;
}

const STYLES: Readonly<Record<string, StatusStyle>> = {
  queued: { tone: "idle", mark: "empty" },
  pending: { tone: "idle", mark: "empty" },
  draft: { tone: "idle", mark: "empty" },
  none: { tone: "idle", mark: "empty" },
  ready: { tone: "busy", mark: "dots" },
  starting: { tone: "busy", mark: "dots" },
  sending: { tone: "busy", mark: "turning" },
  running: { tone: "busy", mark: "turning" },
  reading_context: { tone: "busy", mark: "turning" },
  researching: { tone: "busy", mark: "turning" },
  planning: { tone: "busy", mark: "turning" },
  editing: { tone: "busy", mark: "turning" },
  testing: { tone: "busy", mark: "turning" },
  summarizing: { tone: "busy", mark: "turning" },
  waiting: { tone: "wait", mark: "pause" },
  waiting_dependency: { tone: "wait", mark: "pause" },
  waiting_user: { tone: "ask", mark: "hand" },
  waiting_approval: { tone: "ask", mark: "hand" },
  asked: { tone: "wait", mark: "pause" },
  paused: { tone: "wait", mark: "pause" },
  blocked: { tone: "bad", mark: "slash" },
  stalled: { tone: "wait", mark: "question" },
  succeeded: { tone: "good", mark: "check" },
  completed: { tone: "good", mark: "check" },
  done: { tone: "good", mark: "check" },
  delivered: { tone: "good", mark: "check" },
  session_queued: { tone: "good", mark: "check" },
  accepted: { tone: "good", mark: "check" },
  failed: { tone: "bad", mark: "cross" },
  timed_out: { tone: "bad", mark: "cross" },
  refused: { tone: "bad", mark: "cross" },
  unreadable: { tone: "bad", mark: "question" },
  lost: { tone: "bad", mark: "question" },
  ambiguous: { tone: "wait", mark: "question" },
  cancelled: { tone: "idle", mark: "slash" },
  dismissed: { tone: "idle", mark: "slash" },
  skipped: { tone: "idle", mark: "arrow" },
};

/** A word that is not known here, of a newer registry, is shown plainly. */
export function getStatusStyle(status: string): StatusStyle {
  return STYLES[status] ?? { tone: "idle", mark: "empty" };
}

/** `waiting_approval` as people read it. */
export function humanize(status: string): string {
  return status.replaceAll("_", " ");
}
