import { formatMicros } from "../../model/time.ts";
import { statsFacts } from "../../views/reports/load-run-stats.ts";
import { computeStats, type VersionStats } from "../../views/reports/run-stats.ts";
import { parsePastTime } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";

export interface StatsInput {
  /** The id of a workflow. */
  workflow: string;
  /** Only runs made since then: `7d`, a day or an ISO time. */
  since?: string | undefined;
}

export interface StatsDocument {
  ok: true;
  workflowId: string;
  /** ISO time; null for all runs. */
  since: string | null;
  versions: VersionStats[];
}

/**
 * How the runs of a workflow went, version by version.
 *
 * @throws ClawTaskError `usage`
 */
export function stats(
  { registry, queryIndex }: IndexedContext,
  { workflow: workflowId, since: text }: StatsInput,
): Outcome<StatsDocument> {
  const since =
    text === undefined ? null : formatMicros(parsePastTime(text, registry.now(), { name: "since", command: "stats" }));
  const { runs, attempts } = statsFacts(registry, workflowId, since ?? undefined, queryIndex);
  return { document: { ok: true, workflowId, since, versions: computeStats(runs, attempts) } };
}
