/** What a status means to the one who looks: six tones for all the words of the registry. */
export type Tone = "good" | "busy" | "wait" | "bad" | "ask" | "idle";

/** The drawing that goes with a status, so that nobody depends on colour. */
export type Mark = "empty" | "dots" | "turning" | "hand" | "check" | "cross" | "slash" | "question" | "pause" | "arrow";

type StatusStyle = { tone: Tone; mark: Mark };

/** Each tone with its drawing, and the statuses that have them. */
const STYLES: readonly (readonly [Tone, Mark, readonly string[]])[] = [
  ["idle", "empty", ["queued", "pending", "draft", "none"]],
  ["busy", "dots", ["ready", "starting"]],
  ["busy", "turning", ["sending", "running", "reading_context", "researching", "planning", "editing", "testing"]],
  ["busy", "turning", ["working", "summarizing"]],
  ["wait", "pause", ["waiting", "waiting_dependency", "asked", "paused"]],
  ["ask", "hand", ["waiting_user", "waiting_approval"]],
  ["bad", "slash", ["blocked"]],
  ["wait", "question", ["stalled", "ambiguous"]],
  ["good", "check", ["succeeded", "completed", "done", "delivered", "session_queued", "accepted"]],
  ["bad", "cross", ["failed", "timed_out", "refused"]],
  ["bad", "question", ["unreadable", "lost"]],
  ["idle", "slash", ["cancelled", "reported", "dismissed"]],
  ["idle", "arrow", ["skipped"]],
];
const STYLE_BY_STATUS = new Map(
  STYLES.flatMap(([tone, mark, statuses]) => statuses.map((status) => [status, { tone, mark }] as const)),
);

/** A word that is not known here, of a newer registry, is shown plainly. */
export function getStatusStyle(status: string): StatusStyle {
  return STYLE_BY_STATUS.get(status) ?? { tone: "idle", mark: "empty" };
}

/** `waiting_approval` as people read it. */
export function humanize(status: string): string {
  return status.replaceAll("_", " ");
}
