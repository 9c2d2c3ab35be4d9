import { flowAggregate } from "../../domain/flow/aggregate.ts";
import { ClawTaskError } from "../../model/errors.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import { timeOrderedId } from "../../model/ids.ts";
import { suggest } from "../../model/remedy.ts";
import type { TaskFacts } from "../../model/task-events.ts";
import { TASK_RUNTIMES, type TaskRecord, type TaskRuntime } from "../../model/task-record.ts";
import { commitFlow, type FlowChange, loadFlow } from "../../registry/flow-store.ts";
import type { Registry } from "../../registry/registry.ts";
import { withIndex } from "../../views/index/with-index.ts";
import { findTask } from "../../views/queries/task-queries.ts";
import { requireChoice, requireTextLengths } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { commitTask } from "../tasks/commit-task.ts";
import { type FlowChangeDocument, type FlowChangeInput, resolveFlowId, toChangeOutcome } from "./change.ts";

/** Which work belongs to the flow. */
export interface FlowTaskRequest {
  flowId: string;
  /** A task that the ledger has: its id or the last part of it, its host run id, or its child session key. */
  task?: string | undefined;
  /**
   * Work that was started a moment ago, by the host's names for it. When the ledger has not heard of it yet, its
   * record is made now, and what the gateway hears of the work later lands on it.
   */
  runId?: string | undefined;
  childSessionKey?: string | undefined;
  /** What a record that is made says of the work. */
  runtime?: TaskRuntime | undefined;
  label?: string | undefined;
  text?: string | undefined;
  /** The work has begun. */
  started?: boolean | undefined;
  /** The step of the flow that it is for. */
  step?: string | undefined;
  expectedRevision?: number | undefined;
  key?: string | undefined;
}

/** The same, with the flow as people name it. */
export interface FlowRunTaskInput extends Omit<FlowTaskRequest, "flowId">, FlowChangeInput {}

/**
 * Takes a piece of detached work into a flow that is named as people name flows: `runTaskInFlow`.
 *
 * @throws ClawTaskError `usage` | `too_large` | `argument_missing` | `flow_not_found`, and as `runTaskInFlow`
 * @example
 * runTask(context, { flow: "0rk3m9zq7x4w", childSessionKey: "agent:main:subagent:4f9b", started: true });
 */
export function runTask(
  context: IndexedContext,
  { flow, ...request }: FlowRunTaskInput,
): Outcome<FlowChangeDocument & { taskId: string; task: TaskRecord }> {
  const { runId, childSessionKey, label, text, step, runtime } = request;
  requireChoice(runtime, TASK_RUNTIMES, "--runtime", "flows run-task");
  requireTextLengths({ "run-id": runId, "child-session-key": childSessionKey, label, text, step });
  const { task, ...change } = runTaskInFlow(context.registry, { ...request, flowId: resolveFlowId(context, flow) });
  const { document, notices } = toChangeOutcome(change);
  const { flow: changed, ...head } = document;
  return { document: { ...head, taskId: task.taskId, task, flow: changed }, notices };
}

/**
 * Takes a piece of detached work into a flow. Nothing is launched: the work is started through whatever runs it, and
 * then named here. Refused once the flow is over or its cancel is wanted.
 *
 * The flow's journal decides who belongs to it; the task's `flowId` follows, and is mended by `tasks maintenance`
 * when a crash comes in between.
 *
 * @throws ClawTaskError `task_not_found` | `task_in_other_flow` | `flow_over` | `flow_cancelling` | `revision_conflict`
 */
export function runTaskInFlow(registry: Registry, request: FlowTaskRequest): FlowChange & { task: TaskRecord } {
  const { flowId, key } = request;
  const flow = loadFlow(registry, flowId);
  const link = (taskId: string) => ({
    type: "link_task" as const,
    flowId,
    taskId,
    ...(request.step === undefined ? {} : { step: request.step }),
    ...(request.expectedRevision === undefined ? {} : { expectedRevision: request.expectedRevision }),
  });
  const known = findKnown(registry, request);
  // A record is made only for a flow that will take it; a repeated key is answered below, whatever the flow is now.
  if (known === undefined) flowAggregate.decide(flow, link(""), { now: registry.now() });
  const task = known ?? createTask(registry, flow, request);
  requireFree(task, flowId);
  const change = commitFlow(registry, { command: link(task.taskId), key });
  return { ...change, task: linkTask(registry, flowId, task) };
}

/** Writes the flow into the record of a task of it. */
export function linkTask(registry: Registry, flowId: string, task: TaskRecord): TaskRecord {
  if (task.flowId !== null) return task;
  return signal(registry, task.taskId, { names: [], facts: { flowId }, createsTask: false });
}

function findKnown(registry: Registry, request: FlowTaskRequest): TaskRecord | undefined {
  const references = [request.task, request.runId, request.childSessionKey].filter(
    (reference) => reference !== undefined && reference !== "",
  );
  if (references.length === 0) {
    throw new ClawTaskError("argument_missing", {
      message: "which task is meant: its id, its host run id or its child session key",
      remedy: { commands: [suggest("flows run-task", "--help")] },
    });
  }
  return withIndex(registry, (database) => {
    if (request.task !== undefined) return findTask(database, request.task);
    const names = listTaskNames(request);
    for (const name of names) {
      const row = database.prepare("SELECT taskId FROM names WHERE name = ?").get(name);
      if (row !== undefined) return findTask(database, String(row["taskId"]));
    }
    return undefined;
  });
}

function listTaskNames({ runId, childSessionKey }: FlowTaskRequest): string[] {
  // A session may be used again; a run id names one piece of work.
  if (runId !== undefined) return [`run:${runId}`];
  return childSessionKey === undefined ? [] : [`session:${childSessionKey}`];
}

function createTask(registry: Registry, flow: FlowRecord, request: FlowTaskRequest): TaskRecord {
  const { runId, childSessionKey, label, text, runtime, started } = request;
  const taskId = timeOrderedId("t", Math.floor(registry.now() / 1000), Math.random());
  const facts: TaskFacts = {
    runtime: runtime ?? "subagent",
    ...(label === undefined ? {} : { label }),
    ...(text === undefined ? {} : { task: text }),
    ...(runId === undefined ? {} : { runId }),
    ...(childSessionKey === undefined ? {} : { childSessionKey }),
    ...(flow.ownerSessionKey === null ? {} : { requesterSessionKey: flow.ownerSessionKey }),
    ...(flow.route === null ? {} : { route: flow.route }),
  };
  const names = [
    ...(runId === undefined ? [] : [`run:${runId}`]),
    ...(childSessionKey === undefined ? [] : [`session:${childSessionKey}`]),
  ];
  return signal(registry, taskId, { names, facts, started, createsTask: true });
}

function signal(
  registry: Registry,
  taskId: string,
  what: { names: string[]; facts: TaskFacts; started?: boolean | undefined; createsTask: boolean },
): TaskRecord {
  const { names, facts, started, createsTask } = what;
  const command = { type: "signal" as const, taskId, source: "flow", names, facts };
  return commitTask(registry, { command: started === true ? { ...command, started } : command, createsTask }).task;
}

function requireFree({ taskId, flowId: holder }: TaskRecord, flowId: string): void {
  if (holder === null || holder === flowId) return;
  throw new ClawTaskError("task_in_other_flow", {
    message: `task ${taskId} belongs to flow ${holder}; a task belongs to one flow`,
    remedy: { commands: [suggest("flows show", holder)] },
  });
}
