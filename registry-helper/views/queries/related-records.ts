import type { DatabaseSync } from "node:sqlite";
import { toRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { isClawTaskError } from "../../model/errors.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { findFlow } from "./flow-queries.ts";
import { findTask, type TaskRow } from "./task-queries.ts";

/** Most records beside the meant one that are named. */
const MAX_OTHERS = 20;

/** What a reference means, and what else belongs to the same session: the latest first. */
interface Related<Found, Other> {
  found: Found;
  others: Other[];
}

/**
 * The task that a reference means. A session means the last task that it works on or asked for, one that goes on
 * before all others. For looking only: what is changed has to be named.
 *
 * @throws ClawTaskError `task_not_found` | `ambiguous_id`
 */
export function findTaskOrRelated(database: DatabaseSync, reference: string): Related<TaskRow, TaskRecord> {
  const ids = database
    .prepare(
      `SELECT taskId, record FROM tasks WHERE requesterSessionKey = :session OR childSessionKey = :session
       ORDER BY status IN ('queued', 'running') DESC, taskId DESC LIMIT :limit`,
    )
    .all({ session: reference, limit: MAX_OTHERS + 1 });
  const found = unlessAmbiguous(() => findTask(database, reference), ids.length > 0);
  const meant = found ?? findTask(database, String(ids[0]?.["taskId"]));
  const related = ids.map((row) => JSON.parse(String(row["record"])) as TaskRecord);
  return { found: meant, others: related.filter(({ taskId }) => taskId !== meant.taskId).slice(0, MAX_OTHERS) };
}

/**
 * The flow that a reference means. A session means the last flow that it owns or works for.
 *
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id` | `journal_corrupt`
 */
export function findFlowOrRelated(
  database: DatabaseSync,
  reference: string,
): Related<FlowRecord, Pick<FlowRecord, "flowId" | "status" | "title">> {
  const rows = database
    .prepare(
      `SELECT flowId, record FROM flows WHERE record IS NOT NULL AND (owner = :session
         OR flowId IN (SELECT flowId FROM tasks WHERE childSessionKey = :session AND flowId IS NOT NULL)
         OR flowId IN (SELECT :prefix || runId FROM bindings WHERE childSessionKey = :session))
       ORDER BY isOpen DESC, updatedAt DESC LIMIT :limit`,
    )
    .all({ session: reference, prefix: toRunFlowId(""), limit: MAX_OTHERS + 1 });
  const related = rows.map((row) => JSON.parse(String(row["record"])) as FlowRecord);
  const [latest] = related;
  const found = unlessAmbiguous(() => findFlow(database, reference), latest !== undefined) ?? latest;
  if (found === undefined) throw new Error("a flow that is neither found nor missing");
  const others = related.filter(({ flowId }) => flowId !== found.flowId).slice(0, MAX_OTHERS);
  return { found, others: others.map(({ flowId, status, title }) => ({ flowId, status, title })) };
}

/** Undefined when the reference alone does not say it, and a session does. */
function unlessAmbiguous<Found>(find: () => Found, isSession: boolean): Found | undefined {
  try {
    return find();
  } catch (error) {
    const isOpen = isClawTaskError(error) && ["task_not_found", "flow_not_found", "ambiguous_id"].includes(error.code);
    if (!isOpen || !isSession) throw error;
    return undefined;
  }
}
