import { isTerminalTask } from "../../domain/task/evolve.ts";
import { taskStatus } from "../../domain/task/status.ts";
import { DELIVERY_STATES, type DeliveryState } from "../../model/delivery-record.ts";
import { TASK_STATUSES, type TaskRecord } from "../../model/task-record.ts";
import { BLOCK_REASONS } from "../../model/task-status.ts";
import type { Micros } from "../../model/time.ts";
import type { TaskFilter } from "../../views/queries/task-filter.ts";
import { requireChoice } from "../input-checks.ts";
import { getWorker } from "./task-context.ts";

/** What a list of tasks can be narrowed to: a status, or all that is held up. */
export const LISTED_TASK_STATUSES: readonly string[] = [...TASK_STATUSES, "blocked"];

/** What a list can be narrowed to by how a task stands and by whom it is done. */
export interface TaskMatch {
  /** A status, or `blocked`: whatever is held up. */
  status?: string | undefined;
  /** How far its result is. */
  delivery?: string | undefined;
  /** Why it is held up. */
  block?: string | undefined;
  /** Only what needs a person. */
  needs?: boolean | undefined;
  /** The id of the agent that works on it. */
  agent?: string | undefined;
  /** Its label, or its beginning. */
  label?: string | undefined;
}

type MatchFilter = Pick<TaskFilter, "status" | "delivery" | "matches" | "open">;

/**
 * The part of a filter that says how tasks stand and who does them.
 *
 * @throws ClawTaskError `usage`
 */
export function toTaskFilter(input: TaskMatch, now: Micros, command = "tasks list"): MatchFilter {
  const { status, delivery, block, needs, agent, label } = input;
  requireChoice(status, LISTED_TASK_STATUSES, "--status", command);
  requireChoice(delivery, DELIVERY_STATES, "--delivery", command);
  requireChoice(block, BLOCK_REASONS, "--block", command);
  const isBlocked = status === "blocked" || block !== undefined;
  const tests: ((task: TaskRecord) => boolean)[] = [];
  if (status === "blocked") tests.push((task) => taskStatus(task, now).answers.isBlocked);
  if (block !== undefined) tests.push((task) => taskStatus(task, now).blockReason === block);
  if (needs === true) tests.push((task) => taskStatus(task, now).answers.needsSomebody);
  if (agent !== undefined) tests.push((task) => getWorker(task).agentId === agent);
  if (label !== undefined) tests.push((task) => (task.label ?? "").startsWith(label));
  return {
    ...(status === "blocked" ? {} : { status }),
    delivery: delivery as DeliveryState | undefined,
    ...(isBlocked ? { open: true } : {}),
    ...(tests.length === 0
      ? {}
      : { matches: (task) => !(isBlocked && isTerminalTask(task)) && tests.every((test) => test(task)) }),
  };
}
