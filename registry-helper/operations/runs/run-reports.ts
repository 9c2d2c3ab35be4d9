import { usageError } from "../../model/errors.ts";
import { RUN_STATUSES, type RunStatus } from "../../model/run-documents.ts";
import { formatMicros } from "../../model/time.ts";
import { loadRun } from "../../registry/run-store.ts";
import type { RunRow } from "../../views/index/run-rows.ts";
import { findRuns } from "../../views/queries/workflow-runs.ts";
import { compareRuns, type RunComparison } from "../../views/reports/compare-runs.ts";
import { statsFacts } from "../../views/reports/load-run-stats.ts";
import { computeStats, type VersionStats } from "../../views/reports/run-stats.ts";
import {
  readTaskStats,
  TASK_GROUPINGS,
  type TaskGroupStats,
  type TaskGrouping,
} from "../../views/reports/task-stats.ts";
import { buildTimeline, type Timeline } from "../../views/reports/timeline.ts";
import { parsePastTime, requireChoice, resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome, OperationContext } from "../operation.ts";

/** What a list of runs can be narrowed to: a status, or `unreadable`. */
export const LISTED_STATUSES: readonly string[] = [...RUN_STATUSES, "unreadable"];

export interface ListInput {
  status?: string | undefined;
  /** The id of a workflow. */
  workflow?: string | undefined;
  /** The session that asked for it or drives it, by its whole key. */
  session?: string | undefined;
  /** Changed since then: `7d`, a day or an ISO time. */
  since?: string | undefined;
  /** Beginnings of words in name, title and workflow. */
  search?: string | undefined;
  /** With the runs in the archive. */
  archived?: boolean | undefined;
  limit?: number | undefined;
}

export interface ListDocument {
  ok: true;
  registryRoot: string;
  runs: RunRow[];
}

/**
 * Runs, the most recently changed first.
 *
 * @throws ClawTaskError `usage`
 */
export function list({ registry, queryIndex }: IndexedContext, input: ListInput): Outcome<ListDocument> {
  const { status, workflow, session, since, search, archived } = input;
  requireChoice(status, LISTED_STATUSES, "--status", "list");
  const runs = findRuns(
    registry,
    {
      status,
      workflowId: workflow,
      session,
      since:
        since === undefined
          ? undefined
          : formatMicros(parsePastTime(since, registry.now(), { name: "since", command: "list" })),
      search,
      withoutArchived: archived !== true,
      limit: resolveLimit(input.limit, "list"),
    },
    queryIndex,
  );
  return { document: { ok: true, registryRoot: registry.root, runs } };
}

export interface StatsInput {
  /** The id of a workflow; how its runs went. */
  workflow?: string | undefined;
  /** By what all tasks are grouped, in place of a workflow: how they went, and what they cost. */
  by?: TaskGrouping | undefined;
  /** Only runs made since then: `7d`, a day or an ISO time. */
  since?: string | undefined;
}

export interface StatsDocument {
  ok: true;
  /** Null for statistics of tasks. */
  workflowId: string | null;
  /** ISO time; null for all. */
  since: string | null;
  versions: VersionStats[];
  /** Null for statistics of a workflow. */
  by: TaskGrouping | null;
  groups: TaskGroupStats[];
}

/**
 * How the runs of a workflow went, version by version, or how tasks went, by group.
 *
 * @throws ClawTaskError `usage`
 */
export function stats(
  { registry, queryIndex }: IndexedContext,
  { workflow: workflowId, by, since: text }: StatsInput,
): Outcome<StatsDocument> {
  requireChoice(by, TASK_GROUPINGS, "--by", "stats");
  const from =
    text === undefined ? undefined : parsePastTime(text, registry.now(), { name: "since", command: "stats" });
  const since = from === undefined ? null : formatMicros(from);
  if ((workflowId === undefined) === (by === undefined))
    throw usageError("the following arguments are required: workflow, or --by", "stats");
  if (by !== undefined) {
    const groups = queryIndex((database) => readTaskStats(database, by, from));
    return { document: { ok: true, workflowId: null, since, versions: [], by, groups } };
  }
  const { runs, attempts } = statsFacts(registry, workflowId ?? "", since ?? undefined, queryIndex);
  const versions = computeStats(runs, attempts);
  return { document: { ok: true, workflowId: workflowId ?? "", since, versions, by: null, groups: [] } };
}

export interface TimelineDocument extends Timeline {
  ok: true;
  runId: string;
  status: RunStatus;
}

/**
 * What took how long in a run, and its critical path.
 *
 * @throws ClawTaskError `run_not_found`
 */
export function timeline({ registry }: OperationContext, { runId }: { runId: string }): Outcome<TimelineDocument> {
  const { state } = loadRun(registry, runId).run;
  const line = buildTimeline(state, registry.now());
  return { document: { ok: true, runId: state.runId, status: state.status, ...line } };
}

export interface CompareInput {
  runA: string;
  runB: string;
}

/**
 * Two runs side by side.
 *
 * @throws ClawTaskError `run_not_found`
 */
export function compare(
  { registry }: OperationContext,
  { runA, runB }: CompareInput,
): Outcome<{ ok: true } & RunComparison> {
  const [a, b] = [loadRun(registry, runA), loadRun(registry, runB)];
  return { document: { ok: true, ...compareRuns(a.run.state, b.run.state) } };
}
