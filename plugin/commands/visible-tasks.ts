import { suggest, type TaskRow, type TaskStatusView } from "../../registry-helper/internal.ts";
import { type CliRunner, runCommand, type CommandCall, type CommandError } from "./run-command.ts";

/** A task as `tasks list` and `tasks show` print it. */
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
  run: CliRunner,
  options: NonNullable<CommandCall["options"]>,
): Promise<{ tasks: VisibleTask[] } | { error: CommandError }> {
  const result = await runCommand(run, { command: "tasks list", options });
  return "error" in result ? result : { tasks: result.document["tasks"] as VisibleTask[] };
}

/**
 * The one task that a reference means, when the asker may see it. What they may not see does not exist for them:
 * the answer must not tell that there is such a task.
 */
export async function findVisibleTask(
  run: CliRunner,
  asked: { reference: string; viewer: Viewer },
): Promise<{ task: VisibleTask } | { error: CommandError }> {
  const { reference, viewer } = asked;
  const result = await runCommand(run, { command: "tasks show", values: [reference] });
  if ("error" in result) {
    const hides = result.error.code === "ambiguous_id" && !viewer.seesAll;
    return hides ? { error: notFound(reference) } : result;
  }
  const task = result.document["task"] as VisibleTask;
  return canSee(viewer, task) ? { task } : { error: notFound(reference) };
}

function notFound(reference: string): CommandError {
  return {
    code: "task_not_found",
    message: `task not found: ${reference}`,
    remedy: { commands: [suggest("tasks list")] },
  };
}
