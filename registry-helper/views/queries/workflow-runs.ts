import type { DatabaseSync } from "node:sqlite";
import { formatMicros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { canIndex } from "../index/index-database.ts";
import { listRunsFromFiles, type RunFilter, type RunRow } from "../index/run-rows.ts";
import { listRuns, withIndex } from "../index/with-index.ts";

/** Runs, from the index where this Node can keep one, else from the files. */
export function findRuns(
  registry: Registry,
  filter: Omit<RunFilter, "limit"> & { limit?: number },
  queryIndex: (query: (database: DatabaseSync) => RunRow[]) => RunRow[] = (query) => withIndex(registry, query),
): RunRow[] {
  const full = { limit: Number.MAX_SAFE_INTEGER, ...filter };
  return canIndex() ? queryIndex((database) => listRuns(database, full)) : listRunsFromFiles(registry, full);
}

/** What runs used one version of a workflow. */
export interface VersionUse {
  /** Null for runs that another tool made. */
  version: string | null;
  runs: number;
  lastRunId: string;
  lastAt: string;
}

/** The versions of a workflow that runs were made from, the latest used first. */
export function versionsUsed(runs: readonly RunRow[]): VersionUse[] {
  const uses = new Map<string | null, VersionUse>();
  for (const { runId, workflowVersion: version, createdAt } of runs) {
    const at = createdAt ?? formatMicros(0);
    const use = uses.get(version);
    if (use === undefined) uses.set(version, { version, runs: 1, lastRunId: runId, lastAt: at });
    else {
      use.runs += 1;
      if (at > use.lastAt) Object.assign(use, { lastRunId: runId, lastAt: at });
    }
  }
  return [...uses.values()].sort((one, other) => (one.lastAt < other.lastAt ? 1 : -1));
}
