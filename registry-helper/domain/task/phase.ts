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

/** Runtimes without a start of their own: what runs is the work. */
export const RUNTIMES_THAT_WORK_AT_ONCE: readonly TaskRuntime[] = ["exec", "media"];
/** An agent that has said nothing for this long since its start is no longer starting: it thinks, or writes its answer. */
export const STARTING_FOR_MS = MINUTE_MS;

/** The words in which each phase is said. */
const DOING: Readonly<Record<TaskPhase, string>> = {
  queued: "waiting to start",
  starting: "starting",
  working: "working",
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
export const NEEDS_A_PERSON: readonly (BlockReason | null)[] = [
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

/** Where a task stands, from its record and the clock alone. */
export interface DerivedPhase {
  phase: TaskPhase;
  blockReason: BlockReason | null;
  /** Since when it has not moved; null unless it is stalled. */
  stalledSince: string | null;
  isStaleQueued: boolean;
  doing: string;
  /** Why it is blocked; null while it is not. */
  why: string | null;
}

/** Derives the phase of a task. Pure: the same record at the same time gives the same answer. */
export function derivePhase(task: TaskRecord, now: Micros): DerivedPhase {
  const hasEnded = isTerminalTask(task);
  const isRunning = task.status === "running" && !isWaiting(task);
  const isStalled = isRunning && msBetween(task.lastProgressAt, now) >= STALL_AFTER_MS[task.runtime];
  const phase = isStalled ? "stalled" : getPhase(task, { hasEnded, now });
  const stated = isStalled ? "suspected_stall" : (task.blockReason ?? USUAL_REASON[phase] ?? null);
  const blockReason = hasEnded ? null : stated;
  return {
    phase,
    blockReason,
    stalledSince: isStalled ? task.lastProgressAt : null,
    isStaleQueued: task.status === "queued" && msBetween(task.createdAt, now) >= STALE_QUEUED_AFTER_MS,
    doing: DOING[phase],
    why: blockReason === null ? null : WHY[blockReason],
  };
}

function getPhase(task: TaskRecord, { hasEnded, now }: { hasEnded: boolean; now: Micros }): TaskPhase {
  if (hasEnded) return task.status === "succeeded" ? "done" : "failed";
  if (task.status === "queued") return "queued";
  return task.phase ?? (isStarting(task, now) ? "starting" : "working");
}

/** Whether nothing says yet that it is past its start. */
function isStarting(task: TaskRecord, now: Micros): boolean {
  if (RUNTIMES_THAT_WORK_AT_ONCE.includes(task.runtime) || task.latestUpdate !== null) return false;
  const startedAt = task.attempts.at(-1)?.startedAt ?? task.startedAt ?? task.createdAt;
  return msBetween(startedAt, now) < STARTING_FOR_MS;
}

function isWaiting(task: TaskRecord): boolean {
  return task.phase?.startsWith("waiting_") === true || (task.blockReason ?? null) !== null;
}

/** Milliseconds from a time to now; 0 when it lies ahead. */
export function msBetween(from: string, to: Micros): number {
  return Math.max(0, Math.floor((to - (parseMicros(from) ?? to)) / 1000));
}
