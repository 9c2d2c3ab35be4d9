import type { DatabaseSync, StatementSync } from "node:sqlite";
import { needsLook } from "../../domain/task/attention.ts";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { isSettled, type StoredTask } from "../../domain/task/task-table.ts";
import { parseDayFromId, fromBase32 } from "../../model/ids.ts";
import type { TaskRecord } from "../../model/task-record.ts";

/** How much of a result can be searched, in UTF-16 code units. */
const MAX_SEARCHED_RESULT_LENGTH = 2_000;

/** A name that is used again means its newest work; ids are ordered by time. */
const INSERT_NAME = `INSERT INTO names (name, taskId) VALUES (?,?)
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
    const number = this.getRowNumber(task.taskId);
    const values = {
      number,
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
    this.change(
      `INSERT INTO tasks (${columns.join(",")}) VALUES (${columns.map((name) => `:${name}`).join(",")})
       ON CONFLICT (taskId) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(",")}`,
    ).run(values);
    for (const name of task.names) this.change(INSERT_NAME).run(name, task.taskId);
    this.change("INSERT OR REPLACE INTO words (rowid, text) VALUES (?,?)").run(number, getSearchableText(task));
  }

  /** Takes out everything of one day, whose file is another one now. */
  removeDay(day: string): void {
    const first = `t-${day.replaceAll("-", "")}-`;
    const last = `${first}\u{10ffff}`;
    for (const { record } of this.database
      .prepare("SELECT record FROM tasks WHERE taskId BETWEEN ? AND ?")
      .iterate(first, last)) {
      const { taskId, names } = JSON.parse(String(record)) as TaskRecord;
      for (const name of names) this.change("DELETE FROM names WHERE name = ? AND taskId = ?").run(name, taskId);
    }
    this.change("DELETE FROM words WHERE rowid IN (SELECT number FROM tasks WHERE taskId BETWEEN ? AND ?)").run(
      first,
      last,
    );
    this.change("DELETE FROM tasks WHERE taskId BETWEEN ? AND ?").run(first, last);
  }

  /** Numbers are in the order of the ids, so that whatever is found by words comes newest first. */
  private getRowNumber(taskId: string): number {
    const known = this.statement("SELECT number FROM tasks WHERE taskId = ?").get(taskId);
    if (known !== undefined) return Number(known["number"]);
    let number = orderNumber(taskId);
    while (this.statement("SELECT 1 FROM tasks WHERE number = ?").get(number) !== undefined) number += 1;
    return number;
  }

  /**
   * A statement that changes something. FTS5 leaves row numbers of its own behind as the connection's last one,
   * beyond what a double holds: Node would refuse the answer of whatever runs next.
   */
  private change(sql: string): StatementSync {
    const made = this.statement(sql);
    made.setReadBigInts(true);
    return made;
  }

  private statement(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const made = this.database.prepare(sql);
    this.statements.set(sql, made);
    return made;
  }
}

/** Ids count from 2020: with twelve bits of their random part, they fit a safe integer until 2089. */
const EPOCH_MS = 1_577_836_800_000;

/** A number for an id that is ordered as ids are: its milliseconds, and the first bits of its random part. */
export function orderNumber(taskId: string): number {
  const day = parseDayFromId(taskId);
  const digits = taskId.slice(-12);
  const ms = fromBase32(digits.slice(0, 6));
  const random = fromBase32(digits.slice(6));
  const dayMs = Date.parse(`${day ?? ""}T00:00:00Z`);
  // An id that is none of ours stands somewhere before them all.
  if (ms === undefined || random === undefined || Number.isNaN(dayMs)) return scattered(taskId);
  return Math.max(0, dayMs - EPOCH_MS + ms) * 4096 + Math.floor(random / 2 ** 18);
}

function scattered(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) >>> 0;
  return hash;
}

/** The phase as far as it does not depend on the clock. */
function storedPhase(task: TaskRecord): string {
  if (isTerminalTask(task)) return task.status === "succeeded" ? "done" : "failed";
  return task.status === "queued" ? "queued" : (task.phase ?? "starting");
}

/** Everything of a task that can be searched. */
export function getSearchableText(task: TaskRecord): string {
  const texts = [
    task.label,
    task.task,
    task.latestUpdate,
    task.error,
    task.result?.slice(0, MAX_SEARCHED_RESULT_LENGTH),
  ];
  return texts.filter(Boolean).join("\n");
}
