import type { DatabaseSync } from "node:sqlite";
import { isUndelivered } from "../../domain/delivery/delivery-problem.ts";
import { toRunFlowId, parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import type { LinkedTask } from "../../domain/flow/view.ts";
import { ClawTaskError } from "../../model/errors.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import { suggest } from "../../model/remedy.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { taskById } from "./task-queries.ts";

export interface FlowFilter {
  status?: string | undefined;
  /** The owner's session, or its beginning. */
  owner?: string | undefined;
  /** Only flows that come after this one in the list: the next page. The time is null for one that cannot be read. */
  before?: { flowId: string; updatedAt: string | null } | undefined;
  limit: number;
}

/** One flow of a list; `flow` is null when its journal cannot be read, and `problem` says why. */
export interface FlowRow {
  flowId: string;
  flow: FlowRecord | null;
  problem: string | null;
}

/** Flows, the most recently changed first. What cannot be read comes before all. */
export function listFlows(database: DatabaseSync, filter: FlowFilter): FlowRow[] {
  return database
    .prepare(
      `SELECT flowId, problem, record FROM flows
       WHERE (:status IS NULL OR status = :status) AND (:owner IS NULL OR (owner >= :owner AND owner <= :end))
         AND (:beforeId IS NULL OR (updatedAt IS NOT NULL) > (:beforeAt IS NOT NULL) OR updatedAt < :beforeAt
           OR (updatedAt IS :beforeAt AND flowId < :beforeId))
       ORDER BY updatedAt IS NOT NULL, updatedAt DESC, flowId DESC LIMIT :limit`,
    )
    .all({
      status: filter.status ?? null,
      owner: filter.owner ?? null,
      end: `${filter.owner ?? ""}\u{10ffff}`,
      beforeId: filter.before?.flowId ?? null,
      beforeAt: filter.before?.updatedAt ?? null,
      limit: filter.limit,
    })
    .map(toRow);
}

/**
 * The one flow that a person means by its id (or its last part, as lists show it), by `run:<run id>`, or by the
 * session that owns it: then the one that goes on. The beginning of an id is enough when only one flow has it.
 *
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id`, and what keeps the flow from being read
 */
export function findFlow(database: DatabaseSync, reference: string): FlowRecord {
  const found = reference === "" ? [] : (byId(database, reference) ?? byOwner(database, reference));
  const rows = found.length > 0 || reference === "" ? found : byPrefix(database, reference);
  const [row] = rows;
  if (row === undefined)
    throw new ClawTaskError("flow_not_found", {
      message: `flow not found: ${reference}`,
      remedy: { commands: [suggest("flows list")] },
    });
  if (rows.length > 1) {
    throw new ClawTaskError("ambiguous_id", {
      message: `${reference} fits more than one flow: ${rows.map(({ flowId }) => flowId).join(", ")}`,
      remedy: { hint: "name one by its id", commands: [suggest("flows show", row.flowId)] },
    });
  }
  if (row.flow !== null) return row.flow;
  throw new ClawTaskError("journal_corrupt", {
    message: `flow ${row.flowId} cannot be read: ${row.problem ?? ""}`,
    remedy: { commands: [suggest("repair", row.flowId)] },
  });
}

function byId(database: DatabaseSync, reference: string): FlowRow[] | undefined {
  const row = database.prepare("SELECT flowId, problem, record FROM flows WHERE flowId = ?").get(reference);
  return row === undefined ? undefined : [toRow(row)];
}

function byOwner(database: DatabaseSync, owner: string): FlowRow[] {
  const rows = database
    .prepare(
      "SELECT flowId, problem, record, isOpen FROM flows WHERE owner = ? ORDER BY isOpen DESC, updatedAt DESC LIMIT 4",
    )
    .all(owner);
  const open = rows.filter((row) => row["isOpen"] === 1);
  return (open.length > 0 ? open : rows.slice(0, 1)).map(toRow);
}

/** Ranges, since a pattern would read every row. */
function byPrefix(database: DatabaseSync, reference: string): FlowRow[] {
  const found = new Map<string, FlowRow>();
  const collectMatches = (column: string, from: string): void => {
    const rows = database
      .prepare(`SELECT flowId, problem, record FROM flows WHERE ${column} BETWEEN ? AND ? LIMIT 4`)
      .all(from, `${from}\u{10ffff}`);
    for (const row of rows) found.set(String(row["flowId"]), toRow(row));
  };
  collectMatches("flowId", reference);
  collectMatches("flowId", toRunFlowId(reference));
  collectMatches("substr(flowId, 12)", reference);
  return [...found.values()].slice(0, 4);
}

/** Flows that may need somebody. */
export function listFlowsNeedingAttention(database: DatabaseSync): FlowRecord[] {
  return records(database, "SELECT record FROM flows WHERE needsLook = 1 ORDER BY flowId");
}

/** Flows of their own that have not ended. */
export function openFlowRecords(database: DatabaseSync): FlowRecord[] {
  return records(
    database,
    "SELECT record FROM flows WHERE isOpen = 1 AND stamp IS NOT NULL AND record IS NOT NULL ORDER BY flowId",
  );
}

/** Ends of flows that are owed to somebody and will not get there by themselves. */
export function undeliveredFlows(database: DatabaseSync): FlowRecord[] {
  return listFlowsNeedingAttention(database).filter(({ delivery }) => isUndelivered(delivery));
}

/** Flows whose journal cannot be read, in words. */
export function flowProblems(database: DatabaseSync): { flowId: string; problem: string }[] {
  return database
    .prepare("SELECT flowId, problem FROM flows WHERE problem IS NOT NULL ORDER BY flowId")
    .all()
    .map((row) => row as unknown as { flowId: string; problem: string });
}

/** The tasks of a flow, and the one that it waits for. Of a run: what the sessions of its nodes did as well. */
export function listFlowTasks(database: DatabaseSync, flow: FlowRecord): LinkedTask[] {
  const waitsFor = flow.wait?.kind === "task" ? [flow.wait.taskId] : [];
  const linked = new Map<string, TaskRecord | null>();
  for (const taskId of [...flow.tasks, ...waitsFor]) linked.set(taskId, taskById(database, taskId) ?? null);
  const runId = parseRunFlowId(flow.flowId);
  if (runId !== undefined) for (const task of listRunTasks(database, runId)) linked.set(task.taskId, task);
  return [...linked].map(([taskId, task]) => ({ taskId, task }));
}

function listRunTasks(database: DatabaseSync, runId: string): TaskRecord[] {
  return database
    .prepare(
      `SELECT taskId, record FROM tasks WHERE flowId = :flow
       UNION SELECT t.taskId, t.record FROM bindings b JOIN tasks t ON t.childSessionKey = b.childSessionKey WHERE b.runId = :run
       UNION SELECT t.taskId, t.record FROM bindings b JOIN tasks t ON t.hostRunId = b.hostRunId WHERE b.runId = :run
       ORDER BY 1`,
    )
    .all({ flow: toRunFlowId(runId), run: runId })
    .map(({ record }) => JSON.parse(String(record)) as TaskRecord);
}

function records(database: DatabaseSync, sql: string): FlowRecord[] {
  return database
    .prepare(sql)
    .all()
    .map(({ record }) => JSON.parse(String(record)) as FlowRecord);
}

function toRow(row: Record<string, unknown>): FlowRow {
  const { flowId, problem, record } = row;
  return {
    flowId: String(flowId),
    problem: typeof problem === "string" ? problem : null,
    flow: typeof record === "string" ? (JSON.parse(record) as FlowRecord) : null,
  };
}
