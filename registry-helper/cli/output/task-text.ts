import { isTerminalTask } from "../../domain/task/evolve.ts";
import { taskStatus } from "../../domain/task/status.ts";
import type { DeliveryRecord, DeliveryRoute } from "../../model/delivery-record.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";
import { formatTaskName } from "../../operations/tasks/task-name.ts";
import type { TaskRow } from "../../views/queries/task-queries.ts";
import { ago, table } from "./table.ts";

/** The last part of the id: enough to show the task by, and it leaves room for what the task is. */
export function shortId(taskId: string): string {
  return taskId.slice(taskId.lastIndexOf("-") + 1);
}

/** How it ended or what it is doing; `!` when it needs somebody. */
export function phaseWord(task: TaskRecord, now: Micros): string {
  const { phase, answers } = taskStatus(task, now);
  return `${isTerminalTask(task) ? task.status : phase}${answers.needsSomebody ? "!" : ""}`;
}

export function taskTable(
  tasks: readonly (TaskRecord | TaskRow)[],
  { now, columns }: { now: Micros; columns: number },
): string {
  const rows = tasks.map((task) => [
    shortId(task.taskId),
    task.runtime,
    phaseWord(task, now),
    task.delivery === null ? "-" : task.delivery.state,
    ago(task.createdAt, now),
    formatTaskName(task),
  ]);
  return table(["TASK", "RUNTIME", "PHASE", "TOLD", "AGO", "WHAT"], rows, columns);
}

export function routeText(route: DeliveryRoute | null): string {
  if (route === null) return "-";
  return `${route.channel} ${route.to}${route.threadId === undefined ? "" : ` thread ${route.threadId}`}`;
}

/** Where the result is, and why. */
export function deliveryText(delivery: DeliveryRecord | null): string {
  if (delivery === null) return "not due yet";
  const again = delivery.generation > 1 ? ` (time ${delivery.generation})` : "";
  return [`${delivery.state}${again}`, delivery.reason ?? delivery.receipt].filter(Boolean).join(": ");
}
