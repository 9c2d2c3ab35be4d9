import { limits, plainLine, plainText, terminalText } from "../../registry-helper/internal.ts";
import type { PendingDelivery } from "./pending-delivery.ts";

const TITLE_LENGTH = 120;

const SENTENCES: Readonly<Record<string, string>> = {
  succeeded: "is done",
  completed: "is done",
  failed: "failed",
  cancelled: "was cancelled",
  timed_out: "ran out of time",
  late_succeeded: "is done after all: it had been taken for lost",
  late_failed: "failed: it had been taken for lost",
  late_timed_out: "ran out of time: it had been taken for lost",
  lost: "was lost: nothing is working on it any more",
};

/** The message that a person gets: one line that says what happened, then the result, capped. No markup. */
export function noticeText(open: PendingDelivery, limit: number = limits.MAX_NOTICE_LENGTH): string {
  return terminalText(composeNotice(open, limit));
}

function composeNotice(open: PendingDelivery, limit: number): string {
  const title = plainLine(open.title, TITLE_LENGTH);
  if (open.owner.kind === "update") return plainText(`⏳ ${title} ${open.status}.`, limit);
  if (open.owner.kind === "question")
    return plainText(`❓ ${title}: ${open.status}${open.body === null ? "" : `\n\n${open.body}`}`, limit);
  if (open.owner.kind === "message") return plainText(`✉️ ${title}: ${open.body ?? ""}`, limit);
  const isGood = ["succeeded", "completed", "late_succeeded"].includes(open.status);
  const head = `${isGood ? "✅" : "⚠️"} ${title} ${SENTENCES[open.status] ?? open.status}.`;
  if (open.body === null || open.body.trim() === "") return head;
  return `${head}\n\n${plainText(open.body, Math.max(1, limit - head.length - 2))}`;
}

/** One message for several results: each with its line, and as much of its text as there is room for. */
export function sharedNoticeText(group: readonly PendingDelivery[]): string {
  const [only] = group;
  if (only !== undefined && group.length === 1) return noticeText(only);
  const ending = group.some((open) => open.body !== null) ? '\n\n(cut; "/tasks show" has the whole texts)' : "";
  const separator = "\n\n";
  const room = limits.MAX_NOTICE_LENGTH - ending.length - separator.length * (group.length - 1);
  const each = Math.floor(room / group.length);
  const texts = group.map((open) => noticeText(open, each));
  const isCut = group.some((open, index) => texts[index] !== noticeText(open));
  return texts.join(separator) + (isCut ? ending : "");
}
