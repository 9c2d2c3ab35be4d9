import type { TaskListItem } from "../api/response-types.ts";

/** What a person recognizes the work by; as `titleOf` of the registry has it. */
export function getTaskHeading(task: Pick<TaskListItem, "label" | "task" | "taskId" | "runtime">): string {
  const wanted = task.task?.split("\n")[0];
  if (task.runtime === "media") return wanted ?? task.label ?? task.taskId;
  return task.label ?? wanted ?? task.taskId;
}
