import { decideDelivery, planDelivery } from "../delivery/decide.ts";
import {
  MAX_TASK_ERROR_LENGTH,
  MAX_TASK_LABEL_LENGTH,
  MAX_TASK_RESULT_LENGTH,
  MAX_TASK_TEXT_LENGTH,
} from "../model/limits.ts";
import { plainLine, plainText } from "../model/plain-text.ts";
import type { TaskEnding, TaskEventDraft, TaskFacts } from "../model/task-events.ts";
import type { TaskRecord } from "../model/task-record.ts";
import type { Micros } from "../model/time.ts";
import type { TaskCommand, TaskSignal } from "./commands.ts";
import { isTerminalTask } from "./evolve.ts";

/**
 * When the host's own announcement of a subagent or ACP completion is due, in milliseconds after the end.
 * Measured: 0.2 to 17 s, longer while the requester is busy.
 */
export const HOST_ANNOUNCE_WAIT_MS = 60_000;

/**
 * Decides what a signal changes. Sources may tell of the same work early and late, twice or never, in any
 * order: the first terminal fact wins, later ones only add what was missing.
 */
export function decideTask(
  task: TaskRecord | undefined,
  command: TaskCommand,
  context: { now: Micros },
): TaskEventDraft[] {
  if (command.type === "report_delivery") {
    return task === undefined ? [] : decideDelivery(task.delivery, command.report, context.now);
  }
  const signal = cleaned(command);
  const drafts: TaskEventDraft[] = [];
  const description = describe(task, signal);
  if (task === undefined) drafts.push({ event: "task.created", names: [...signal.names], facts: signal.facts });
  else if (description !== undefined) drafts.push(description);

  const over = task !== undefined && isTerminalTask(task);
  if (signal.started === true && (task === undefined || task.status === "queued"))
    drafts.push({ event: "task.started" });
  if (signal.update !== undefined && !over && signal.update !== task?.latestUpdate) {
    drafts.push({ event: "task.progressed", update: signal.update });
  }
  if (signal.ending !== undefined) drafts.push(...end(task, signal, signal.ending, context.now));
  if (task !== undefined && over) drafts.push(...planForLateRoute(task, signal.facts, context.now));
  return drafts;
}

/** Names and facts that the task does not have yet; undefined when there are none. */
function describe(task: TaskRecord | undefined, signal: TaskSignal): TaskEventDraft | undefined {
  if (task === undefined) return undefined;
  const names = signal.names.filter((name) => !task.names.includes(name));
  const attempt = task.attempts[task.attempts.length - 1];
  const has: Record<keyof TaskFacts, boolean> = {
    runtime: signal.facts.runtime === task.runtime || signal.facts.runtime === "subagent",
    label: task.label !== null,
    task: task.task !== null,
    requesterSessionKey: task.requesterSessionKey !== null,
    childSessionKey: task.childSessionKey !== null,
    parentRunId: task.parentRunId !== null,
    runId: (attempt?.runId ?? null) !== null,
    agentId: (attempt?.worker.agentId ?? null) !== null,
    model: (attempt?.worker.model ?? null) !== null,
    route: task.route !== null,
    wantsCompletion: signal.facts.wantsCompletion !== false || !task.wantsCompletion,
  };
  const missing = Object.entries(signal.facts).filter(([key]) => !has[key as keyof TaskFacts]);
  if (names.length === 0 && missing.length === 0) return undefined;
  return { event: "task.described", names, facts: Object.fromEntries(missing) };
}

function end(task: TaskRecord | undefined, signal: TaskSignal, ending: TaskEnding, now: Micros): TaskEventDraft[] {
  if (task !== undefined && isTerminalTask(task)) return lateEnd(task, ending);
  const route = task?.route ?? signal.facts.route ?? null;
  const wanted = (task?.wantsCompletion ?? true) && signal.facts.wantsCompletion !== false;
  const ended: TaskEventDraft = { event: "task.ended", ending };
  if (ending.status === "cancelled" || !wanted) {
    const reason = wanted ? "cancelled: there is no result to report" : "the one who started it asked not to be told";
    return [ended, planDelivery({ route: null, sender: "host", now, waitMs: 0, reason })];
  }
  return [ended, planDelivery({ route, sender: "host", now, waitMs: HOST_ANNOUNCE_WAIT_MS })];
}

/** The end was told before the route: without this, the result of such work would reach nobody. */
function planForLateRoute(task: TaskRecord, facts: TaskFacts, now: Micros): TaskEventDraft[] {
  const { route } = facts;
  const wanted = task.wantsCompletion && facts.wantsCompletion !== false && task.status !== "cancelled";
  if (route === undefined || task.route !== null || !wanted || task.delivery?.state !== "none") return [];
  return [planDelivery({ route, sender: "host", now, waitMs: HOST_ANNOUNCE_WAIT_MS })];
}

function lateEnd(task: TaskRecord, ending: TaskEnding): TaskEventDraft[] {
  if (ending.status !== task.status) return [{ event: "task.late_signal", ending }];
  const replaces = ending.supersedes === true && ending.result !== undefined && ending.result !== task.result;
  const adds =
    replaces ||
    (ending.result !== undefined && task.result === null) ||
    (ending.error !== undefined && task.error === null);
  return adds ? [{ event: "task.late_signal", ending }] : [];
}

/** Text from models and channels is data: capped, and without control characters. */
function cleaned(signal: TaskSignal): TaskSignal {
  const { label, task, ...facts } = signal.facts;
  const { ending, update, ...rest } = signal;
  return {
    ...rest,
    facts: {
      ...facts,
      ...(label === undefined ? {} : { label: plainLine(label, MAX_TASK_LABEL_LENGTH) }),
      ...(task === undefined ? {} : { task: plainText(task, MAX_TASK_TEXT_LENGTH) }),
    },
    ...(update === undefined ? {} : { update: plainLine(update, MAX_TASK_LABEL_LENGTH) }),
    ...(ending === undefined ? {} : { ending: cleanedEnding(ending) }),
  };
}

function cleanedEnding(ending: TaskEnding): TaskEnding {
  return {
    status: ending.status,
    ...(ending.result === undefined ? {} : { result: plainText(ending.result, MAX_TASK_RESULT_LENGTH) }),
    ...(ending.error === undefined ? {} : { error: plainText(ending.error, MAX_TASK_ERROR_LENGTH) }),
    ...(ending.supersedes === true ? { supersedes: true } : {}),
  };
}
