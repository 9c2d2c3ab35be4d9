import { type Remedy, suggest } from "../../model/remedy.ts";
import type { TaskRecord, TaskRuntime } from "../../model/task-record.ts";
import type { BlockReason, TaskPhase } from "../../model/task-status.ts";
import { parseMicros, type Micros } from "../../model/time.ts";
import { isTerminalTask } from "./evolve.ts";

const MINUTE_MS = 60_000;

/** Without a step forward for this long, work is shown as stalled. It is reported, never stopped. */
export const STALL_AFTER_MS: Readonly<Record<TaskRuntime, number>> = {
  subagent: 10 * MINUTE_MS,
  acp: 15 * MINUTE_MS,
  cron: 10 * MINUTE_MS,
  cli: 10 * MINUTE_MS,
  // A process tells nothing while it runs.
  exec: 60 * MINUTE_MS,
  media: 15 * MINUTE_MS,
};
/** Accepted and not started for this long is worth a look. */
export const STALE_QUEUED_AFTER_MS = 5 * MINUTE_MS;

/** What a person wants to know of a task, answered from its record and the clock. */
export interface TaskStatusView {
  phase: TaskPhase;
  blockReason: BlockReason | null;
  latestUpdate: string | null;
  /** What to do next; null when nothing needs to be done. */
  suggestedAction: string | null;
  /** The same by its parts. */
  suggestion: Remedy | null;
  lastActivityAt: string;
  /** Since when it has not moved; null unless it is stalled. */
  stalledSince: string | null;
  clocks: {
    /** From accepted to started; until now when it has not started. */
    queuedMs: number;
    /** Since the last step forward; 0 once it has ended. */
    progressGapMs: number;
    /** From accepted to its end; until now while it goes on. */
    totalMs: number;
  };
  answers: {
    doing: string;
    isBlocked: boolean;
    why: string | null;
    needsSomebody: boolean;
    /** Ended, and the result is not with its requester. */
    isDoneNotReported: boolean;
  };
}

/** The words in which each phase is said. */
const DOING: Readonly<Record<TaskPhase, string>> = {
  queued: "waiting to start",
  starting: "starting",
  reading_context: "reading",
  researching: "researching",
  planning: "planning",
  editing: "editing",
  testing: "testing",
  waiting_user: "waiting for a person's answer",
  waiting_approval: "waiting for an approval",
  waiting_dependency: "waiting for other work",
  summarizing: "writing up the result",
  done: "done",
  failed: "ended without a result",
  stalled: "not moving",
};

const WHY: Readonly<Record<BlockReason, string>> = {
  user_input: "it asked a question",
  confirmation: "it wants a confirmation",
  approval: "a command of it needs an approval",
  auth: "it is not logged in where it needs to be",
  subagent: "its own children are still at work",
  external_api: "a service that it calls does not answer",
  suspected_stall: "it has made no step forward for a while",
};

/** Only these need a person; the others pass by themselves. */
const NEEDS_A_PERSON: readonly (BlockReason | null)[] = [
  "user_input",
  "confirmation",
  "approval",
  "auth",
  "suspected_stall",
];

/** Which block goes with a waiting phase when nobody named one. */
const USUAL_REASON: Partial<Record<TaskPhase, BlockReason>> = {
  waiting_user: "user_input",
  waiting_approval: "approval",
  waiting_dependency: "subagent",
};

