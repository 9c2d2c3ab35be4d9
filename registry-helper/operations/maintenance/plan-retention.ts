import type { DatabaseSync } from "node:sqlite";
import { UNDELIVERED_STATES } from "../../domain/delivery/delivery-problem.ts";
import { isPrunableFlow } from "../../domain/flow/retention.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import { parseDayFromId } from "../../model/ids.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { sqlList } from "../../views/index/sql-list.ts";

/** What may go, so that nothing that stays speaks of something that is gone. */
export interface PruningPlan {
  /** Tasks, with their parents. */
  tasks: Map<string, string | null>;
  /** Flows, with how many of their tasks are there yet: these go first. */
  flows: Map<string, number>;
}

/**
 * Tasks and flows that may go: settled, ended before the cutoff, owed to nobody; a task without a child that stays, and a
 * flow and its tasks only together. A result that did not reach its requester is kept however old it is.
 */
export function planPruning(database: DatabaseSync, cutoff: Micros): PruningPlan {
  const tasks = new Map(
    database
      .prepare(
        `SELECT taskId, parentTaskId FROM tasks
         WHERE isOpen = 0 AND endedAt < ? AND delivery NOT IN ${sqlList(UNDELIVERED_STATES)}`,
      )
      .all(formatMicros(cutoff))
      .map(({ taskId, parentTaskId }) => [String(taskId), parentTaskId === null ? null : String(parentTaskId)]),
  );
  const links = database.prepare("SELECT taskId, parentTaskId FROM tasks WHERE parentTaskId IS NOT NULL").all();
  const parents = new Map(links.map(({ taskId, parentTaskId }) => [String(taskId), String(parentTaskId)]));
  /** What a task that stays hangs on stays too, up to the root. */
  const keepParents = (child: string): void => {
    for (let parent = parents.get(child); parent !== undefined && tasks.delete(parent);) parent = parents.get(parent);
  };
  for (const child of parents.keys()) if (!tasks.has(child)) keepParents(child);

  const members = groupTasksByFlow(database);
  const flows = new Map(endedFlows(database, cutoff).map((flowId) => [flowId, members.get(flowId)?.length ?? 0]));
  for (let before = -1; before !== tasks.size + flows.size;) {
    before = tasks.size + flows.size;
    for (const [flowId, ids] of members) {
      if (flows.has(flowId) && ids.every((taskId) => tasks.has(taskId))) continue;
      flows.delete(flowId);
      for (const taskId of ids) if (tasks.delete(taskId)) keepParents(taskId);
    }
  }
  return { tasks, flows };
}

/** The tasks of each flow that the ledger has: as the flow says it, or, of one that cannot be read, as the tasks do. */
function groupTasksByFlow(database: DatabaseSync): Map<string, string[]> {
  const members = new Map<string, string[]>();
  const rows = database
    .prepare(
      `SELECT f.flowId, t.taskId FROM flows f JOIN json_each(f.record, '$.tasks') j JOIN tasks t ON t.taskId = j.value
       WHERE f.stamp IS NOT NULL AND f.record IS NOT NULL
       UNION SELECT f.flowId, t.taskId FROM flows f JOIN tasks t ON t.flowId = f.flowId WHERE f.stamp IS NOT NULL`,
    )
    .all();
  for (const { flowId, taskId } of rows)
    members.set(String(flowId), [...(members.get(String(flowId)) ?? []), String(taskId)]);
  return members;
}

function endedFlows(database: DatabaseSync, cutoff: Micros): string[] {
  return database
    .prepare("SELECT record FROM flows WHERE isOpen = 0 AND stamp IS NOT NULL AND record IS NOT NULL ORDER BY flowId")
    .all()
    .map(({ record }) => JSON.parse(String(record)) as FlowRecord)
    .filter((flow) => isPrunableFlow(flow, formatMicros(cutoff)))
    .map(({ flowId }) => flowId);
}

/** Which of the prunable tasks are there yet, and which of a day may go now: those whose children are gone. */
export class Pruning {
  private readonly left = new Map<string, Set<string>>();
  private readonly children = new Map<string, Set<string>>();

  constructor(prunable: ReadonlyMap<string, string | null>) {
    for (const [taskId, parent] of prunable) {
      add(this.left, parseDayFromId(taskId) ?? "", taskId);
      if (parent !== null && prunable.has(parent)) add(this.children, parent, taskId);
    }
  }

  /** Days that still hold prunable tasks, the newest first. */
  days(): string[] {
    return [...this.left.keys()].sort().reverse();
  }

  of(day: string): ReadonlySet<string> {
    return this.left.get(day) ?? new Set();
  }

  /** Of one day: those whose children are gone or go with them. */
  ready(day: string): ReadonlySet<string> {
    const going = new Set(this.of(day));
    const holds = (child: string): boolean => !going.has(child) && this.isPending(child);
    for (let before = -1; before !== going.size;) {
      before = going.size;
      for (const taskId of going) if ([...(this.children.get(taskId) ?? [])].some(holds)) going.delete(taskId);
    }
    return going;
  }

  gone(taskIds: Iterable<string>): void {
    for (const taskId of taskIds) {
      const day = parseDayFromId(taskId) ?? "";
      const ofDay = this.left.get(day);
      ofDay?.delete(taskId);
      if (ofDay?.size === 0) this.left.delete(day);
    }
  }

  /** Something happened to a task meanwhile: it stays, and so does what it hangs on. */
  retainOnly(prunable: ReadonlyMap<string, string | null>): void {
    this.gone([...this.left.values()].flatMap((ofDay) => [...ofDay].filter((taskId) => !prunable.has(taskId))));
  }

  private isPending(taskId: string): boolean {
    return this.left.get(parseDayFromId(taskId) ?? "")?.has(taskId) === true;
  }
}

function add(to: Map<string, Set<string>>, key: string, value: string): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, new Set([value]));
  else known.add(value);
}
