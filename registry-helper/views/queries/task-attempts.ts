import type { DatabaseSync } from "node:sqlite";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { findNextAttempt, getRequestKey, listEarlierAttempts } from "../../domain/task/further-attempts.ts";
import type { TaskRecord } from "../../model/task-record.ts";

/** Work of one request that is looked at: nobody asks more often for the same. */
const MAX_CANDIDATES = 50;

/** The attempts at the same work before this one, the oldest first. */
export function earlierAttempts(database: DatabaseSync, task: TaskRecord): TaskRecord[] {
  return listEarlierAttempts(task, listSameRequest(database, task));
}

/** The attempt at the same work after this one, if there is one. */
export function nextAttempt(database: DatabaseSync, task: TaskRecord): TaskRecord | undefined {
  return isTerminalTask(task) ? findNextAttempt(task, listSameRequest(database, task)) : undefined;
}

/** What the same session asked for under the same label, around the same time, this one included. */
function listSameRequest(database: DatabaseSync, task: TaskRecord): TaskRecord[] {
  const key = getRequestKey(task);
  if (key === undefined) return [];
  const select = (order: "<=" | ">"): TaskRecord[] =>
    database
      .prepare(
        `SELECT record FROM tasks WHERE requesterSessionKey = :session AND taskId ${order} :task
         AND runtime = :runtime AND json_extract(record, '$.label') = :label
         ORDER BY taskId ${order === ">" ? "ASC" : "DESC"} LIMIT :limit`,
      )
      .all({
        session: key.requesterSessionKey,
        task: task.taskId,
        runtime: task.runtime,
        label: key.label,
        limit: MAX_CANDIDATES,
      })
      .map((row) => JSON.parse(String(row["record"])) as TaskRecord);
  return [...select("<=").reverse(), ...select(">")];
}
