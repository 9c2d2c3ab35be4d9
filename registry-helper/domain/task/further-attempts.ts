import type { TaskRecord, TaskStatus } from "../../model/task-record.ts";
import { isTerminalTask } from "./evolve.ts";

/** How work ends that somebody tries again. What was cancelled was not wanted any more. */
export const RETRIED_STATUSES: readonly TaskStatus[] = ["failed", "timed_out", "lost"];

/** The requester's turn that asked for work, and what it called it: what a further attempt has in common. */
export interface RequestKey {
  requesterSessionKey: string;
  label: string;
}

/**
 * By what attempts at one piece of work are looked for. Undefined for work without it: a run of a job, a command and a
 * media job are asked for anew each time, and work without a label or without the turn that asked is never certain.
 */
export function getRequestKey({
  runtime,
  requesterSessionKey,
  label,
  parentRunId,
}: TaskRecord): RequestKey | undefined {
  if (runtime !== "subagent" && runtime !== "acp") return undefined;
  if (requesterSessionKey === null || label === null || parentRunId === null) return undefined;
  return { requesterSessionKey, label };
}

/**
 * Whether work is certainly a further attempt at earlier work: the same session asked for it under the same label,
 * after the earlier one had ended without success, in the same turn or in the one that was told of that end. Pure.
 */
export function isFurtherAttempt(later: TaskRecord, earlier: TaskRecord): boolean {
  const [key, before] = [getRequestKey(later), getRequestKey(earlier)];
  if (key === undefined || before === undefined || later.taskId === earlier.taskId) return false;
  if (key.requesterSessionKey !== before.requesterSessionKey || key.label !== before.label) return false;
  if (later.runtime !== earlier.runtime || !RETRIED_STATUSES.includes(earlier.status)) return false;
  if (earlier.endedAt === null || earlier.endedAt > later.createdAt) return false;
  return later.parentRunId === earlier.parentRunId || isToldOf(later.parentRunId ?? "", earlier);
}

/** The host names the turn in which a requester hears of an end after the run that ended. */
function isToldOf(turnRunId: string, { attempts }: TaskRecord): boolean {
  const parts = turnRunId.split(/[:,]/);
  return parts[0] === "announce" && attempts.some(({ runId }) => runId !== null && parts.includes(runId));
}

/**
 * The attempts before this one, the oldest first. Where two earlier ones could be meant, none is: it is work of its
 * own.
 *
 * @param candidates work of the same request key
 */
export function listEarlierAttempts(task: TaskRecord, candidates: readonly TaskRecord[]): TaskRecord[] {
  const chain: TaskRecord[] = [];
  for (let current = task, next = findFormer(current, candidates); next !== undefined;) {
    chain.unshift(next);
    current = next;
    next = findFormer(current, candidates);
  }
  return chain;
}

/** The attempt after this one, if there is one. */
export function findNextAttempt(task: TaskRecord, candidates: readonly TaskRecord[]): TaskRecord | undefined {
  if (!isTerminalTask(task)) return undefined;
  return candidates.find((one) => findFormer(one, candidates)?.taskId === task.taskId);
}

/** Each attempt is followed by one: the first that came after it. */
function findFormer(task: TaskRecord, candidates: readonly TaskRecord[]): TaskRecord | undefined {
  const ended = candidates.filter((one) => isFurtherAttempt(task, one));
  const taken = (one: TaskRecord): boolean =>
    candidates.some((other) => other.taskId < task.taskId && isFurtherAttempt(other, one));
  const free = ended.filter((one) => !taken(one));
  return free.length === 1 ? free[0] : undefined;
}
