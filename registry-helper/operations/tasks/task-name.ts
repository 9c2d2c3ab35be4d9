import type { TaskRecord } from "../../model/task-record.ts";
import type { TaskRow } from "../../views/queries/task-queries.ts";

/** What a person knows the work by. */
export function formatTaskName(task: TaskRecord | TaskRow): string {
  const link = "link" in task ? task.link : null;
  const node = link === null ? "" : ` [${link.runId}/${link.nodeId}]`;
  return `${task.label ?? task.task ?? task.childSessionKey ?? ""}${node}`;
}
