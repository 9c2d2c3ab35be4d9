import { RUN_STATUSES } from "../../model/run-documents.ts";
import { formatMicros } from "../../model/time.ts";
import type { RunRow } from "../../views/index/run-rows.ts";
import { findRuns } from "../../views/queries/workflow-runs.ts";
import { parsePastTime, requireChoice, resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";

/** What a list of runs can be narrowed to: a status, or `unreadable`. */
export const LISTED_STATUSES: readonly string[] = [...RUN_STATUSES, "unreadable"];

export interface ListInput {
  status?: string | undefined;
  /** The id of a workflow. */
  workflow?: string | undefined;
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
  const { status, workflow, since, search, archived } = input;
  requireChoice(status, LISTED_STATUSES, "--status", "list");
  const runs = findRuns(
    registry,
    {
      status,
      workflowId: workflow,
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
