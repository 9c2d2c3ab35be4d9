/** What `/tasks` says: short lines for a chat, from the documents of the verbs. Pure; every text in them is data. */
import type { AttentionItem, NotifyPolicy, OperationDocument, OperationError } from "../../registry-helper/internal.ts";
import type { VisibleTask } from "../operations/visible-tasks.ts";
import { formatChatCommand, formatChatRemedy } from "./chat-remedy.ts";
import { formatAge, truncateLines, chatBlock, chatLine, MAX_CHAT_LENGTH } from "./labels.ts";

const TITLE_LENGTH = 60;
const LINE_LENGTH = 160;

const MARKS: Readonly<Record<string, string>> = {
  queued: "⏳",
  running: "▶️",
  succeeded: "✅",
  failed: "❌",
  timed_out: "⌛",
  cancelled: "🚫",
  lost: "❓",
};
const ENDED: Readonly<Record<string, string>> = {
  succeeded: "done",
  failed: "failed",
  timed_out: "ran out of time",
  cancelled: "cancelled",
  lost: "lost",
};
const NOTIFY_DESCRIPTIONS: Readonly<Record<NotifyPolicy, string>> = {
  done_only: "you hear of its end",
  state_changes: "you hear when it starts, waits, goes on and ends",
  silent: "you hear nothing of it; a failure still shows under attention",
};
const ATTENTION_TEXTS: Readonly<Record<AttentionItem["kind"], string>> = {
  waiting_approval: "waits for an approval",
  waiting_user: "waits for somebody",
  undelivered: "not delivered",
  ambiguous: "maybe not delivered",
  late_result: "ended after all, and nobody was told",
  lost: "lost",
  run_unreadable: "cannot be read",
  flow_blocked: "cannot go on",
  flow_resume_due: "can go on",
  run_conflict: "contradicts itself",
  run_blocked: "cannot go on",
  stalled: "not moving",
  never_started: "never started",
  cancel_refused: "cannot be stopped",
  run_bypassed: "went past a question that nobody answered",
  run_unverified: "unverified",
  run_failed: "run failed",
  failed_silently: "failed",
};

export { MAX_CHAT_LENGTH } from "./labels.ts";

/** What an answer depends on besides its document: the time, and how the command is called here. */
export interface ReplyContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** With its slash: `/tasks`. */
  readonly word: string;
}

/** A list: what goes on first, then what ended, the newest first in each. */
export function listText(tasks: readonly VisibleTask[], context: ReplyContext & { hereOnly: boolean }): string {
  const { word, hereOnly } = context;
  const where = hereOnly ? " of this conversation" : "";
  if (tasks.length === 0) return `No tasks${where}.${hereOnly ? ` Everything: ${word} all` : ""}`;
  const active = tasks.filter(isActive);
  const sorted = [...active, ...tasks.filter((task) => !isActive(task))];
  const head = `Tasks${where}: ${active.length} active, ${tasks.length - active.length} ended`;
  const lines = sorted.map((task) => taskLine(task, context));
  return truncateLines({ head, lines, foot: `More of one: ${word} show ID` });
}

function taskLine(task: VisibleTask, { now }: ReplyContext): string {
  const { view } = task;
  const mark = view.answers.needsSomebody ? "⚠️" : (MARKS[task.status] ?? "•");
  return chatLine(`${mark} ${getTitle(task)} (${shortId(task)}): ${formatState(task, now)}`, LINE_LENGTH);
}

/** What it is doing or how it ended, and since when. */
function formatState(task: VisibleTask, now: number): string {
  const { view } = task;
  if (isActive(task)) {
    const why = view.answers.isBlocked ? `, ${view.answers.why ?? "held up"}` : "";
    return `${view.answers.doing}${why}, ${formatAge(task.startedAt ?? task.createdAt, now)}`;
  }
  const notReported = view.answers.isDoneNotReported ? ", not reported" : "";
  return `${ENDED[task.status] ?? task.status}${notReported}, ${formatAge(task.endedAt ?? task.updatedAt, now)} ago`;
}

