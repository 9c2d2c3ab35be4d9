import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { requireChoice } from "../input-checks.ts";
import type { ChangeInput, IndexedContext, Outcome } from "../operation.ts";
import { commitTask } from "./commit-task.ts";
import { resolveTask } from "./task-reference.ts";

export interface TaskNotifyInput extends ChangeInput {
  task: string;
  policy: NotifyPolicy;
}

export interface TaskNotifyDocument {
  ok: true;
  taskId: string;
  notify: NotifyPolicy;
  changed: boolean;
}

/**
 * Sets of what the requester of a task is notified from now on.
 *
 * @throws ClawTaskError `usage` | `task_not_found` | `ambiguous_id` | `revision_conflict` | ...
 */
export function notify(context: IndexedContext, input: TaskNotifyInput): Outcome<TaskNotifyDocument> {
  const { policy, key, expectedRevision } = input;
  requireChoice(policy, NOTIFY_POLICIES, "policy", "tasks notify");
  const { taskId } = resolveTask(context, input.task);
  const { task, changed } = commitTask(context.registry, {
    command: { type: "set_notify", taskId, source: "cli", notify: policy },
    key,
    expectedRevision,
  });
  return { document: { ok: true, taskId, notify: task.notify, changed } };
}
