import type { DatabaseSync } from "node:sqlite";
import type { DeliveryRecord } from "../../model/delivery-record.ts";
import type { Registry } from "../../registry/registry.ts";
import { discardIfTorn, isSqliteError, openIndex, openIndexInMemory } from "./index-database.ts";
import { refreshFlows } from "./refresh-flows.ts";
import { refreshRuns } from "./refresh-runs.ts";
import { type IndexingProgress, refreshTasks } from "./refresh-tasks.ts";
import { isSearched, type RunFilter, type RunRow } from "./run-rows.ts";

export { DEFAULT_LIMIT, MAX_LIMIT } from "../../model/limits.ts";

/** Runs a query on an index that is up to date, and closes it again. */
export function withIndex<Result>(
  registry: Registry,
  query: (database: DatabaseSync) => Result,
  progress?: IndexingProgress,
): Result {
  try {
    return queryOn(registry, openIndex(registry), query, progress);
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    discardIfTorn(registry, error);
    return queryOn(registry, openIndexInMemory(), query, progress);
  }
}

function queryOn<Result>(
  registry: Registry,
  database: DatabaseSync,
  query: (database: DatabaseSync) => Result,
  progress: IndexingProgress | undefined,
): Result {
  try {
    refreshRuns(registry, database);
    refreshFlows(registry, database);
    refreshTasks(registry, database, progress);
    return query(database);
  } finally {
    database.close();
  }
}

/** Runs, the most recently changed first. */
export function listRuns(database: DatabaseSync, filter: RunFilter): RunRow[] {
  const { status, workflowId, session, since, search, withoutArchived, before, limit } = filter;
  const found = database
    .prepare(
      `SELECT runId, status, phase, workflowId, title, createdAt, updatedAt, done, total, problem, delivery, workflowVersion,
         archivedAt, endedAt, forkedFrom, unverified, bypassed FROM runs
       WHERE (:status IS NULL OR status = :status) AND (:workflow IS NULL OR workflowId = :workflow)
         AND (:session IS NULL OR sourceSession = :session OR rootSession = :session)
         AND (:since IS NULL OR updatedAt >= :since) AND (:withoutArchived = 0 OR archivedAt IS NULL)
         AND (:beforeId IS NULL OR coalesce(updatedAt, '') < :beforeAt
           OR (coalesce(updatedAt, '') = :beforeAt AND runId > :beforeId))
       ORDER BY updatedAt DESC, runId LIMIT :limit`,
    )
    .all({
      status: status ?? null,
      workflow: workflowId ?? null,
      session: session ?? null,
      since: since ?? null,
      withoutArchived: withoutArchived === true ? 1 : 0,
      beforeId: before?.runId ?? null,
      beforeAt: before?.updatedAt ?? "",
      // A search looks at texts, so the page is cut afterwards.
      limit: search === undefined ? limit : -1,
    })
    .map((row) => row as unknown as RunRow)
    .filter((row) => isSearched(row, search));
  return found.slice(0, limit).map((row) => ({
    ...row,
    delivery: row.delivery === null ? null : (JSON.parse(String(row.delivery)) as DeliveryRecord),
  }));
}
