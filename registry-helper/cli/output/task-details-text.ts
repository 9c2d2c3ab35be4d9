import { describeLateResult } from "../../domain/task/attention.ts";
import { getCapabilities } from "../../domain/task/capabilities.ts";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { formatLargestUnit } from "../../model/duration.ts";
import { formatRemedy } from "../../model/remedy.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import type { Micros } from "../../model/time.ts";
import type { TaskShowDocument } from "../../operations/tasks/show.ts";
import type { TaskContext } from "../../operations/tasks/task-context.ts";
import type { TaskRow } from "../../views/queries/task-queries.ts";
import { blockAsWritten, wrap } from "./layout.ts";
import { ago } from "./table.ts";
import { deliveryText, routeText } from "./task-text.ts";

type Line = [string, string | null | undefined];

/** One task for a person: the five answers first, then what it is, then its texts. */
export function describeTask(
  { task, parent, children, childCount, earlierAttempts = [], nextAttempt, others = [] }: TaskShowDocument,
  { now, self, columns }: { now: Micros; self: string; columns: number },
): string {
  const rows: Line[] = [
    ["task", task.taskId],
    ["what", task.label],
    ...answers(task, now, self),
    ...facts(task),
    ...earlierAttempts.map((one): Line => ["tried", `${one.taskId} (${one.status}) ${one.what}`]),
    ["again", nextAttempt === undefined ? null : `${nextAttempt.taskId} (${nextAttempt.status}) ${nextAttempt.what}`],
    ["parent", parent === null ? task.parentTaskId : `${parent.taskId} (${parent.status}) ${parent.what}`],
    ...children.map((child): Line => ["child", `${child.taskId} (${child.status}) ${child.what}`]),
    ["", childCount > children.length ? `and ${childCount - children.length} more children` : null],
    ...others.map((other): Line => ["also", `${other.taskId} (${other.status}) ${other.what}`]),
  ];
  const lines = rows.filter(([, value]) => value).map(([name, value]) => line(name, value ?? "", columns));
  return `${[...lines, ...block("asked for", task.task), ...block("result", task.result), ...block("error", task.error), ...block("late result", task.lateResult?.result ?? task.lateResult?.error ?? null)].join("\n")}\n`;
}

const LABEL_WIDTH = 10;

/** Long values go on below; a command stays on one line, to be pasted. */
function line(name: string, value: string, columns: number): string {
  const plain = plainLine(value, 2_000);
  if (name === "do") return `${name.padEnd(LABEL_WIDTH)}${plain}`;
  return `${name.padEnd(LABEL_WIDTH)}${wrap(plain, " ".repeat(LABEL_WIDTH), columns).trimStart()}`;
}

/** Doing what, blocked, why, needs somebody, done and not reported: each on its line. */
function answers(task: TaskShowDocument["task"], now: Micros, self: string): Line[] {
  const { view } = task;
  const over = isTerminalTask(task);
  const by = task.isReported && !over ? ", by its own word" : "";
  const status = `${task.status}${task.errorSummary === null ? "" : `: ${task.errorSummary}`}`;
  return [
    ["status", status],
    ["late", task.lateResult === undefined ? null : describeLateResult(task.lateResult)],
    ["doing", over ? null : `${view.answers.doing} (${view.phase}${by})`],
    ["blocked", over ? null : view.answers.isBlocked ? `${view.blockReason ?? ""}: ${view.answers.why ?? ""}` : "no"],
    ["needs you", view.answers.needsSomebody ? "yes" : "no"],
    ["do", view.suggestion === null ? null : formatRemedy(view.suggestion, self)],
    ["told", `${deliveryText(task.delivery)}${view.answers.isDoneNotReported ? " (done, not reported)" : ""}`],
    ["latest", view.latestUpdate],
    [
      "active",
      `${ago(view.lastActivityAt, now)} ago${over ? "" : `, last step forward ${ago(task.lastProgressAt, now)} ago`}`,
    ],
    [
      "took",
      `${formatLargestUnit(view.clocks.totalMs)} in all, ${formatLargestUnit(view.clocks.queuedMs)} of it before it started${over ? "" : "; goes on"}`,
    ],
  ];
}

function facts(task: TaskRow): Line[] {
  const { link } = task;
  const attempt = task.attempts.at(-1);
  const { cancel } = task;
  return [
    ["runtime", task.taskKind === null ? task.runtime : `${task.runtime} (${task.taskKind})`],
    ["can stop", isTerminalTask(task) ? null : canStop(task)],
    ["node", link === null ? null : `${link.runId} / ${link.nodeId} (attempt ${link.attempt})`],
    ["flow", task.flowId],
    ["asked by", task.requesterSessionKey],
    ["route", task.isPrivate === true ? "none: the result is for the agent that asked alone" : routeText(task.route)],
    ["notify", task.notify],
    ["attempts", task.attempts.length > 1 ? task.attempts.map(({ status }) => status).join(", ") : null],
    ["worker", attempt?.worker.sessionKey],
    ["model", attempt?.worker.model],
    ["host run", attempt?.runId],
    [
      "cancel",
      cancel === null ? null : [`${cancel.outcome}, by ${cancel.by}`, cancel.reason].filter(Boolean).join(": "),
    ],
    ["created", task.createdAt],
    ["started", task.startedAt],
    ["ended", task.endedAt],
  ];
}

function canStop(task: TaskRow): string {
  const { canCancel, whyNot } = getCapabilities(task);
  return canCancel ? "yes" : `no: ${whyNot ?? ""}`;
}

function block(title: string, text: string | null): string[] {
  return text === null ? [] : ["", title, blockAsWritten(text, "  ")];
}

export function contextText(context: TaskContext, columns: number): string {
  const { worker, requester } = context;
  const idleText = context.quietMs > 0 ? `, ${formatLargestUnit(context.quietMs)} ago` : "";
  const transcript =
    worker.sessionId === null
      ? `agent ${worker.agentId ?? "?"}; its session id is not known`
      : `agent ${worker.agentId ?? "?"}, session id ${worker.sessionId}`;
  const part = (title: string, lines: readonly (string | null)[]): string[] => {
    const present = lines.filter((line) => line !== null && line !== "").map((line) => wrap(line ?? "", "  ", columns));
    return present.length === 0 ? [] : [title, ...present];
  };
  const lines = [
    "to take it up again",
    ...part("where it stands", [
      `${context.phase}${idleText}`,
      context.lastProgress,
      context.nextAction === null ? null : `next: ${context.nextAction}`,
    ]),
    ...part("attempts", context.attempts.map(attemptText)),
    ...part("artifacts", context.artifacts),
    ...part("session", [worker.sessionKey]),
    ...part("transcript", [transcript]),
    ...part("requester", [requester.sessionKey, routeText(requester.route)]),
  ];
  return `${lines.join("\n")}\n`;
}

function attemptText({ attempt, runId, model, status, from, to }: TaskContext["attempts"][number]): string {
  const by = [runId === null ? null : `host run ${runId}`, model].filter(Boolean).join(", ");
  return `${attempt}: ${status}${by === "" ? "" : ` (${by})`}, ${from ?? "not started"} to ${to ?? "now"}`;
}
