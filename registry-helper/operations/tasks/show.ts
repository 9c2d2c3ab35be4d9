import type { DatabaseSync } from "node:sqlite";
import { type Capabilities, getCapabilities } from "../../domain/task/capabilities.ts";
import type { TaskStatusView } from "../../domain/task/status.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";
import { taskViewer } from "../../views/queries/attention-facts.ts";
import { findTaskOrRelated } from "../../views/queries/related-records.ts";
import { earlierAttempts, nextAttempt } from "../../views/queries/task-attempts.ts";
import { findTask, listChildTasks, taskById, taskRevision, type TaskRow } from "../../views/queries/task-queries.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { getTaskContext, type TaskContext } from "./task-context.ts";
import { formatTaskName } from "./task-name.ts";

/** Most children that are shown by name. */
const MAX_CHILDREN = 20;

export interface TaskShowInput {
  task: string;
  /** With what is needed to take the work up again. */
  context?: boolean | undefined;
  /** A session also means the last task that it asked for. */
  related?: boolean | undefined;
}

/** A relative of a task, as it is named. */
export interface BriefTask {
  taskId: string;
  status: string;
  what: string;
}

/** Attempts at the same work that are tasks of their own. */
export interface TaskAttempts {
  /** Before this one, the oldest first. */
  earlierAttempts?: BriefTask[];
  /** The one that was made after this one. */
  nextAttempt?: BriefTask;
}

export interface TaskShowDocument extends TaskAttempts {
  ok: true;
  task: TaskRow & { view: TaskStatusView; capabilities: Capabilities };
  revision: number;
  parent: BriefTask | null;
  /** The first 20 of `childCount`. */
  children: BriefTask[];
  childCount: number;
  context?: TaskContext;
  /** Other tasks of the session that was asked for, the latest first. */
  others?: BriefTask[];
}

/**
 * One task with its relatives.
 *
 * @returns the document, and the time that its view is of
 * @throws ClawTaskError `task_not_found` | `ambiguous_id`
 */
export function show(
  { registry, queryIndex }: IndexedContext,
  { task: reference, context: wantsContext, related }: TaskShowInput,
): Outcome<TaskShowDocument> & { now: Micros } {
  const now = registry.now();
  const { task, others, view, revision, parent, children, attempts } = queryIndex((database) => {
    const { found, others } =
      related === true
        ? findTaskOrRelated(database, reference)
        : { found: findTask(database, reference), others: undefined };
    return {
      task: found,
      others,
      view: taskViewer(registry, database)(found),
      revision: taskRevision(database, found.taskId),
      parent: found.parentTaskId === null ? undefined : taskById(database, found.parentTaskId),
      children: listChildTasks(database, found.taskId),
      attempts: getTaskAttempts(database, found),
    };
  });
  return {
    document: {
      ok: true,
      task: { ...task, view, capabilities: getCapabilities(task) },
      revision,
      parent: parent === undefined ? null : toBriefTask(parent),
      children: children.slice(0, MAX_CHILDREN).map(toBriefTask),
      childCount: children.length,
      ...attempts,
      ...(others === undefined || others.length === 0 ? {} : { others: others.map(toBriefTask) }),
      ...(wantsContext === true ? { context: getTaskContext(task, view) } : {}),
    },
    now,
  };
}

/** Attempts at the same work that are tasks of their own, as they are named. */
export function getTaskAttempts(database: DatabaseSync, task: TaskRecord): TaskAttempts {
  const earlier = earlierAttempts(database, task);
  const next = nextAttempt(database, task);
  return {
    ...(earlier.length === 0 ? {} : { earlierAttempts: earlier.map(toBriefTask) }),
    ...(next === undefined ? {} : { nextAttempt: toBriefTask(next) }),
  };
}

function toBriefTask(task: TaskRecord): BriefTask {
  return { taskId: task.taskId, status: task.status, what: formatTaskName(task) };
}
