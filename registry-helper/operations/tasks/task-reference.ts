import type { DatabaseSync } from "node:sqlite";
import { usageError } from "../../model/errors.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { findFlow } from "../../views/queries/flow-queries.ts";
import { findTask, type TaskRow } from "../../views/queries/task-queries.ts";
import type { IndexedContext } from "../operation.ts";
import type { ResultOwner } from "./resolve-deliveries.ts";

/**
 * The task that a person means: by its id or the last part of it, its host run id, or its child session key.
 *
 * @throws ClawTaskError `task_not_found` | `ambiguous_id`
 */
export function resolveTask({ queryIndex }: Pick<IndexedContext, "queryIndex">, reference: string): TaskRow {
  return queryIndex((database) => findTask(database, reference));
}

/**
 * The same; an agent that names none means the task that its own session works on.
 *
 * @throws ClawTaskError `usage` | `task_not_found` | `ambiguous_id`
 */
export function resolveOwnTask(context: IndexedContext, reference: string | undefined, command: string): TaskRow {
  const named = reference ?? context.actor;
  if (named === undefined || named === "")
    throw usageError("the following arguments are required: task (or CLAWTASK_SESSION_KEY)", command);
  return resolveTask(context, named);
}

/** Results can be those of tasks, of flows (by their whole id) and of runs; a run's own name comes first. */
export function resolveResultOwner(database: DatabaseSync, reference: string): ResultOwner {
  const run = database.prepare("SELECT runId FROM runs WHERE runId = ?").get(reference);
  if (run !== undefined) return { kind: "run", id: reference };
  if (isFlowId(reference)) return { kind: "flow", id: findFlow(database, reference).flowId };
  return { kind: "task", id: findTask(database, reference).taskId };
}
