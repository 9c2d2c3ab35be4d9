import {
  type OperationError,
  type OperationInput,
  suggest,
  type TaskRow,
  type TaskStatusView,
} from "../../registry-helper/internal.ts";
import type { OperationCaller } from "./operation-caller.ts";

/** A task as `tasks.list` and `tasks.show` answer it. */
export type VisibleTask = TaskRow & { readonly view: TaskStatusView };

/** Who asks, as far as it decides what they may see. */
export interface Viewer {
  readonly sessionKey: string | undefined;
  /** The owner of the gateway sees everything; everybody else what their own session asked for or works on. */
  readonly seesAll: boolean;
}

export function canSee({ sessionKey, seesAll }: Viewer, task: VisibleTask): boolean {
  if (seesAll) return true;
  return sessionKey !== undefined && (task.requesterSessionKey === sessionKey || task.childSessionKey === sessionKey);
}

/** The tasks of a list, in its order. */
export async function listVisibleTasks(
  call: OperationCaller,
  input: OperationInput<"tasks.list">,
): Promise<{ tasks: VisibleTask[] } | { error: OperationError }> {
  const result = await call("tasks.list", input);
  return "error" in result ? result : { tasks: result.document.tasks };
}

/**
 * The one task that a reference means, when the asker may see it. What they may not see does not exist for them:
 * the answer must not tell that there is such a task.
 */
export async function findVisibleTask(
  call: OperationCaller,
  asked: { reference: string; viewer: Viewer },
): Promise<{ task: VisibleTask } | { error: OperationError }> {
  const { reference, viewer } = asked;
  const result = await call("tasks.show", { task: reference });
  if ("error" in result) {
    const hides = result.error.code === "ambiguous_id" && !viewer.seesAll;
    return hides ? { error: notFound(reference) } : result;
  }
  const { task } = result.document;
  return canSee(viewer, task) ? { task } : { error: notFound(reference) };
}

function notFound(reference: string): OperationError {
  return {
    code: "task_not_found",
    message: `task not found: ${reference}`,
    remedy: { commands: [suggest("tasks list")] },
  };
}
