import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../registry/registry.ts";
import { canIndex } from "../index/index-database.ts";
import { listRunAttempts } from "../index/node-attempts.ts";
import { readRunRow, runIds } from "../index/run-rows.ts";
import { withIndex } from "../index/with-index.ts";
import type { AttemptFacts, RunFacts } from "./stats-facts.ts";

/** What statistics of one workflow are made of: the runs created since then, and their attempts. */
export interface StatsFacts {
  runs: RunFacts[];
  attempts: AttemptFacts[];
}

/** From the index where this Node can keep one, else from the files. */
export function statsFacts(
  registry: Registry,
  workflowId: string,
  since: string | undefined,
  queryIndex: (query: (database: DatabaseSync) => StatsFacts) => StatsFacts = (query) => withIndex(registry, query),
): StatsFacts {
  return canIndex()
    ? queryIndex((database) => factsFromIndex(database, workflowId, since))
    : factsFromFiles(registry, workflowId, since);
}

/** From an index that is up to date. */
export function factsFromIndex(database: DatabaseSync, workflowId: string, since = ""): StatsFacts {
  const values = { workflow: workflowId, since };
  const runs = database
    .prepare(
      `SELECT runId, status, workflowVersion, createdAt, endedAt, forkedFrom FROM runs
       WHERE workflowId = :workflow AND createdAt >= :since ORDER BY createdAt, runId`,
    )
    .all(values);
  const attempts = database
    .prepare(
      `SELECT a.* FROM runs r JOIN attempts a ON a.runId = r.runId
       WHERE r.workflowId = :workflow AND r.createdAt >= :since ORDER BY r.createdAt, r.runId, a.rowid`,
    )
    .all(values);
  return {
    runs: runs.map((row) => ({ ...row }) as unknown as RunFacts),
    attempts: attempts.map((row) => {
      const { unverified, bypassed } = row;
      return { ...row, unverified: unverified === 1, bypassed: bypassed === 1 } as unknown as AttemptFacts;
    }),
  };
}

/** The same without an index: reads every run. */
export function factsFromFiles(registry: Registry, workflowId: string, since = ""): StatsFacts {
  const found = runIds(registry)
    .map((runId) => readRunRow(registry, runId))
    .filter(({ row }) => row.workflowId === workflowId && (row.createdAt ?? "") >= since)
    .sort((one, other) => ((one.row.createdAt ?? "") < (other.row.createdAt ?? "") ? -1 : 1));
  return {
    runs: found.map(({ row: { runId, status, workflowVersion, createdAt, endedAt, forkedFrom } }) => ({
      ...{ runId, status, workflowVersion, createdAt, endedAt, forkedFrom },
    })),
    attempts: found.flatMap(({ row, state }) =>
      state === undefined
        ? []
        : listRunAttempts(state).map(({ message: _message, ...one }) => ({ runId: row.runId, ...one })),
    ),
  };
}
