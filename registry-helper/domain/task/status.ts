import { formatCommand, type Remedy, suggest } from "../../model/remedy.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import type { BlockReason, TaskPhase } from "../../model/task-status.ts";
import { parseMicros, type Micros } from "../../model/time.ts";
import { isAwaitingReceipt } from "../delivery/delivery-problem.ts";
import { findTaskAttention, isLateResultUntold, type TaskFacts } from "./attention.ts";
import { isTerminalTask } from "./evolve.ts";
import { derivePhase, msBetween } from "./phase.ts";

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
    /** It is in the attention list. */
    needsSomebody: boolean;
    /** Ended, and no receipt says that the result is with its requester. */
    isDoneNotReported: boolean;
  };
}

/**
 * Derives what is shown of a task. Pure: the same record and facts at the same time give the same answer.
 *
 * @param facts what the rules of the attention list know besides the record
 */
export function taskStatus(task: TaskRecord, now: Micros, facts: TaskFacts = {}): TaskStatusView {
  const hasEnded = isTerminalTask(task);
  const { phase, blockReason, stalledSince, isStaleQueued, doing, why } = derivePhase(task, now);
  const isDoneNotReported = hasEnded && (isAwaitingReceipt(task.delivery) || isLateResultUntold(task));
  const attention = findTaskAttention(task, now, facts);
  const suggested = suggestion(task, { blockReason, isStaleQueued });
  const remedy = suggested?.remedy ?? (attention === undefined ? null : { commands: [attention.suggestion] });
  const text = suggested?.text ?? (attention === undefined ? null : formatCommand(attention.suggestion, ""));
  return {
    phase,
    blockReason,
    latestUpdate: task.latestUpdate,
    suggestedAction: task.nextAction ?? text,
    suggestion: task.nextAction === null ? remedy : { hint: task.nextAction },
    lastActivityAt: task.lastActivityAt,
    stalledSince,
    clocks: {
      queuedMs: msBetween(task.createdAt, parseMicros(task.startedAt ?? task.endedAt ?? undefined) ?? now),
      progressGapMs: hasEnded ? 0 : msBetween(task.lastProgressAt, now),
      totalMs: msBetween(task.createdAt, parseMicros(task.endedAt ?? undefined) ?? now),
    },
    answers: {
      doing,
      isBlocked: blockReason !== null,
      why: why ?? (hasEnded ? null : (attention?.reason ?? null)),
      needsSomebody: attention !== undefined,
      isDoneNotReported,
    },
  };
}

/** What a person can do about it: in words for JSON, and by its parts for surfaces that show commands. */
function suggestion(
  task: TaskRecord,
  view: { blockReason: BlockReason | null; isStaleQueued: boolean },
): { text: string; remedy: Remedy } | null {
  const { taskId } = task;
  const show = suggest("tasks show", taskId, "--context");
  const retry = suggest("tasks retry", taskId);
  const cancel = suggest("tasks cancel", taskId);
  if (task.delivery?.state === "ambiguous" && isTerminalTask(task)) {
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
