import { formatCommand, suggest, type SuggestedCommand } from "../../model/remedy.ts";
import type { LateResult, TaskRecord } from "../../model/task-record.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { isTerminalTask } from "./evolve.ts";
import { isLateResultUntold, isUndelivered, taskStatus } from "./status.ts";

/** What can need somebody, most urgent first. */
export const ATTENTION_KINDS = [
  "waiting_approval",
  "waiting_user",
  "undelivered",
  "ambiguous",
  "late_result",
  "lost",
  "run_unreadable",
  "run_blocked",
  "flow_blocked",
  "flow_resume_due",
  "run_conflict",
  "stalled",
  "never_started",
  "cancel_refused",
  "run_bypassed",
  "run_unverified",
  "run_failed",
  "failed_silently",
] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** One thing that needs somebody, with the one command that deals with it. */
export interface AttentionItem {
  kind: AttentionKind;
  subject: { kind: "task" | "run" | "flow"; id: string };
  /** The node that it is about, of a run. */
  nodeId?: string;
  title: string;
  since: string;
  reason: string;
  /** The suggestion as one line. */
  command: string;
  suggestion: SuggestedCommand;
}

const HOUR = 3_600 * 1e6;
/** Ended work leaves the default view after this long, in microseconds; lost work sooner. */
export const SHOWN_FOR: Micros = 7 * 24 * HOUR;
export const LOST_SHOWN_FOR: Micros = 24 * HOUR;

/** Whether ended work may need somebody, whatever the clock says. Open work always may. */
export function needsLook(task: TaskRecord): boolean {
  if (!isTerminalTask(task)) return true;
  if (isUndelivered(task)) return true;
  const isLost = task.status === "lost" && !hasEndedWell(task.lateResult);
  return task.delivery?.state !== "dismissed" && (isLost || isSilentFailure(task));
}

/** What was taken for lost and succeeded after all is lost no more; who has to hear of it is another question. */
function hasEndedWell(late: TaskRecord["lateResult"]): boolean {
  return late?.status === "succeeded" || late?.status === "cancelled";
}

/** Failed, and by policy nobody was told. A failure that the one who started it has in hand is none. */
export function isSilentFailure(task: TaskRecord): boolean {
  const failed = task.status === "failed" || task.status === "timed_out";
  return failed && task.delivery?.state === "none" && task.wantsCompletion;
}

/**
 * What a task needs somebody for, if anything. Pure.
 *
 * @param failuresInARow of a cron job: how many of its last runs failed, this one included
 */
export function findTaskAttention(task: TaskRecord, now: Micros, failuresInARow = 1): AttentionItem | undefined {
  const item = (kind: AttentionKind, since: string, reason: string, suggestion: SuggestedCommand): AttentionItem => ({
    kind,
    subject: { kind: "task", id: task.taskId },
    title: getTaskTitle(task),
    since,
    reason,
    command: formatCommand(suggestion),
    suggestion,
  });
  const { taskId } = task;
  if (!isTerminalTask(task)) return findOpenTaskAttention(task, now, item);
  const endedAt = task.endedAt ?? task.updatedAt;
  if (task.lateResult !== undefined && isLateResultUntold(task))
    return item("late_result", task.lateResult.at, describeLateResult(task.lateResult), suggest("tasks retry", taskId));
  if (task.delivery?.state === "failed")
    return item("undelivered", endedAt, task.delivery.reason ?? "it could not be sent", suggest("tasks retry", taskId));
  if (task.delivery?.state === "ambiguous")
    return item(
      "ambiguous",
      endedAt,
      task.delivery.reason ?? "nobody knows whether it arrived",
      suggest("tasks show", taskId),
    );
  const age = now - (parseMicros(endedAt) ?? now);
  if (!needsLook(task) || age > (task.status === "lost" ? LOST_SHOWN_FOR : SHOWN_FOR)) return undefined;
  const dismiss = suggest("tasks dismiss", taskId);
  if (task.status === "lost")
    return item("lost", endedAt, task.errorSummary ?? "nothing works on it any more", dismiss);
  const times = failuresInARow > 1 ? `failed ${failuresInARow} times in a row: ` : "";
  return item("failed_silently", endedAt, `${times}${task.errorSummary ?? task.status}`, dismiss);
}

function findOpenTaskAttention(
  task: TaskRecord,
  now: Micros,
  item: (kind: AttentionKind, since: string, reason: string, suggestion: SuggestedCommand) => AttentionItem,
): AttentionItem | undefined {
  const { taskId } = task;
  const status = taskStatus(task, now);
  const show = suggest("tasks show", taskId, "--context");
  const why = task.latestUpdate ?? status.answers.why ?? status.answers.doing;
  if (status.stalledSince !== null) return item("stalled", status.stalledSince, status.answers.why ?? "", show);
  if (status.blockReason === "approval" || status.phase === "waiting_approval")
    return item("waiting_approval", task.lastProgressAt, why, show);
  if (status.answers.needsSomebody && status.blockReason !== null)
    return item("waiting_user", task.lastProgressAt, why, show);
  if (task.cancel?.outcome === "refused")
    return item("cancel_refused", task.cancel.requestedAt, task.cancel.reason ?? "it cannot be stopped", show);
  if (status.answers.needsSomebody && task.status === "queued")
    return item("never_started", task.createdAt, "accepted, and never started", suggest("tasks cancel", taskId));
  return undefined;
}

/** How work ended that had been taken for lost, in one line. */
export function describeLateResult({ status, result, error }: LateResult): string {
  const words = (result ?? error)?.split("\n")[0];
  return `taken for lost, and ended after all (${status})${words === undefined ? "" : `: ${words}`}`;
}

/** Most urgent first; of the same kind, what waits longest. */
export function byUrgency(one: AttentionItem, other: AttentionItem): number {
  const rank = ATTENTION_KINDS.indexOf(one.kind) - ATTENTION_KINDS.indexOf(other.kind);
  return rank === 0 ? one.since.localeCompare(other.since) : rank;
}

/** What a person recognizes the work by. */
export function getTaskTitle(task: Pick<TaskRecord, "label" | "task" | "taskId" | "runtime">): string {
  const wanted = task.task?.split("\n")[0];
  // The host labels media by their kind only.
  if (task.runtime === "media") return wanted ?? task.label ?? task.taskId;
  return task.label ?? wanted ?? task.taskId;
}
