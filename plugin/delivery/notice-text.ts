import { limits, plainLine, plainText } from "../../registry-helper/index.ts";
import type { OpenDelivery } from "../recorder/open-delivery.ts";

const TITLE_LENGTH = 120;

const SENTENCES: Readonly<Record<string, string>> = {
  succeeded: "is done",
  completed: "is done",
  failed: "failed",
  timed_out: "ran out of time",
  lost: "was lost: nothing is working on it any more",
};

/** The message that a person gets: one line that says what happened, then the result, capped. No markup. */
export function noticeText(open: OpenDelivery): string {
  const isGood = open.status === "succeeded" || open.status === "completed";
  const title = plainLine(open.title, TITLE_LENGTH);
  const head = `${isGood ? "✅" : "⚠️"} ${title} ${SENTENCES[open.status] ?? open.status}.`;
  if (open.body === null || open.body.trim() === "") return head;
  return `${head}\n\n${plainText(open.body, limits.MAX_NOTICE_LENGTH - head.length - 2)}`;
}
