import type { DatabaseSync } from "node:sqlite";
import { isFlowId } from "../../storage/flow-paths.ts";
import { findFlow } from "../../views/queries/flow-queries.ts";
import { findTask, type TaskRow } from "../../views/queries/task-queries.ts";
import { usageError } from "./parse-arguments.ts";
import { indexed } from "../output/indexing-progress.ts";
import type { VerbContext } from "../command.ts";

/** The task that a verb is about. */
export function taskOf(context: VerbContext, reference: string): TaskRow {
  return indexed(context, (database) => findTask(database, reference));
}

/** The task that an agent means by nothing: the one that its own session works on. */
export function taskOrOwn(context: VerbContext, verb: string): TaskRow {
  const reference = context.args.positionals["task"] ?? context.env["CLAWTASK_SESSION_KEY"];
  if (reference === undefined || reference === "")
    throw usageError("the following arguments are required: task (or CLAWTASK_SESSION_KEY)", verb);
  return taskOf(context, reference);
}

/** Results can be those of tasks, of flows (by their whole id) and of runs; a run's own name comes first. */
export type Target = { kind: "task" | "flow" | "run"; id: string };

export function targetOf(database: DatabaseSync, reference: string): Target {
  const run = database.prepare("SELECT runId FROM runs WHERE runId = ?").get(reference);
  if (run !== undefined) return { kind: "run", id: reference };
  if (isFlowId(reference)) return { kind: "flow", id: findFlow(database, reference).flowId };
  return { kind: "task", id: findTask(database, reference).taskId };
}
