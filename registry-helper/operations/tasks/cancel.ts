import { isTerminalTask } from "../../domain/task/evolve.ts";
import type { TaskRecord, TaskStatus } from "../../model/task-record.ts";
import { requireTextLength } from "../input-checks.ts";
import { type ChangeInput, type IndexedContext, type Outcome, resolveActor } from "../operation.ts";
import { commitTask } from "./commit-task.ts";
import { resolveTask } from "./task-reference.ts";

export interface TaskCancelInput extends ChangeInput {
  task: string;
  reason?: string | undefined;
}

/** The work has ended, is being stopped, cannot be stopped, or no gateway has taken the request up yet. */
export type CancelOutcome = "ended" | "accepted" | "refused" | "asked";

export interface TaskCancelDocument {
  /** False when the owner of the work refused. */
  ok: boolean;
  taskId: string;
  outcome: CancelOutcome;
  status: TaskStatus;
  /** What the owner of the work said; null while it has said nothing. */
  reason: string | null;
}

/**
 * Requests that a task is stopped. The gateway carries it out and answers in the journal: `getCancelStatus` tells.
 *
 * @throws ClawTaskError `too_large` | `task_not_found` | `ambiguous_id` | `task_over` | `revision_conflict` | ...
 * @example
 * cancel(context, { task: "0rk3m9zr1a2b", reason: "not needed any more" });
 */
export function cancel(context: IndexedContext, input: TaskCancelInput): Outcome<TaskCancelDocument> {
  const { reason, key, expectedRevision } = input;
  requireTextLength("reason", reason);
  const { taskId } = resolveTask(context, input.task);
  const command = { type: "request_cancel" as const, taskId, source: "cli", by: resolveActor(context) };
  const { task } = commitTask(context.registry, {
    command: { ...command, ...(reason === undefined ? {} : { reason }) },
    key,
    expectedRevision,
  });
  return { document: toCancelDocument(task) };
}

/**
 * What has become of the request to stop a task. A caller that waits for it asks again and again.
 *
 * @throws ClawTaskError `task_not_found` | `ambiguous_id`
 */
export function getCancelStatus(context: IndexedContext, input: { task: string }): Outcome<TaskCancelDocument> {
  return { document: toCancelDocument(resolveTask(context, input.task)) };
}

function toCancelDocument(task: TaskRecord): TaskCancelDocument {
  const { taskId, status, cancel: request } = task;
  const outcome = isTerminalTask(task) ? "ended" : (request?.outcome ?? "asked");
  const reason = outcome === "asked" ? null : (request?.reason ?? null);
  return { ok: outcome !== "refused", taskId, outcome, status, reason };
}
