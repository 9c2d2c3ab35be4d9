import { type FlowRecord, type FlowWait, isFlowEnded } from "../../model/flow-record.ts";
import type { StaleThresholds } from "../../model/stale-thresholds.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { isTerminalTask } from "../task/evolve.ts";
import { findFlowAttention, type FlowProgress, type PendingWait } from "./attention.ts";
import { formatWait } from "./wait-text.ts";

/** A task of a flow, as far as the flow cares. */
export interface LinkedTask {
  taskId: string;
  /** Null when the ledger does not have it (any more). */
  task: TaskRecord | null;
}

/** What follows from a flow, its tasks and the clock. Derived when it is asked for. */
export interface FlowView extends FlowProgress {
  /** It is in the attention list. */
  needsSomebody: boolean;
}

/** What a view is derived from, besides the flow. */
export interface FlowViewFacts {
  /** The tasks of the flow, and the one that it waits for. */
  linked: readonly LinkedTask[];
  now: Micros;
  staleAfter: StaleThresholds;
  waits?: readonly FlowWait[];
  needsSomebody?: boolean;
}

/**
 * Answers "what is this job waiting on?". Pure.
 *
 * @param facts.waits of a run: all that it waits for at once
 * @param facts.needsSomebody of a run, whose own rules say it
 */
export function flowView(flow: FlowRecord, facts: FlowViewFacts): FlowView {
  const active = facts.linked.flatMap(({ task }) => (task === null || isTerminalTask(task) ? [] : [task]));
  const own = active.filter(({ taskId }) => flow.tasks.includes(taskId));
  const activeTasks = (flow.flowId.startsWith("run:") ? active : own).map(({ taskId }) => taskId);
  const withAttention = (view: Omit<FlowView, "needsSomebody">): FlowView => ({
    ...view,
    needsSomebody: facts.needsSomebody ?? findFlowAttention(flow, { ...facts, view }) !== undefined,
  });
  if (isFlowEnded(flow)) return withAttention({ waitingOn: [], isResumeDue: false, activeTasks });
  const waits = (facts.waits ?? (flow.wait === null ? [] : [flow.wait])).map((wait) => toPendingWait(wait, facts));
  const isResumeDue = flow.cancel === null && flow.status === "waiting" && waits.some(({ over }) => over !== null);
  const tasks = active.filter(({ taskId }) => activeTasks.includes(taskId)).map(toPendingTask);
  const blocked: PendingWait[] =
    flow.blocked === null ? [] : [{ what: `blocked: ${flow.blocked.reason}`, since: flow.blocked.since, over: null }];
  const waitingOn = flow.cancel !== null ? tasks : [...blocked, ...waits, ...(waits.length === 0 ? tasks : [])];
  return withAttention({ waitingOn, isResumeDue, activeTasks });
}

function toPendingWait(wait: FlowWait, facts: { linked: readonly LinkedTask[]; now: Micros }): PendingWait {
  return { what: formatWait(wait), since: wait.since, over: findEndReason(wait, facts) };
}

function findEndReason(wait: FlowWait, { linked, now }: { linked: readonly LinkedTask[]; now: Micros }): string | null {
  if (wait.kind === "until") return (parseMicros(wait.at) ?? now + 1) <= now ? "the time has come" : null;
  if (wait.kind !== "task") return null;
  const task = linked.find(({ taskId }) => taskId === wait.taskId)?.task;
  if (task === undefined || task === null) return "it is not in the ledger (any more)";
  return isTerminalTask(task) ? `it has ended: ${task.status}` : null;
}

function toPendingTask(task: TaskRecord): PendingWait {
  return { what: `task ${task.taskId}: ${task.status}`, since: task.startedAt ?? task.createdAt, over: null };
}
