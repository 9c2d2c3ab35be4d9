import type { DatabaseSync } from "node:sqlite";
import { formatMicros, listRuns, type RunRow } from "../../../registry-helper/index.ts";
import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import type { RunFilter } from "../../../registry-helper/views/index/run-rows.ts";
import { type Handler, numberOf, textOf } from "./handler.ts";
import { cursorOf, placeOf } from "./page-cursor.ts";
import { timeIn } from "./query-time.ts";

/** A page of runs, and where the next one begins. */
export function runPage(database: DatabaseSync, filter: RunFilter): { runs: RunRow[]; next: string | null } {
  const runs = listRuns(database, filter);
  const last = runs.length < filter.limit ? undefined : runs.at(-1);
  return { runs, next: last === undefined ? null : cursorOf({ id: last.runId, at: last.updatedAt }) };
}

export const listRunsHandler: Handler = ({ desk, read, query }) => {
  const since = timeIn(textOf(query, "since"), "since", desk.registry.now());
  const place = placeOf(textOf(query, "before"));
  const filter = {
    status: textOf(query, "status"),
    workflowId: textOf(query, "workflow"),
    since: since === undefined ? undefined : formatMicros(since),
    search: textOf(query, "search"),
    withoutArchived: query["archived"] !== true,
    before: place === undefined ? undefined : { runId: place.id, updatedAt: place.at },
    limit: numberOf(query, "limit") ?? DEFAULT_LIMIT,
  };
  return { document: read.query((database) => runPage(database, filter)) };
};