/** Derives what is shown of a task. Pure: the same record at the same time gives the same answer. */
export function taskStatus(task: TaskRecord, now: Micros): TaskStatusView {
  const hasEnded = isTerminalTask(task);
  const gapMs = hasEnded ? 0 : msBetween(task.lastProgressAt, now);
  const isStalled = task.status === "running" && !isWaiting(task) && gapMs >= STALL_AFTER_MS[task.runtime];
  const phase = isStalled ? "stalled" : getPhase(task, hasEnded);
  const blockReason = hasEnded
    ? null
    : isStalled
      ? "suspected_stall"
      : (task.blockReason ?? USUAL_REASON[phase] ?? null);
  const isDoneNotReported = hasEnded && isUndelivered(task);
  const isStaleQueued = task.status === "queued" && msBetween(task.createdAt, now) >= STALE_QUEUED_AFTER_MS;
  const view = { phase, blockReason, isDoneNotReported, isStaleQueued };
  const suggested = suggestion(task, view);
  return {
    phase,
    blockReason,
    latestUpdate: task.latestUpdate,
    suggestedAction: task.nextAction ?? suggested?.text ?? null,
    suggestion: task.nextAction === null ? (suggested?.remedy ?? null) : { hint: task.nextAction },
    lastActivityAt: task.lastActivityAt,
    stalledSince: isStalled ? task.lastProgressAt : null,
    clocks: {
      queuedMs: msBetween(task.createdAt, parseMicros(task.startedAt ?? task.endedAt ?? undefined) ?? now),
      progressGapMs: gapMs,
      totalMs: msBetween(task.createdAt, parseMicros(task.endedAt ?? undefined) ?? now),
    },
    answers: {
      doing: DOING[phase],
      isBlocked: blockReason !== null,
      why: blockReason === null ? null : WHY[blockReason],
      needsSomebody: isDoneNotReported || isStaleQueued || NEEDS_A_PERSON.includes(blockReason),
      isDoneNotReported,
    },
  };
}

/** Ended, and the requester has not got the result and may not get it by itself. */
export function isUndelivered(task: TaskRecord): boolean {
  return hasFailedDelivery(task) || isLateResultUntold(task);
}

/** Told as lost, or not told at all, and ended after all: its requester does not know how. */
export function isLateResultUntold({ lateResult, delivery }: TaskRecord): boolean {
  if (lateResult === undefined || lateResult.status === "cancelled" || delivery === null) return false;
  return delivery.state !== "dismissed" && delivery.state !== "none" && delivery.generation <= lateResult.toldWithout;
}

function hasFailedDelivery(task: TaskRecord): boolean {
  return task.delivery?.state === "failed" || task.delivery?.state === "ambiguous";
}

function getPhase(task: TaskRecord, hasEnded: boolean): TaskPhase {
  if (hasEnded) return task.status === "succeeded" ? "done" : "failed";
  if (task.status === "queued") return "queued";
  return task.phase ?? "starting";
}

function isWaiting(task: TaskRecord): boolean {
  return task.phase?.startsWith("waiting_") === true || (task.blockReason ?? null) !== null;
}

/** What a person can do about it: in words for JSON, and by its parts for surfaces that show commands. */
function suggestion(
  task: TaskRecord,
  view: { phase: TaskPhase; blockReason: BlockReason | null; isDoneNotReported: boolean; isStaleQueued: boolean },
): { text: string; remedy: Remedy } | null {
  const { taskId } = task;
  const show = suggest("tasks show", taskId, "--context");
  const retry = suggest("tasks retry", taskId);
  const cancel = suggest("tasks cancel", taskId);
  if (view.isDoneNotReported) {
    if (task.delivery?.state !== "ambiguous") return { text: `tasks retry ${taskId}`, remedy: { commands: [retry] } };
    return {
      text: `look whether the message arrived; tasks retry ${taskId} sends it again, tasks dismiss ${taskId} closes it`,
      remedy: {
        hint: "look whether the message arrived, then send it again or dismiss it",
        commands: [retry, suggest("tasks dismiss", taskId)],
      },
    };
  }
  if (view.isStaleQueued)
    return {
      text: `tasks show ${taskId} --context; tasks cancel ${taskId} gives it up`,
      remedy: { hint: "look at it, or give it up", commands: [show, cancel] },
    };
  switch (view.blockReason) {
    case "suspected_stall":
      return {
        text: `tasks show ${taskId} --context, then wait or tasks cancel ${taskId}`,
        remedy: { hint: "look at it, then wait or stop it", commands: [show, cancel] },
      };
    case "user_input":
    case "confirmation":
      return toHint("answer it in its conversation");
    case "approval":
      return toHint("approve or deny it (/approve in the conversation, or the Control UI)");
    case "auth":
      return toHint("log the agent in, then let it go on");
    default:
      return null;
  }
}

function toHint(text: string): { text: string; remedy: Remedy } {
  return { text, remedy: { hint: text } };
}

function msBetween(from: string, to: Micros): number {
  return Math.max(0, Math.floor((to - (parseMicros(from) ?? to)) / 1000));
}
