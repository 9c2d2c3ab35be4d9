import { parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { type ErrorCode, isClawTaskError } from "../../model/errors.ts";
import { type FlowRecord, type FlowStatus, isFlowEnded } from "../../model/flow-record.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { commitFlow, loadFlow, type FlowChange } from "../../registry/flow-store.ts";
import type { Registry } from "../../registry/registry.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { withIndex } from "../../views/index/with-index.ts";
import { taskById } from "../../views/queries/task-queries.ts";
import { requireTextLength } from "../input-checks.ts";
import { type IndexedContext, type Outcome, resolveActor } from "../operation.ts";
import { controlRun } from "../runs/control-run.ts";
import { commitTasks } from "../tasks/commit-task.ts";
import { linkTask } from "./add-task-to-flow.ts";
import { type FlowChangeInput, resolveFlowId } from "./change.ts";

export interface FlowCancelInput extends FlowChangeInput {
  reason?: string | undefined;
}

export interface FlowCancelDocument {
  ok: true;
  flowId: string;
  /** Null for the flow of a run, as `status` and `flow`. */
  revision: number | null;
  changed: boolean;
  replayed: boolean;
  status: FlowStatus | null;
  /** Tasks that have not ended yet; the flow ends with the last of them. */
  activeTasks: string[];
  flow: FlowRecord | null;
}

/**
 * Requests that a flow, named as people name flows, stops for good: `cancelFlow`.
 *
 * @throws ClawTaskError `too_large` | `ambiguous_id`, and as `cancelFlow`
 */
export function cancel(context: IndexedContext, input: FlowCancelInput): Outcome<FlowCancelDocument> {
  const { flow: reference, reason, key, expectedRevision } = input;
  requireTextLength("reason", reason);
  const flowId = resolveFlowId(context, reference);
  const request = { flowId, by: resolveActor(context), reason, key, expectedRevision };
  const { flow, changed, replayed, activeTasks } = cancelFlow(context.registry, request);
  const { revision, status } = flow ?? { revision: null, status: null };
  return { document: { ok: true, flowId, revision, changed, replayed, status, activeTasks, flow } };
}

/** A wish to stop a flow. */
export interface FlowCancelRequest {
  flowId: string;
  by: string;
  reason?: string | undefined;
  expectedRevision?: number | undefined;
  key?: string | undefined;
}

/** What became of it. */
export interface FlowCancelOutcome {
  /** Null for the flow of a run. */
  flow: FlowRecord | null;
  changed: boolean;
  replayed: boolean;
  /** Tasks that have not ended yet; the flow ends with the last of them. */
  activeTasks: string[];
}

/**
 * Wants a flow to stop, for good: its active tasks are asked to stop, no task comes in any more, and it ends as
 * `cancelled` once none is active, at once or when somebody looks after it (`finishFlowCancel`).
 *
 * @throws ClawTaskError `flow_not_found` | `flow_over` | `revision_conflict`
 */
export function cancelFlow(registry: Registry, request: FlowCancelRequest): FlowCancelOutcome {
  const { flowId, by, reason, expectedRevision, key } = request;
  const runId = parseRunFlowId(flowId);
  if (runId !== undefined) {
    return { flow: null, ...cancelRunFlow(registry, { runId, by, reason, key, expectedRevision }), activeTasks: [] };
  }
  const { changed, replayed } = commitFlow(registry, {
    command: {
      type: "request_cancel",
      flowId,
      by,
      ...(reason === undefined ? {} : { reason }),
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    },
    key,
  });
  const { flow, activeTasks, problems } = finishFlowCancel(registry, flowId);
  // The wish is recorded: it must not be said to be done while nobody was asked. Once more, then the caller is told.
  const [problem] = problems.length === 0 ? [] : finishFlowCancel(registry, flowId).problems;
  if (problem !== undefined) throw storageError(problem, `tasks of flow ${flowId}`);
  return { flow, changed, replayed, activeTasks };
}

/** How a flow stands after somebody looked after it. */
export interface FlowCancelProgress {
  flow: FlowRecord;
  activeTasks: string[];
  /** What was done, or would be. */
  actions: FlowAction[];
  /** Why tasks could not be asked to stop. They are asked the next time. */
  problems: unknown[];
}

export interface FlowAction {
  flowId: string;
  action: "link_task" | "ask_task_to_stop" | "end_cancelled" | "prune";
  taskId: string | null;
}

/**
 * Does for a flow what is left to do for it by itself: its id in the records of its tasks, and of a flow whose cancel is
 * wanted, the wish to each task and the end once none is active. Needs no gateway.
 *
 * @param options.apply false says what would be done
 * @param options.lookUpTask an index that is at hand and up to date; without one it is opened when the flow has tasks
 */
export function finishFlowCancel(
  registry: Registry,
  flowId: string,
  options: { apply?: boolean; lookUpTask?: (taskId: string) => TaskRecord | undefined } = {},
): FlowCancelProgress {
  const { apply = true, lookUpTask } = options;
  const flow = loadFlow(registry, flowId);
  const tasks = loadFlowTasks(registry, flow, lookUpTask);
  const active = tasks.filter((task) => !isTerminalTask(task));
  const activeTasks = active.map(({ taskId }) => taskId);
  const unlinked = tasks.filter((task) => task.flowId === null);
  const actions: FlowAction[] = unlinked.map(({ taskId }) => ({ flowId, action: "link_task", taskId }));
  if (apply) for (const task of unlinked) linkTask(registry, flowId, task);
  if (isFlowEnded(flow) || flow.cancel === null) return { flow, activeTasks, actions, problems: [] };

  const { cancel } = flow;
  const tasksToCancel = active.filter((task) => task.cancel === null || task.cancel.requestedAt < cancel.requestedAt);
  actions.push(...tasksToCancel.map(({ taskId }): FlowAction => ({ flowId, action: "ask_task_to_stop", taskId })));
  const problems = apply ? requestTaskCancels(registry, flow, tasksToCancel) : [];
  if (active.length > 0) return { flow, activeTasks, actions, problems };
  actions.push({ flowId, action: "end_cancelled", taskId: null });
  if (!apply) return { flow, activeTasks, actions, problems };
  const ended: FlowChange = commitFlow(registry, { command: { type: "settle_cancel", flowId, activeTasks } });
  return { flow: ended.flow, activeTasks, actions, problems };
}

/** Errors of the record, and not of the disk: a task that ended meanwhile needs no stopping. */
const NEEDS_NO_STOPPING: readonly ErrorCode[] = ["illegal_transition", "task_not_found"];

/** @returns why some could not be asked; they are asked the next time */
function requestTaskCancels(registry: Registry, flow: FlowRecord, tasks: readonly TaskRecord[]): unknown[] {
  if (tasks.length === 0) return [];
  const reason = flow.cancel?.reason ?? `flow ${flow.flowId} is cancelled`;
  const by = flow.cancel?.by ?? "somebody";
  const outcomes = commitTasks(
    registry,
    tasks.map(({ taskId }) => ({ command: { type: "request_cancel", taskId, source: "flow", by, reason } })),
  );
  return outcomes
    .flatMap((outcome) => ("error" in outcome ? [outcome.error] : []))
    .filter((error) => !isClawTaskError(error) || !NEEDS_NO_STOPPING.includes(error.code));
}

function loadFlowTasks(
  registry: Registry,
  flow: FlowRecord,
  lookUpTask?: (taskId: string) => TaskRecord | undefined,
): TaskRecord[] {
  if (flow.tasks.length === 0) return [];
  if (lookUpTask !== undefined) return flow.tasks.flatMap((taskId) => lookUpTask(taskId) ?? []);
  return withIndex(registry, (database) => flow.tasks.flatMap((taskId) => taskById(database, taskId) ?? []));
}

/** A wish to stop the run behind a flow. */
export interface RunCancelRequest {
  runId: string;
  by: string;
  reason?: string | undefined;
  key?: string | undefined;
  /** The flow's revision is the run's. */
  expectedRevision?: number | undefined;
}

/** Cancels the run that owns a flow, by the run's own control. Returns whether that changed anything. */
export function cancelRunFlow(registry: Registry, request: RunCancelRequest) {
  const { runId, by, reason, key, expectedRevision } = request;
  const control = { action: "cancel", by, message: reason, key, expectedRevision };
  const { events, replayed } = controlRun(registry, runId, control);
  return { changed: events.length > 0 && !replayed, replayed };
}
