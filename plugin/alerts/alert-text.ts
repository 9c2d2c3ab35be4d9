import { type AttentionItem, limits, plainText } from "../../registry-helper/internal.ts";
import { ATTENTION_TEXTS } from "../conversation/attention-texts.ts";
import { chatLine } from "../conversation/labels.ts";
import type { AlertMessage } from "./decide-alerts.ts";

const MAX_ITEMS = 10;
const TITLE_LENGTH = 80;
const REASON_LENGTH = 160;

/** The message for the monitoring channel: what needs attention, each with its id and what to type. No markup. */
export function alertText({ items, resolved }: AlertMessage, dashboardUrl?: string): string {
  const head =
    items.length === 0 ? "✅ Nothing new needs attention." : `⚠️ ${items.length} new ${plural(items)} attention:`;
  const more = items.length > MAX_ITEMS ? [`... and ${items.length - MAX_ITEMS} more: /tasks attention`] : [];
  const done = resolved.slice(0, MAX_ITEMS).map((title) => chatLine(title, TITLE_LENGTH));
  const rest = resolved.length > MAX_ITEMS ? `, and ${resolved.length - MAX_ITEMS} more` : "";
  return plainText(
    [
      head,
      ...items.slice(0, MAX_ITEMS).map((item) => itemText(item, dashboardUrl)),
      ...more,
      ...(done.length === 0 ? [] : [`Resolved: ${done.join(", ")}${rest}`]),
    ].join("\n\n"),
    limits.MAX_NOTICE_LENGTH,
  );
}

/** What shows more of each subject. */
const COMMANDS: Readonly<Record<AttentionItem["subject"]["kind"], (id: string) => string>> = {
  run: (id) => `/run show ${id}`,
  task: (id) => `/tasks show ${id}`,
  flow: (id) => `clawtask flows show ${id}`,
  ledger: () => "clawtask verify",
  gateway: () => "clawtask doctor",
};

function plural(items: readonly AttentionItem[]): string {
  return items.length === 1 ? "item needs" : "items need";
}

function itemText({ kind, subject, title, reason }: AttentionItem, dashboardUrl: string | undefined): string {
  const { kind: what, id } = subject;
  const command = COMMANDS[what](id);
  const link =
    dashboardUrl === undefined ? [] : [`${dashboardUrl.replace(/[/#]*$/, "")}/#/${what}s/${encodeURIComponent(id)}`];
  return [
    `• ${chatLine(title, TITLE_LENGTH)}: ${ATTENTION_TEXTS[kind]}`,
    `  ${chatLine(reason, REASON_LENGTH)}`,
    `  ${command}`,
    ...link.map((url) => `  ${url}`),
  ].join("\n");
}
