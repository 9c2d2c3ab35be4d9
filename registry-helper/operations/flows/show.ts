import type { FlowView } from "../../domain/flow/view.ts";
import { taskStatus } from "../../domain/task/status.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import type { TaskRuntime, TaskStatus } from "../../model/task-record.ts";
import type { TaskPhase } from "../../model/task-status.ts";
import type { Micros } from "../../model/time.ts";
import { type InspectedFlow, inspectFlow } from "../../views/queries/flow-details.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { formatTaskName } from "../tasks/task-name.ts";

/** A task of a flow, as it is named; null where the ledger does not have it. */
export interface FlowTaskLine {
  taskId: string;
  status: TaskStatus | null;
  phase: TaskPhase | null;
  runtime: TaskRuntime | null;
  what: string | null;
}

export interface FlowDocument {
  flow: FlowRecord;
  view: FlowView;
  /** Names of the outputs. */
  outputs: string[];
  tasks: FlowTaskLine[];
}

/**
 * One flow: what it is waiting on, its outputs, its tasks.
 *
 * @returns the document, and for a person's surface the flow with its tasks, and the time that its view is of
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id` | `journal_corrupt`
 */
export function show(
  { registry, queryIndex }: IndexedContext,
  { flow: reference }: { flow: string },
): Outcome<{ ok: true } & FlowDocument> & { inspected: InspectedFlow; now: Micros } {
  const now = registry.now();
  const inspected = queryIndex((database) => inspectFlow(registry, database, reference));
  return { document: { ok: true, ...toFlowDocument(inspected, now) }, inspected, now };
}

export function toFlowDocument({ flow, view, tasks }: InspectedFlow, now: Micros): FlowDocument {
  return {
    flow,
    view,
    outputs: Object.keys(flow.output),
    tasks: tasks.map(({ taskId, task }) => ({
      taskId,
      status: task?.status ?? null,
      phase: task === null ? null : taskStatus(task, now).phase,
      runtime: task?.runtime ?? null,
      what: task === null ? null : formatTaskName(task),
    })),
  };
}
