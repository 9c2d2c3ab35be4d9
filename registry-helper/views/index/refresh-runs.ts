import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { toRunFlow } from "../../domain/flow/run-as-flow.ts";
import type { RunState } from "../../model/run-documents.ts";
import type { Registry } from "../../registry/registry.ts";
import { findStray } from "../../storage/run-folders.ts";
import { isSqliteError } from "./index-database.ts";
import { listRunAttempts } from "./node-attempts.ts";
import { removeRunFlow, stampOfUnread, writeRunFlow } from "./refresh-flows.ts";
import { listRunFolders, readRunRow, type RunRow, unreadableRow } from "./run-rows.ts";

/** Brings the run rows up to date: only runs whose journal or `state.json` changed since are read. */
export function refreshRuns(registry: Registry, database: DatabaseSync): void {
  const known = new Map(
    database
      .prepare("SELECT runId, stamp FROM runs")
      .all()
      .map((row) => [String(row["runId"]), String(row["stamp"])]),
  );
  const present = listRunFolders(registry)
    .map((runId) => ({ runId, stamp: getJournalStamp(registry, runId) }))
    // What is known and has not changed needs no other look.
    .filter(({ runId, stamp }) => known.get(runId) === stamp || findStray(registry, runId) === undefined);
  const changed = present.filter(({ runId, stamp }) => known.get(runId) !== stamp);
  const names = new Set(present.map(({ runId }) => runId));
  const gone = [...known.keys()].filter((runId) => !names.has(runId));
  if (changed.length === 0 && gone.length === 0) return;

  database.exec("BEGIN IMMEDIATE");
  try {
    for (const runId of gone) removeRun(database, runId);
    for (const { runId, stamp } of changed) indexRun(registry, database, runId, stamp);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/** Changes whenever the run does: the journal's length, and `state.json` for runs that other tools write. */
function getJournalStamp({ fs, root }: Registry, runId: string): string {
  const of = (file: string): string => {
    try {
      const stat = fs.statSync(join(root, "runs", runId, file));
      return `${stat.size}.${stat.mtimeMs}`;
    } catch {
      return "-";
    }
  };
  return `${of("events.jsonl")} ${of("state.json")}`;
}

function removeRun(database: DatabaseSync, runId: string): void {
  database.prepare("DELETE FROM runs WHERE runId = ?").run(runId);
  for (const table of ["bindings", "attempts"]) database.prepare(`DELETE FROM ${table} WHERE runId = ?`).run(runId);
  removeRunFlow(database, runId);
}

/** What the index does not take of a run, however it came there, makes that run unreadable and no other. */
function indexRun(registry: Registry, database: DatabaseSync, runId: string, stamp: string): void {
  const { row, state, seq } = readRunRow(registry, runId);
  database.exec("SAVEPOINT run");
  try {
    writeRun(database, { runId, stamp, row, state, seq });
  } catch (error) {
    database.exec("ROLLBACK TO run");
    if (isSqliteError(error)) throw error;
    writeRun(database, { runId, stamp, row: unreadableRow(runId, error), state: undefined, seq: 0 });
  } finally {
    database.exec("RELEASE run");
  }
}

function writeRun(
  database: DatabaseSync,
  run: { runId: string; stamp: string; row: RunRow; state: RunState | undefined; seq: number },
): void {
  const { runId, stamp, row, state, seq } = run;
  removeRun(database, runId);
  const columns = [
    row.status,
    row.phase,
    row.workflowId,
    row.title,
    row.createdAt,
    row.updatedAt,
    row.done,
    row.total,
    row.problem,
  ];
  const delivery = row.delivery === null ? null : JSON.stringify(row.delivery);
  const ours = [row.workflowVersion, row.archivedAt, row.endedAt, row.forkedFrom, row.unverified, row.bypassed];
  const sessions = [state?.sourceSessionKey ?? null, state?.rootSessionKey ?? null];
  database
    .prepare(
      `INSERT INTO runs (runId, stamp, status, phase, workflowId, title, createdAt, updatedAt, done, total, problem, delivery,
         workflowVersion, archivedAt, endedAt, forkedFrom, unverified, bypassed, sourceSession, rootSession)
       VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
    )
    .run(
      runId,
      row.status === "unreadable" ? stampOfUnread(stamp, row.problem?.split(":")[0] ?? "") : stamp,
      ...columns,
      delivery,
      ...ours,
      ...sessions,
    );
  if (state === undefined) return;
  indexBindings(database, runId, state);
  indexAttempts(database, runId, state);
  writeRunFlow(database, toRunFlow(state, seq));
}

function indexAttempts(database: DatabaseSync, runId: string, state: RunState): void {
  const insert = database.prepare(
    `INSERT INTO attempts (runId, nodeId, attempt, status, reason, startedAt, endedAt, inputTokens, outputTokens,
       unverified, bypassed)
     VALUES (?,?,?,?,?,?,?,?,?,?,?)`,
  );
  for (const one of listRunAttempts(state)) {
    const times = [one.startedAt, one.endedAt, one.inputTokens, one.outputTokens];
    const marks = [one.unverified ? 1 : 0, one.bypassed ? 1 : 0];
    insert.run(runId, one.nodeId, one.attempt, one.status, one.reason, ...times, ...marks);
  }
}

function indexBindings(database: DatabaseSync, runId: string, state: RunState): void {
  const insert = database.prepare(
    "INSERT INTO bindings (runId, nodeId, attempt, childSessionKey, hostRunId) VALUES (?,?,?,?,?)",
  );
  for (const node of state.nodes) {
    const current = {
      attempt: (node.attempts?.length ?? 0) + 1,
      childSessionKey: node.childSessionKey,
      runId: node.runId,
    };
    for (const attempt of [...(node.attempts ?? []), current]) {
      if (attempt.childSessionKey === null && attempt.runId === null) continue;
      insert.run(runId, node.id, attempt.attempt, attempt.childSessionKey, attempt.runId);
    }
  }
}
