import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { readLines, sizeOf } from "../journal/journal-file.ts";
import { ledgerDays, ledgerFolder, readTaskEvent } from "../journal/ledger-journal.ts";
import type { TaskRecord } from "../model/task-record.ts";
import type { Registry } from "../registry.ts";
import { evolveTask } from "../task/evolve.ts";

/** Brings the task rows up to date: each ledger file is read from where the index left off. */
export function refreshTasks(registry: Registry, database: DatabaseSync): void {
  for (const day of ledgerDays(registry.fs, registry.root)) refreshDay(registry, database, day);
}

function refreshDay(registry: Registry, database: DatabaseSync, day: string): void {
  const path = join(ledgerFolder(registry.root), `${day}.jsonl`);
  const size = sizeOf(registry.fs, path);
  if (readMark(database, day).bytes === size) return;

  database.exec("BEGIN IMMEDIATE");
  try {
    const mark = readMark(database, day);
    let { bytes, seq } = mark;
    if (bytes > size) {
      database.prepare("DELETE FROM tasks WHERE taskId LIKE ?").run(`%-${day.replaceAll("-", "")}-%`);
      bytes = 0;
      seq = 0;
    }
    const find = database.prepare("SELECT record FROM tasks WHERE taskId = ?");
    const changed = new Map<string, TaskRecord>();
    let problem = mark.bytes > size ? null : mark.problem;
    readLines(registry.fs, path, bytes, (line) => {
      const event = readTaskEvent(path, line, (words) => (problem ??= words));
      bytes = line.end;
      if (event === undefined || event.seq <= seq) return;
      const stored = changed.get(event.taskId) ?? parseRecord(find.get(event.taskId)?.["record"]);
      changed.set(event.taskId, evolveTask(stored, event));
      seq = event.seq;
    });
    for (const task of changed.values()) writeTask(database, task);
    database
      .prepare("INSERT OR REPLACE INTO ledgers (day, bytes, seq, problem) VALUES (?,?,?,?)")
      .run(day, bytes, seq, problem);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function readMark(database: DatabaseSync, day: string): { bytes: number; seq: number; problem: string | null } {
  const row = database.prepare("SELECT bytes, seq, problem FROM ledgers WHERE day = ?").get(day);
  const problem = row?.["problem"];
  return {
    bytes: Number(row?.["bytes"] ?? 0),
    seq: Number(row?.["seq"] ?? 0),
    problem: typeof problem === "string" ? problem : null,
  };
}

function parseRecord(text: unknown): TaskRecord | undefined {
  return typeof text === "string" ? (JSON.parse(text) as TaskRecord) : undefined;
}

function writeTask(database: DatabaseSync, task: TaskRecord): void {
  database
    .prepare(
      "INSERT OR REPLACE INTO tasks (taskId, runtime, status, delivery, label, createdAt, updatedAt, childSessionKey, hostRunId, requesterSessionKey, record) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
    )
    .run(
      task.taskId,
      task.runtime,
      task.status,
      task.delivery?.state ?? "none",
      task.label,
      task.createdAt,
      task.updatedAt,
      task.childSessionKey,
      task.attempts.at(-1)?.runId ?? null,
      task.requesterSessionKey,
      JSON.stringify(task),
    );
}
