import { isOlderThan } from "../../model/age.ts";
import {
  type AttentionItem,
  type AttentionItemMaker,
  attentionItemsOf,
  LOST_SHOWN_FOR,
  SHOWN_FOR,
} from "../../model/attention-item.ts";
import { suggest } from "../../model/remedy.ts";
import { STALE_AFTER_MS, type StaleThresholds } from "../../model/stale-thresholds.ts";
import type { LateResult, TaskRecord } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";
import { findDeliveryProblem, isAwaitingReceipt } from "../delivery/delivery-problem.ts";
import { isTerminalTask } from "./evolve.ts";
import { type DerivedPhase, derivePhase, NEEDS_A_PERSON } from "./phase.ts";

/** What the rules know besides the task itself. What is left out counts as unknown. */
export interface TaskFacts {
  staleAfter?: StaleThresholds;
  /** Of a cron job: how many of its last runs failed, this one included. */
  failuresInARow?: number;
  /** A later run of the same cron job has ended, or a further attempt was made: that one stands for all. */
  isSuperseded?: boolean;
  /** The work that its worker started. */
  children?: { total: number; open: number; lastEndedAt: string | null };
}

/** Whether ended work may need attention, whatever the clock says. Open work always may. */
export function needsLook(task: TaskRecord): boolean {
  if (!isTerminalTask(task)) return true;
  if (isAwaitingReceipt(task.delivery) || isLateResultUntold(task)) return true;
  const isLost = task.status === "lost" && !hasEndedWell(task.lateResult);
  return task.delivery?.state !== "dismissed" && (isLost || isSilentFailure(task));
}

/** What was taken for lost and succeeded after all is lost no more; who has to hear of it is another question. */
function hasEndedWell(late: TaskRecord["lateResult"]): boolean {
  return late?.status === "succeeded" || late?.status === "cancelled";
}

/** Told as lost, or not told at all, and ended after all: its requester does not know how. */
export function isLateResultUntold({ lateResult, delivery }: TaskRecord): boolean {
  if (lateResult === undefined || lateResult.status === "cancelled" || delivery === null) return false;
  return delivery.state !== "dismissed" && delivery.state !== "none" && delivery.generation <= lateResult.toldWithout;
}

/** How work ended that had been taken for lost, in one line. */
export function describeLateResult({ status, result, error }: LateResult): string {
  const words = (result ?? error)?.split("\n")[0];
  return `taken for lost, and ended after all (${status})${words === undefined ? "" : `: ${words}`}`;
}

/** Failed, and by policy nobody was told. A failure that the one who started it has in hand is none. */
export function isSilentFailure(task: TaskRecord): boolean {
  const failed = task.status === "failed" || task.status === "timed_out";
  return failed && task.delivery?.state === "none" && task.wantsCompletion;
}

/** What a task needs attention for, if anything. Pure. */
export function findTaskAttention(task: TaskRecord, now: Micros, facts: TaskFacts = {}): AttentionItem | undefined {
  const item = attentionItemsOf({ kind: "task", id: task.taskId }, getTaskTitle(task));
  return isTerminalTask(task)
    ? findEndedTaskAttention(task, now, facts, item)
    : findOpenTaskAttention(task, now, facts, item);
}

function findEndedTaskAttention(
  task: TaskRecord,
  now: Micros,
  { staleAfter = STALE_AFTER_MS, failuresInARow = 1, isSuperseded = false }: TaskFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const { taskId, status } = task;
  const endedAt = task.endedAt ?? task.updatedAt;
  if (task.lateResult !== undefined && isLateResultUntold(task))
    return item("late_result", task.lateResult.at, describeLateResult(task.lateResult), suggest("tasks retry", taskId));
  const problem = findDeliveryProblem(task.delivery, { now, staleAfter });
  if (problem !== undefined) {
    const suggestion = problem.kind === "undelivered" ? suggest("tasks retry", taskId) : suggest("tasks show", taskId);
    return item(problem.kind, endedAt, problem.reason, suggestion);
  }
  const isLost = status === "lost" && !hasEndedWell(task.lateResult);
  const isOld = isOlderThan(endedAt, (isLost ? LOST_SHOWN_FOR : SHOWN_FOR) / 1000 + 0.001, now);
  if (task.delivery?.state === "dismissed" || !(isLost || isSilentFailure(task)) || isOld || isSuperseded)
    return undefined;
  const dismiss = suggest("tasks dismiss", taskId);
  if (isLost) return item("lost", endedAt, task.errorSummary ?? "nothing works on it any more", dismiss);
  const times = failuresInARow > 1 ? `failed ${failuresInARow} times in a row: ` : "";
  return item("failed_silently", endedAt, `${times}${task.errorSummary ?? status}`, dismiss);
}

function findOpenTaskAttention(
  task: TaskRecord,
  now: Micros,
  facts: TaskFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const derived = derivePhase(task, now);
  const show = suggest("tasks show", task.taskId, "--context");
  const since = task.lastProgressAt;
  const why = task.latestUpdate ?? derived.why ?? derived.doing;
  if (derived.stalledSince !== null) return item("stalled", derived.stalledSince, derived.why ?? "", show);
  if (derived.blockReason === "approval" || derived.phase === "waiting_approval")
    return item("waiting_approval", since, why, show);
  if (NEEDS_A_PERSON.includes(derived.blockReason)) return item("waiting_user", since, why, show);
  if (task.cancel?.outcome === "refused")
    return item("cancel_refused", task.cancel.requestedAt, task.cancel.reason ?? "it cannot be stopped", show);
  if (derived.isStaleQueued) {
    const cancel = suggest("tasks cancel", task.taskId);
    return item("never_started", task.createdAt, "accepted, and never started", cancel);
  }
  return task.status === "running" ? findLongWait(task, derived, { now, facts, item }) : undefined;
}

/** Waiting is no stall: what it waits for is what decides when it has been too long. */
function findLongWait(
  task: TaskRecord,
  { blockReason, phase, why }: DerivedPhase,
  { now, facts, item }: { now: Micros; facts: TaskFacts; item: AttentionItemMaker },
): AttentionItem | undefined {
  const { staleAfter = STALE_AFTER_MS, children } = facts;
  const show = suggest("tasks show", task.taskId, "--context");
  const since = task.lastProgressAt;
  if (blockReason === "external_api")
    return isOlderThan(since, staleAfter.service, now) ? item("stale_blocked", since, why ?? "", show) : undefined;
  if (blockReason !== "subagent" && !phase.startsWith("waiting_")) return undefined;
  if (children !== undefined && children.total > 0 && children.open === 0) {
    const endedAt = children.lastEndedAt !== null && children.lastEndedAt > since ? children.lastEndedAt : since;
    return isOlderThan(endedAt, staleAfter.child, now)
      ? item("stale_waiting", endedAt, "it waits for other work, which has ended", show)
      : undefined;
  }
  const limit = children?.total === 0 ? staleAfter.running : staleAfter.waiting;
  return isOlderThan(since, limit, now) ? item("stale_waiting", since, why ?? "it still waits", show) : undefined;
}

/** What a person recognizes the work by. */
export function getTaskTitle(task: Pick<TaskRecord, "label" | "task" | "taskId" | "runtime">): string {
  const wanted = task.task?.split("\n")[0];
  // The host labels media by their kind only.
  if (task.runtime === "media") return wanted ?? task.label ?? task.taskId;
  return task.label ?? wanted ?? task.taskId;
}
