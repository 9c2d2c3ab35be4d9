import { isClawTaskError } from "../../model/errors.ts";
import { TERMINAL_TASK_STATUSES, type TaskStatus } from "../../model/task-record.ts";
import type { Registry } from "../../registry/registry.ts";
import { canIndex } from "../index/index-database.ts";
import { withIndex } from "../index/with-index.ts";
import { findTask } from "./task-queries.ts";

/**
 * Of some tasks, named as people name them, how those that have ended did. One that is unknown goes on; so do all
 * without SQLite (Node 20), since the ledger cannot be asked.
 */
export function endedTasks(registry: Registry, references: readonly string[]): Record<string, TaskStatus> {
  if (!canIndex()) return {};
  return withIndex(registry, (database) => {
    const ended: Record<string, TaskStatus> = {};
    for (const reference of references) {
      try {
        const { status } = findTask(database, reference);
        if (TERMINAL_TASK_STATUSES.includes(status)) ended[reference] = status;
      } catch (error) {
        if (!isClawTaskError(error)) throw error;
      }
    }
    return ended;
  });
}
