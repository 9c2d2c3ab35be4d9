import type { Json, RunEvent, TaskEvent } from "../api/response-types.ts";
import { humanize } from "../design/tone.ts";

/** A line of a journal, of a run or of a task, as far as a list shows it. */
export interface EventListItem
  extends
    Pick<RunEvent, "seq" | "timestamp" | "nodeId" | "message" | "by" | "control">,
    Partial<Pick<TaskEvent, "source" | "step" | "ending" | "notify" | "cancel">> {
  event: string;
  delivery?: { reason?: string | null } | undefined;
}

/** `by` of what nobody did. */
const ACTOR_LABELS: Readonly<Record<string, string>> = { clock: "by the clock", observed: "as observed" };

/** What happened, in one line: of an action, which one and who asked for it; else about what, and its words. */
export function formatEvent(event: EventListItem): string {
  const { nodeId, message, control, cancel, by } = event;
  if (control !== undefined) {
    const request = `${formatControl(control)} by ${control.by}`;
    // Of a control that was refused, the message is the reason.
    return joinText(event.event === "control.rejected" ? `refused: ${request}` : request, message ?? control.message);
  }
  if (cancel !== undefined)
    return joinText(cancel.by === undefined ? cancel.outcome : `by ${cancel.by}`, cancel.reason ?? undefined);
  const text = joinText(nodeId, message ?? formatTaskEvent(event));
  const who = by === undefined ? "" : `(${ACTOR_LABELS[by] ?? `by ${by}`})`;
  return [text, who].filter(Boolean).join(" ");
}

function joinText(head: string | undefined, words: string | undefined): string {
  return [head, words].filter(Boolean).join(": ");
}

function formatTaskEvent({ step, ending, notify, delivery, source }: EventListItem): string | undefined {
  const phase = step?.phase ?? undefined;
  return (
    step?.update ??
    (phase === undefined ? undefined : humanize(phase)) ??
    ending?.status ??
    (notify === undefined ? undefined : humanize(notify)) ??
    delivery?.reason ??
    source
  );
}

/** `retry draft`, `approve release "send as draft"`, `add node check-again`. */
function formatControl({ action, nodeId, patch }: NonNullable<RunEvent["control"]>): string {
  const choice = findText(patch, "choice");
  const node = nodeId ?? findText(findValue(patch, "node"), "id");
  return [humanize(action), node, choice === undefined ? undefined : JSON.stringify(choice)].filter(Boolean).join(" ");
}

function findText(value: Json | undefined, name: string): string | undefined {
  const found = findValue(value, name);
  return typeof found === "string" ? found : undefined;
}

function findValue(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}
