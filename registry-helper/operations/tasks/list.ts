import type { TaskStatusView } from "../../domain/task/status.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import { TASK_PHASES, type TaskPhase } from "../../model/task-status.ts";
import type { Micros } from "../../model/time.ts";
import { taskViewer } from "../../views/queries/attention-facts.ts";
import { listTasks, type TaskRow } from "../../views/queries/task-queries.ts";
import { parsePastTime, requireChoice, resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { type TaskMatch, toTaskFilter } from "./match-tasks.ts";

export interface TaskListInput extends TaskMatch {
  runtime?: string | undefined;
  phase?: string | undefined;
  /** The session that asked for it, or its beginning. */
  owner?: string | undefined;
  /** The id of a flow. */
  flow?: string | undefined;
  /** The id of a run. */
  run?: string | undefined;
  /** Made since then: `7d`, a day or an ISO time. */
  since?: string | undefined;
  /** Beginnings of words that must all be in its texts. */
  search?: string | undefined;
  /** Also what ended long ago. */
  all?: boolean | undefined;
  /** Only tasks older than the one of this id: the next page. */
  before?: string | undefined;
  limit?: number | undefined;
}

export interface TaskListDocument {
  ok: true;
  registryRoot: string;
  tasks: (TaskRow & { view: TaskStatusView })[];
  /** `before` of the next page; null when there is none. */
  next: string | null;
}

/**
 * Tasks, the newest first.
 *
 * @returns the document, and the time that its views are of
 * @throws ClawTaskError `usage`
 * @example
 * list(context, { status: "running", since: "12h", limit: 20 });
 */
export function list(
  { registry, queryIndex }: IndexedContext,
  input: TaskListInput,
): Outcome<TaskListDocument> & { now: Micros } {
  const { runtime, phase, since, flow, run, limit: wanted, owner, search, all, before } = input;
  const command = "tasks list";
  requireChoice(runtime, TASK_RUNTIMES, "--runtime", command);
  requireChoice(phase, TASK_PHASES, "--phase", command);
  const now = registry.now();
  const filter = {
    ...toTaskFilter(input, registry, command),
    owner,
    search,
    all,
    before,
    runtime,
    phase: phase as TaskPhase | undefined,
    flowId: flow,
    runId: run,
    since: since === undefined ? undefined : parsePastTime(since, now, { name: "since", command }),
    now,
    limit: resolveLimit(wanted, command),
  };
  const tasks = queryIndex((database) => {
    const view = taskViewer(registry, database);
    return listTasks(database, filter).map((task) => ({ ...task, view: view(task) }));
  });
  return {
    document: {
      ok: true,
      registryRoot: registry.root,
      tasks,
      next: tasks.length < filter.limit ? null : (tasks.at(-1)?.taskId ?? null),
    },
    now,
  };
}
