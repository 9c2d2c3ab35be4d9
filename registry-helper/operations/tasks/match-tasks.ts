import type { DatabaseSync } from "node:sqlite";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import type { TaskStatusView } from "../../domain/task/status.ts";
import { DELIVERY_STATES, type DeliveryState } from "../../model/delivery-record.ts";
import { TASK_STATUSES, type TaskRecord } from "../../model/task-record.ts";
import { BLOCK_REASONS } from "../../model/task-status.ts";
import type { Registry } from "../../registry/registry.ts";
import { taskViewer } from "../../views/queries/attention-facts.ts";
import type { TaskFilter, TaskTest } from "../../views/queries/task-filter.ts";
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
  /** Only what is in the attention list. */
  needs?: boolean | undefined;
  /** The id of the agent that works on it. */
  agent?: string | undefined;
  /** Its label, or its beginning. */
  label?: string | undefined;
}

type MatchFilter = Pick<TaskFilter, "status" | "delivery" | "matches" | "open" | "needsLook">;

/**
 * The part of a filter that says how tasks stand and who does them. What needs a person is what the attention list has.
 *
 * @throws ClawTaskError `usage`
 */
export function toTaskFilter(input: TaskMatch, registry: Registry, command = "tasks list"): MatchFilter {
  const { status, delivery, block, needs, agent, label } = input;
  requireChoice(status, LISTED_TASK_STATUSES, "--status", command);
  requireChoice(delivery, DELIVERY_STATES, "--delivery", command);
  requireChoice(block, BLOCK_REASONS, "--block", command);
  const isBlocked = status === "blocked" || block !== undefined;
  const tests: ((task: TaskRecord, view: () => TaskStatusView) => boolean)[] = [];
  if (isBlocked) tests.push((task) => !isTerminalTask(task));
  if (status === "blocked") tests.push((_, view) => view().answers.isBlocked);
  if (block !== undefined) tests.push((_, view) => view().blockReason === block);
  if (needs === true) tests.push((_, view) => view().answers.needsSomebody);
  if (agent !== undefined) tests.push((task) => getWorker(task).agentId === agent);
  if (label !== undefined) tests.push((task) => (task.label ?? "").startsWith(label));
  const matches = (database: DatabaseSync): TaskTest => {
    const viewOf = taskViewer(registry, database);
    return (task) => tests.every((test) => test(task, () => viewOf(task)));
  };
  return {
    ...(status === "blocked" ? {} : { status }),
    delivery: delivery as DeliveryState | undefined,
    ...(isBlocked ? { open: true } : {}),
    ...(needs === true ? { needsLook: true } : {}),
    ...(tests.length === 0 ? {} : { matches }),
  };
}
