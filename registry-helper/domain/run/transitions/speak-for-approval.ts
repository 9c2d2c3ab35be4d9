import type { EventOrigin } from "../../../model/event-origin.ts";
import { isJsonObject } from "../../../model/json.ts";
import type { AnswerOrigin, ApprovalAnswer, ApprovalBypass } from "../../../model/run-documents.ts";
import type { RecordedControl } from "../../../model/run-events.ts";

/** Who says something of an approval. Whom the host or the control plane knows is named by them, whatever was claimed. */
export function toAnswerOrigin(origin: EventOrigin | undefined, claimed: string): Omit<AnswerOrigin, "at"> {
  const { via, session, sender } = origin ?? {};
  return {
    by: sender === undefined ? claimed : (sender.name ?? sender.id),
    ...(via === undefined ? {} : { via }),
    ...(session === undefined ? {} : { session }),
    ...(sender === undefined ? {} : { sender: sender.id }),
  };
}

/** The answer that a control gives, with what it chose. */
export function toAnswer(
  { message, by, patch }: Pick<RecordedControl, "message" | "by" | "patch">,
  choice: string,
  origin: EventOrigin | undefined,
): Omit<ApprovalAnswer, "at"> {
  const data = isJsonObject(patch) ? patch["data"] : undefined;
  const words = message?.trim();
  return {
    choice,
    words: words === undefined || words === "" ? null : words,
    ...toAnswerOrigin(origin, by),
    ...(data === undefined ? {} : { data }),
  };
}

/** An approval is ended by somebody who gives no answer. */
export function toBypass(
  to: ApprovalBypass["to"],
  what: { message: string | undefined; by: string; origin: EventOrigin | undefined },
): Omit<ApprovalBypass, "at"> {
  const words = what.message?.trim();
  return { to, words: words === undefined || words === "" ? null : words, ...toAnswerOrigin(what.origin, what.by) };
}
