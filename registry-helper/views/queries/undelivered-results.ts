import type { DatabaseSync } from "node:sqlite";
import { isUndelivered } from "../../domain/delivery/delivery-problem.ts";
import type { DeliveryRecord } from "../../model/delivery-record.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { undeliveredFlows } from "./flow-queries.ts";
import { firstIdAt } from "./task-filter.ts";
import { undeliveredTasks } from "./task-queries.ts";

/** A run whose outcome did not reach its requester. */
export interface UndeliveredRun {
  runId: string;
  title: string | null;
  updatedAt: string | null;
  delivery: DeliveryRecord;
}

export function undeliveredRuns(database: DatabaseSync): UndeliveredRun[] {
  return database
    .prepare("SELECT runId, title, updatedAt, delivery FROM runs WHERE delivery IS NOT NULL ORDER BY updatedAt")
    .all()
    .map((row) => ({
      ...(row as unknown as UndeliveredRun),
      delivery: JSON.parse(String(row["delivery"])) as DeliveryRecord,
    }))
    .filter(({ delivery }) => isUndelivered(delivery));
}

/** Everything whose result is owed to somebody and will not get there by itself. */
export function undeliveredResults(
  database: DatabaseSync,
  filter: { runtime?: string | undefined; since?: Micros | undefined },
): { kind: "task" | "run" | "flow"; id: string }[] {
  const { runtime, since } = filter;
  const first = since === undefined ? "" : firstIdAt(since);
  const tasks = undeliveredTasks(database)
    .filter((task) => (runtime === undefined || task.runtime === runtime) && task.taskId >= first)
    .map(({ taskId }) => ({ kind: "task" as const, id: taskId }));
  if (runtime !== undefined) return tasks;
  const at = since === undefined ? "" : formatMicros(since);
  const runs = undeliveredRuns(database)
    .filter(({ updatedAt }) => (updatedAt ?? "") >= at)
    .map(({ runId }) => ({ kind: "run" as const, id: runId }));
  const flows = undeliveredFlows(database)
    .filter(({ updatedAt }) => updatedAt >= at)
    .map(({ flowId }) => ({ kind: "flow" as const, id: flowId }));
  return [...tasks, ...flows, ...runs];
}
