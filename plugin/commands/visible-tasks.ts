import type { TaskRow, TaskStatusView } from "../../registry-helper/index.ts";
import { type CommandLine, runVerb, type VerbCall, type VerbError } from "./run-command.ts";

/** A task as `tasks list` and `tasks show` print it. */
export type ShownTask = TaskRow & { readonly view: TaskStatusView };

/** Who asks, as far as it decides what they may see. */
export interface Asker {
  readonly sessionKey: string | undefined;
  /** The owner of the gateway sees everything; everybody else what their own session asked for or works on. */
  readonly seesAll: boolean;
}

export function maySee({ sessionKey, seesAll }: Asker, task: ShownTask): boolean {
  if (seesAll) return true;
  return sessionKey !== undefined && (task.requesterSessionKey === sessionKey || task.childSessionKey === sessionKey);
}

/** The tasks of a list, in its order. */
export async function listed(
  run: CommandLine,
  options: NonNullable<VerbCall["options"]>,
): Promise<{ tasks: ShownTask[] } | { error: VerbError }> {
  const result = await runVerb(run, { verb: "tasks list", options });
  return "error" in result ? result : { tasks: result.document["tasks"] as ShownTask[] };
}

/**
 * The one task that a reference means, when the asker may see it. What they may not see does not exist for them:
 * the answer must not tell that there is such a task.
 */
export async function lookUp(
  run: CommandLine,
  asked: { reference: string; asker: Asker },
): Promise<{ task: ShownTask } | { error: VerbError }> {
  const { reference, asker } = asked;
  const result = await runVerb(run, { verb: "tasks show", values: [reference] });
  if ("error" in result) {
    const hides = result.error.code === "ambiguous_id" && !asker.seesAll;
    return hides ? { error: notFound(reference) } : result;
  }
  const task = result.document["task"] as ShownTask;
  return maySee(asker, task) ? { task } : { error: notFound(reference) };
}

function notFound(reference: string): VerbError {
  return { code: "task_not_found", message: `task not found: ${reference}`, next: "clawtask tasks list" };
}
