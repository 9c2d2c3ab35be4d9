import type { DatabaseSync } from "node:sqlite";
import { findingOfAttention } from "../../domain/audit-attention.ts";
import { type Finding, listFindings, SEVERITIES } from "../../domain/task/audit-findings.ts";
import { FUTURE_SLACK, findTimeProblem } from "../../domain/task/correct-event.ts";
import { type Remedy, suggest } from "../../model/remedy.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { flowProblems } from "./flow-queries.ts";
import { listAttention } from "./list-attention.ts";
import { ledgerProblems } from "./task-queries.ts";

const MAINTENANCE: Remedy = { commands: [suggest("tasks maintenance", "--apply")] };

/** Goes over the ledger, flows and runs as the index has them, and says what is not as it should be, the worst first. */
export function auditLedger(registry: Registry, database: DatabaseSync): Finding[] {
  const now = registry.now();
  const findings = [
    ...damagedLines(database),
    ...damagedFlows(database),
    ...suspectTasks(database).flatMap((task) => listFindings(task, now)),
    ...inconsistentTimes(database, now),
    ...orphanedTasks(database).map(orphanFinding),
    ...orphanedBindings(registry, database),
    ...listAttention(registry, database).flatMap((item) => findingOfAttention(item) ?? []),
  ];
  return findings.sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity));
}

function damagedLines(database: DatabaseSync): Finding[] {
  return ledgerProblems(database).map((what) => ({
    code: "damaged_line",
    severity: "error",
    taskId: null,
    what,
    remedy: MAINTENANCE,
  }));
}

/** A flow that cannot be read takes nobody with it, but it is not told of anywhere else. */
function damagedFlows(database: DatabaseSync): Finding[] {
  return flowProblems(database).map(({ flowId, problem }) => ({
    code: "damaged_line",
    severity: "error",
    taskId: null,
    flowId,
    what: `flow ${flowId}: ${problem}`,
    remedy: { commands: [suggest("repair", flowId)] },
  }));
}

/** What goes on, what is owed, what was lost, and what the host sees otherwise: a few of many. */
function suspectTasks(database: DatabaseSync): TaskRecord[] {
  return records(
    database,
    `SELECT record FROM tasks WHERE isOpen = 1 OR needsLook = 1
     OR json_extract(record, '$.host.status') <> status ORDER BY taskId`,
  );
}

/** Tasks with times that cannot be. */
export function timeSuspects(database: DatabaseSync, now: Micros): { task: TaskRecord; problem: string }[] {
  const suspects = records(
    database,
    `SELECT record FROM tasks WHERE endedAt < coalesce(json_extract(record, '$.startedAt'), json_extract(record, '$.createdAt'))
     OR json_extract(record, '$.startedAt') < json_extract(record, '$.createdAt')
     OR max(coalesce(endedAt, ''), lastProgressAt, json_extract(record, '$.updatedAt')) > :future ORDER BY taskId`,
    { future: formatMicros(now + FUTURE_SLACK) },
  );
  return suspects.flatMap((task) => {
    const problem = findTimeProblem(task, now);
    return problem === undefined ? [] : [{ task, problem }];
  });
}

function inconsistentTimes(database: DatabaseSync, now: Micros): Finding[] {
  return timeSuspects(database, now).map(({ task: { taskId }, problem }) => ({
    code: "inconsistent_times",
    severity: "warn",
    taskId,
    what: problem,
    remedy: MAINTENANCE,
  }));
}

/** Ids of our flows; the host's own flows are its affair, and a run's flow is the run. */
const LEDGER_FLOW_PATTERN = "f-%";

/** A link of a task to what does not exist (any more). */
export interface OrphanedLink {
  taskId: string;
  field: "parentTaskId" | "flowId";
  value: string;
}

export function orphanedTasks(database: DatabaseSync): OrphanedLink[] {
  return database
    .prepare(
      `SELECT t.taskId, 'parentTaskId' AS field, t.parentTaskId AS value FROM tasks t
       LEFT JOIN tasks p ON p.taskId = t.parentTaskId WHERE t.parentTaskId IS NOT NULL AND p.taskId IS NULL
       UNION ALL SELECT taskId, 'flowId', flowId FROM tasks t WHERE flowId IS NOT NULL AND flowId LIKE '${LEDGER_FLOW_PATTERN}'
       AND NOT EXISTS (SELECT 1 FROM flows f WHERE f.flowId = t.flowId)
       ORDER BY 1`,
    )
    .all()
    .map((row) => row as unknown as OrphanedLink);
}

function orphanFinding({ taskId, field, value }: OrphanedLink): Finding {
  const noun = field === "parentTaskId" ? "parent" : "flow";
  const what = `its ${noun} ${value} is not in the ${noun === "flow" ? "registry" : "ledger"}`;
  return { code: "orphaned_link", severity: "warn", taskId, what, remedy: MAINTENANCE };
}

/** A node that is being worked on by a session which the ledger has never seen: nobody will tell of its end. */
function orphanedBindings(registry: Registry, database: DatabaseSync): Finding[] {
  return database
    .prepare(
      `SELECT b.runId, b.nodeId, b.childSessionKey AS session FROM bindings b JOIN runs r ON r.runId = b.runId
       WHERE r.status = 'running' AND b.childSessionKey <> ''
       AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.childSessionKey = b.childSessionKey)`,
    )
    .all()
    .filter((row) => isWorkedOn(registry, row))
    .map(({ runId, nodeId, session }) => ({
      code: "orphaned_link",
      severity: "info",
      taskId: null,
      runId: String(runId),
      what: `node ${String(nodeId)} of run ${String(runId)} is bound to ${String(session)}, of which the ledger has no task`,
      remedy: { commands: [suggest("next", String(runId))] },
    }));
}

function isWorkedOn(registry: Registry, { runId, nodeId, session }: Record<string, unknown>): boolean {
  const { nodes } = loadRun(registry, String(runId)).run.state;
  const node = nodes.find(({ id }) => id === nodeId);
  return node?.status === "running" && node.childSessionKey === session;
}

function records(database: DatabaseSync, sql: string, values: Record<string, string> = {}): TaskRecord[] {
  return database
    .prepare(sql)
    .all(values)
    .map(({ record }) => JSON.parse(String(record)) as TaskRecord);
}