/** One task: what it is, how it stands, what to do, and its words. */
export function taskText(task: VisibleTask, context: ReplyContext): string {
  const { view, delivery } = task;
  const rows: [string, string | null][] = [
    ["Id", shortId(task)],
    ["Kind", task.runtime],
    ["State", formatState(task, context.now)],
    ["Latest", isActive(task) ? view.latestUpdate : null],
    ["Next", view.suggestion === null ? null : formatChatRemedy(view.suggestion, context.word)],
    ["Error", task.errorSummary],
    ["Told", delivery === null ? null : [delivery.state, delivery.reason].filter(Boolean).join(": ")],
    ["Tells", task.notify],
    ["Files", task.artifacts.length === 0 ? null : task.artifacts.join(", ")],
    ["Cancel", task.cancel === null ? null : [task.cancel.outcome, task.cancel.reason].filter(Boolean).join(": ")],
  ];
  const head = chatLine(`${MARKS[task.status] ?? "•"} ${getTitle(task)}`, LINE_LENGTH);
  const lines = rows.flatMap(([name, value]) =>
    value === null ? [] : [chatLine(`${name}: ${value}`, LINE_LENGTH * 2)],
  );
  const said = [head, ...lines].join("\n");
  const words = task.result ?? (isActive(task) ? task.task : task.error);
  const room = MAX_CHAT_LENGTH - said.length - 2;
  return words === null || room < 40 ? said : `${said}\n\n${chatBlock(words, room)}`;
}

/** What became of the request to stop a task. */
export function cancelText(
  { taskId, outcome, status, reason }: OperationDocument<"tasks.cancel">,
  { word }: ReplyContext,
): string {
  const id = shortId({ taskId });
  const why = reason === null ? "" : `: ${chatLine(reason, LINE_LENGTH)}`;
  switch (outcome) {
    case "ended":
      return status === "cancelled" ? `🚫 ${id} is stopped.` : `${id} had ended already: ${ENDED[status] ?? status}.`;
    case "refused":
      return `⚠️ ${id} cannot be stopped${why}\nIts state: ${word} show ${id}`;
    case "accepted":
      return `${id} is being stopped. Look again with ${word} show ${id}`;
    case "asked":
      return `Noted. ${id} is stopped as soon as its owner can be reached.`;
  }
}

export function notifyText({ taskId, notify }: OperationDocument<"tasks.notify">): string {
  return `${shortId({ taskId })}: ${NOTIFY_DESCRIPTIONS[notify]}.`;
}

/** What became of results that were to be delivered again, or that nobody wants. */
export function deliveryActionText(
  { action, results: [one] }: OperationDocument<"tasks.retry">,
  { word }: ReplyContext,
): string {
  if (one === undefined) return "Nothing is undelivered.";
  if (!one.ok) return errorText(one.error, { word });
  const id = shortId({ taskId: one.id });
  return action === "retry" ? `${id}: its result is sent again.` : `${id}: dismissed, nobody is told.`;
}

/** What needs somebody, each with what to type. */
export function attentionText(items: readonly AttentionItem[], { now, word }: ReplyContext): string {
  if (items.length === 0) return "Nothing needs anybody.";
  const lines = items.map((item) =>
    [
      chatLine(
        `⚠️ ${chatLine(item.title, TITLE_LENGTH)}: ${ATTENTION_TEXTS[item.kind]}, ${formatAge(item.since, now)}`,
        LINE_LENGTH,
      ),
      chatLine(item.reason, LINE_LENGTH),
      formatChatCommand(item.suggestion, word),
    ].join("\n"),
  );
  return truncateLines({ head: `${items.length} need somebody`, lines, foot: "" });
}

export function tasksHelpText({ word }: Pick<ReplyContext, "word">): string {
  return [
    `${word}: what goes on and what ended here`,
    `${word} all: everything, for the owner`,
    `${word} show ID`,
    `${word} cancel ID: stop it`,
    `${word} notify ID done_only | state_changes | silent`,
    `${word} attention: what needs somebody`,
    `${word} retry ID: deliver a result again`,
    `${word} dismiss ID: nobody wants it`,
    "The end of an id is enough.",
  ].join("\n");
}

export function errorText(error: OperationError, { word }: Pick<ReplyContext, "word">): string {
  const remedy = error.remedy === undefined ? "" : formatChatRemedy(error.remedy, word);
  const line = remedy === "" ? "" : `\n${chatLine(remedy, LINE_LENGTH)}`;
  return `⚠️ ${chatLine(error.message, LINE_LENGTH * 2)} (${error.code})${line}`;
}

function getTitle(task: VisibleTask): string {
  return chatLine(task.label ?? task.task ?? task.childSessionKey ?? task.runtime, TITLE_LENGTH);
}

/** The end of the id, as lists in a terminal show it. */
function shortId({ taskId }: { taskId: string }): string {
  return taskId.slice(taskId.lastIndexOf("-") + 1);
}

function isActive({ status }: VisibleTask): boolean {
  return status === "queued" || status === "running";
}
