import type { DatabaseSync } from "node:sqlite";
import {
  DEFAULT_LIMIT,
  formatMicros,
  listRuns,
  type RunFilter,
  type RunRow,
} from "../../../registry-helper/internal.ts";
import { type Handler, getNumber, getText } from "./handler.ts";
import { formatPageCursor, parsePageCursor } from "./page-cursor.ts";
import { parseQueryTime } from "./query-time.ts";

/** A page of runs, and where the next one begins. */
export function runPage(database: DatabaseSync, filter: RunFilter): { runs: RunRow[]; next: string | null } {
  const runs = listRuns(database, filter);
  const last = runs.length < filter.limit ? undefined : runs.at(-1);
  return { runs, next: last === undefined ? null : formatPageCursor({ id: last.runId, at: last.updatedAt }) };
}

export const listRunsHandler: Handler = ({ context, read, query }) => {
  const since = parseQueryTime(getText(query, "since"), "since", context.registry.now());
  const position = parsePageCursor(getText(query, "before"));
  const filter = {
    status: getText(query, "status"),
    workflowId: getText(query, "workflow"),
    session: getText(query, "session"),
    since: since === undefined ? undefined : formatMicros(since),
    search: getText(query, "search"),
    withoutArchived: query["archived"] !== true,
    before: position === undefined ? undefined : { runId: position.id, updatedAt: position.at },
    limit: getNumber(query, "limit") ?? DEFAULT_LIMIT,
  };
  return { document: read.query((database) => runPage(database, filter)) };
};
