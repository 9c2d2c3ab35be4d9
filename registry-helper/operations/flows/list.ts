import type { FlowView } from "../../domain/flow/view.ts";
import { taskStatus } from "../../domain/task/status.ts";
import { FLOW_STATUSES, type FlowRecord } from "../../model/flow-record.ts";
import type { TaskRuntime, TaskStatus } from "../../model/task-record.ts";
import type { TaskPhase } from "../../model/task-status.ts";
import type { Micros } from "../../model/time.ts";
import { type InspectedFlow, inspectFlow, inspectFlowOrRelated } from "../../views/queries/flow-details.ts";
import { type FlowRow, listFlows } from "../../views/queries/flow-queries.ts";
import { requireChoice, resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { formatTaskName } from "../tasks/task-name.ts";

export interface FlowListInput {
  status?: string | undefined;
  /** The owner's session, or its beginning. */
  owner?: string | undefined;
  limit?: number | undefined;
}

export interface FlowListDocument {
  ok: true;
  registryRoot: string;
  flows: FlowRecord[];
  /** Flows whose journal cannot be read, and why. */
  unreadable: { flowId: string; problem: string | null }[];
}

/**
 * Flows and the flows of runs, the most recently changed first.
 *
 * @returns the document, and its rows in their order
 * @throws ClawTaskError `usage`
 */
export function list(
  { registry, queryIndex }: Pick<IndexedContext, "registry" | "queryIndex">,
  { status, owner, limit }: FlowListInput,
): Outcome<FlowListDocument> & { rows: FlowRow[] } {
  requireChoice(status, FLOW_STATUSES, "--status", "flows list");
  const filter = { status, owner, limit: resolveLimit(limit, "flows list") };
  const rows = queryIndex((database) => listFlows(database, filter));
  return {
    document: {
      ok: true,
      registryRoot: registry.root,
      flows: rows.flatMap(({ flow }) => flow ?? []),
      unreadable: rows.filter(({ flow }) => flow === null).map(({ flowId, problem }) => ({ flowId, problem })),
    },
    rows,
  };
}

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

export interface FlowShowInput {
  flow: string;
  /** A session also means the last of several flows that it owns, or one that it works for. */
  related?: boolean | undefined;
}

/** Another flow of the same session. */
export type OtherFlow = Pick<FlowRecord, "flowId" | "status" | "title">;

/**
 * One flow: what it is waiting on, its outputs, its tasks.
 *
 * @returns the document, and for a person's surface the flow with its tasks, and the time that its view is of
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id` | `journal_corrupt`
 */
export function show(
  { registry, queryIndex }: IndexedContext,
  { flow: reference, related }: FlowShowInput,
): Outcome<{ ok: true; others?: OtherFlow[] } & FlowDocument> & { inspected: InspectedFlow; now: Micros } {
  const now = registry.now();
  const inspected = queryIndex((database) =>
    related === true
      ? inspectFlowOrRelated(registry, database, reference)
      : { ...inspectFlow(registry, database, reference), others: [] },
  );
  const { others } = inspected;
  const document = { ok: true as const, ...toFlowDocument(inspected, now) };
  return { document: others.length === 0 ? document : { ...document, others }, inspected, now };
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
