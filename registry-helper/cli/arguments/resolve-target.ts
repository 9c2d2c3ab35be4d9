import type { DatabaseSync } from "node:sqlite";
import { usageError } from "../../model/errors.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { findFlow } from "../../views/queries/flow-queries.ts";
import { findTask, type TaskRow } from "../../views/queries/task-queries.ts";
import type { CommandContext } from "../command.ts";
import { indexed } from "../output/indexing-progress.ts";

/** The task that a verb is about. */
export function resolveTaskReference(context: CommandContext, reference: string): TaskRow {
  return indexed(context, (database) => findTask(database, reference));
}

/** The task that an agent means by nothing: the one that its own session works on. */
export function taskOrOwn(context: CommandContext, command: string): TaskRow {
  const reference = context.args.positionals["task"] ?? context.env["CLAWTASK_SESSION_KEY"];
  if (reference === undefined || reference === "")
    throw usageError("the following arguments are required: task (or CLAWTASK_SESSION_KEY)", command);
  return resolveTaskReference(context, reference);
}

/** Results can be those of tasks, of flows (by their whole id) and of runs; a run's own name comes first. */
export type Target = { kind: "task" | "flow" | "run"; id: string };

export function resolveTarget(database: DatabaseSync, reference: string): Target {
  const run = database.prepare("SELECT runId FROM runs WHERE runId = ?").get(reference);
  if (run !== undefined) return { kind: "run", id: reference };
  if (isFlowId(reference)) return { kind: "flow", id: findFlow(database, reference).flowId };
  return { kind: "task", id: findTask(database, reference).taskId };
}
