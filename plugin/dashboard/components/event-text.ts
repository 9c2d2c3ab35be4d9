import type { Json, RunEvent, TaskEvent } from "../api/response-types.ts";
import { wordsOf } from "../design/tone.ts";

/** A line of a journal, of a run or of a task, as far as a list shows it. */
export interface ShownEvent
  extends
    Pick<RunEvent, "seq" | "timestamp" | "nodeId" | "message" | "by" | "control">,
    Partial<Pick<TaskEvent, "source" | "step" | "ending" | "notify" | "cancel">> {
  event: string;
  delivery?: { reason?: string | null } | undefined;
}

/** `by` of what nobody did. */
const WHO: Readonly<Record<string, string>> = { clock: "by the clock", observed: "as observed" };

/** What happened, in one line: of an action, which one and who asked for it; else about what, and its words. */
export function eventText(event: ShownEvent): string {
  const { nodeId, message, control, cancel, by } = event;
  if (control !== undefined) {
    const asked = `${controlText(control)} by ${control.by}`;
    // Of a control that was refused, the message is the reason.
    return said(event.event === "control.rejected" ? `refused: ${asked}` : asked, message ?? control.message);
  }
  if (cancel !== undefined)
    return said(cancel.by === undefined ? cancel.outcome : `by ${cancel.by}`, cancel.reason ?? undefined);
  const text = said(nodeId, message ?? taskText(event));
  const who = by === undefined ? "" : `(${WHO[by] ?? `by ${by}`})`;
  return [text, who].filter(Boolean).join(" ");
}

function said(head: string | undefined, words: string | undefined): string {
  return [head, words].filter(Boolean).join(": ");
}

function taskText({ step, ending, notify, delivery, source }: ShownEvent): string | undefined {
  const phase = step?.phase ?? undefined;
  return (
    step?.update ??
    (phase === undefined ? undefined : wordsOf(phase)) ??
    ending?.status ??
    (notify === undefined ? undefined : wordsOf(notify)) ??
    delivery?.reason ??
    source
  );
}

/** `retry draft`, `approve release "send as draft"`, `add node check-again`. */
function controlText({ action, nodeId, patch }: NonNullable<RunEvent["control"]>): string {
  const choice = textAt(patch, "choice");
  const node = nodeId ?? textAt(valueAt(patch, "node"), "id");
  return [wordsOf(action), node, choice === undefined ? undefined : JSON.stringify(choice)].filter(Boolean).join(" ");
}

function textAt(value: Json | undefined, name: string): string | undefined {
  const found = valueAt(value, name);
  return typeof found === "string" ? found : undefined;
}

function valueAt(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}
