import type { DatabaseSync } from "node:sqlite";
import type { TaskRecord } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";
import { lengthMs } from "../index/node-attempts.ts";
import { firstIdAt } from "../queries/task-filter.ts";
import { type Percentiles, percentiles } from "./percentiles.ts";

/** By what tasks are grouped: who did them, with which model, for which job, or under which label. */
export const TASK_GROUPINGS = ["agent", "model", "job", "label"] as const;
export type TaskGrouping = (typeof TASK_GROUPINGS)[number];

/** Tokens and money, where the host told; each is the sum of what is known. */
export interface UsageSum {
  /** Of how many tasks something is known. */
  tasks: number;
  input: number;
  cached: number;
  output: number;
  /** Null when the host reckoned it for none. */
  costUsd: number | null;
}

/** How the tasks of one group went. */
export interface TaskGroupStats {
  /** The agent, model, job or label; null for tasks of which it is not known. */
  name: string | null;
  /** The label of a job's last run. */
  title: string | null;
  tasks: number;
  open: number;
  succeeded: number;
  /** Also those that ran out of time. */
  failed: number;
  lost: number;
  cancelled: number;
  /** Succeeded of those that have ended and were not cancelled, 0 to 1; null when none has. */
  successRate: number | null;
  /** From accepted to the end, of tasks that succeeded; null when none has. */
  duration: Percentiles | null;
  usage: UsageSum | null;
}

/** Statistics of tasks by group, the largest first. A job groups the runs of automations alone. */
export function readTaskStats(database: DatabaseSync, by: TaskGrouping, since: Micros | undefined): TaskGroupStats[] {
  const groups = new Map<string | null, TaskRecord[]>();
  const rows = database
    .prepare("SELECT record FROM tasks WHERE taskId >= ? ORDER BY taskId")
    .iterate(since === undefined ? "" : firstIdAt(since));
  for (const row of rows) {
    const task = JSON.parse(String(row["record"])) as TaskRecord;
    if (by === "job" && task.runtime !== "cron") continue;
    const name = getGroup(task, by);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [task]);
    else group.push(task);
  }
  return [...groups]
    .map(([name, tasks]) => toGroupStats(name, tasks, by))
    .sort((one, other) => other.tasks - one.tasks || (one.name ?? "").localeCompare(other.name ?? ""));
}

function getGroup(task: TaskRecord, by: TaskGrouping): string | null {
  const worker = task.attempts.at(-1)?.worker;
  switch (by) {
    case "agent":
      return worker?.agentId ?? /^agent:([^:]+):/.exec(task.childSessionKey ?? "")?.[1] ?? null;
    case "model":
      return worker?.model ?? null;
    case "job":
      return task.sourceId;
    case "label":
      return task.label;
  }
}

function toGroupStats(name: string | null, tasks: readonly TaskRecord[], by: TaskGrouping): TaskGroupStats {
  const count = (...statuses: TaskRecord["status"][]): number =>
    tasks.filter(({ status }) => statuses.includes(status)).length;
  const [succeeded, failed, lost] = [count("succeeded"), count("failed", "timed_out"), count("lost")];
  const ended = succeeded + failed + lost;
  return {
    name,
    title: by === "job" ? (tasks.at(-1)?.label ?? null) : null,
    tasks: tasks.length,
    open: count("queued", "running"),
    succeeded,
    failed,
    lost,
    cancelled: count("cancelled"),
    successRate: ended === 0 ? null : succeeded / ended,
    duration: percentiles(
      tasks.flatMap(({ status, createdAt, endedAt }) =>
        status === "succeeded" ? (lengthMs(createdAt, endedAt) ?? []) : [],
      ),
    ),
    usage: sumUsage(tasks),
  };
}

function sumUsage(tasks: readonly TaskRecord[]): UsageSum | null {
  const known = tasks.flatMap(({ usage }) => usage ?? []);
  if (known.length === 0) return null;
  const sum = (values: readonly (number | null | undefined)[]): number =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const costs = known.flatMap(({ costUsd }) => costUsd ?? []);
  return {
    tasks: known.length,
    input: sum(known.map(({ input }) => input)),
    cached: sum(known.map(({ cached }) => cached)),
    output: sum(known.map(({ output }) => output)),
    costUsd: costs.length === 0 ? null : sum(costs),
  };
}
