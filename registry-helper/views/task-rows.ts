import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { TaskRecord } from "../model/task-record.ts";
import { isTerminalTask } from "../task/evolve.ts";
import { isSettled, type StoredTask } from "../task/task-table.ts";
import { needsLook } from "../task/attention.ts";

/** How much of a result can be searched, in UTF-16 code units. */
const SEARCHED_RESULT_LENGTH = 2_000;

/** A name that is used again means its newest work; ids are ordered by time. */
const NAMED = `INSERT INTO names (name, taskId) VALUES (?,?)
  ON CONFLICT (name) DO UPDATE SET taskId = max(taskId, excluded.taskId)`;

/** Reads and writes the rows of tasks: the record itself, what lists filter by, its names and its words. */
export class TaskRows {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  find(taskId: string): StoredTask | undefined {
    const row = this.statement("SELECT record, seq FROM tasks WHERE taskId = ?").get(taskId);
    return row === undefined
      ? undefined
      : { task: JSON.parse(String(row["record"])) as TaskRecord, seq: Number(row["seq"]) };
  }

  write({ task, seq }: StoredTask): void {
    const values = {
      taskId: task.taskId,
      seq,
      runtime: task.runtime,
      status: task.status,
      phase: storedPhase(task),
      delivery: task.delivery?.state ?? "none",
      isOpen: isTerminalTask(task) && isSettled(task) ? 0 : 1,
      needsLook: needsLook(task) ? 1 : 0,
      lastProgressAt: task.lastProgressAt,
      endedAt: task.endedAt,
      childSessionKey: task.childSessionKey,
      hostRunId: task.attempts.at(-1)?.runId ?? null,
      requesterSessionKey: task.requesterSessionKey,
      sourceId: task.sourceId,
      flowId: task.flowId,
      parentTaskId: task.parentTaskId,
      record: JSON.stringify(task),
    };
    const columns = Object.keys(values);
    const row = this.statement(
      `INSERT INTO tasks (${columns.join(",")}) VALUES (${columns.map((name) => `:${name}`).join(",")})
       ON CONFLICT (taskId) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(",")}
       RETURNING number`,
    ).get(values);
    const number = Number(row?.["number"]);
    for (const name of task.names) this.statement(NAMED).run(name, task.taskId);
    this.statement("INSERT OR REPLACE INTO words (rowid, text) VALUES (?,?)").run(number, wordsOf(task));
  }

  /** Takes out everything of one day, whose file is another one now. */
  removeDay(day: string): void {
    const first = `t-${day.replaceAll("-", "")}-`;
    const last = `${first}\u{10ffff}`;
    this.database
      .prepare("DELETE FROM words WHERE rowid IN (SELECT number FROM tasks WHERE taskId BETWEEN ? AND ?)")
      .run(first, last);
    this.database.prepare("DELETE FROM names WHERE taskId BETWEEN ? AND ?").run(first, last);
    this.database.prepare("DELETE FROM tasks WHERE taskId BETWEEN ? AND ?").run(first, last);
  }

  private statement(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const made = this.database.prepare(sql);
    this.statements.set(sql, made);
    return made;
  }
}

/** The phase as far as it does not depend on the clock. */
function storedPhase(task: TaskRecord): string {
  if (isTerminalTask(task)) return task.status === "succeeded" ? "done" : "failed";
  return task.status === "queued" ? "queued" : (task.phase ?? "starting");
}

function wordsOf(task: TaskRecord): string {
  const texts = [task.label, task.task, task.latestUpdate, task.error, task.result?.slice(0, SEARCHED_RESULT_LENGTH)];
  return texts.filter(Boolean).join("\n");
}
