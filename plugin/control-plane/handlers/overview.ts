import type { DatabaseSync } from "node:sqlite";
import { firstIdAt, formatMicros } from "../../../registry-helper/internal.ts";
import { getAttention } from "./attention.ts";
import { memoizeByIndex } from "./cache.ts";
import type { ApiContext } from "./context.ts";
import type { Handler } from "./handler.ts";

export type Tally = Record<string, number>;

/** How many of everything. */
export interface OverviewDocument {
  attention: { total: number; byKind: Tally };
  tasks: { byStatus: Tally; running: number; queued: number; endedToday: number };
  runs: { byStatus: Tally };
  flows: { byStatus: Tally };
  deliveries: Deliveries;
}

export interface Deliveries {
  open: number;
  failed: number;
  ambiguous: number;
}

const DAY = 86_400 * 1e6;
/** Work that ended today and began longer ago than this is not counted: ids tell when it began, and nothing else does quickly. */
const LOOKBACK = 7 * DAY;

export function computeOverview(context: ApiContext, database: DatabaseSync): OverviewDocument {
  return memoizeByIndex(context, database, "overview", () => {
    const byKind: Tally = {};
    const items = getAttention(context, database);
    for (const { kind } of items) byKind[kind] = (byKind[kind] ?? 0) + 1;
    const tasks = countByName(database, "SELECT status AS name, count(*) AS n FROM tasks GROUP BY status");
    return {
      attention: { total: items.length, byKind },
      tasks: {
        byStatus: tasks,
        running: tasks["running"] ?? 0,
        queued: tasks["queued"] ?? 0,
        endedToday: endedToday(context, database),
      },
      runs: {
        byStatus: countByName(
          database,
          "SELECT status AS name, count(*) AS n FROM runs WHERE archivedAt IS NULL GROUP BY status",
        ),
      },
      flows: { byStatus: countByName(database, "SELECT status AS name, count(*) AS n FROM flows GROUP BY status") },
      deliveries: countDeliveries(database),
    };
  });
}

function endedToday({ registry }: ApiContext, database: DatabaseSync): number {
  const midnight = Math.floor(registry.now() / DAY) * DAY;
  const row = database
    .prepare("SELECT count(*) AS n FROM tasks WHERE taskId >= ? AND endedAt >= ?")
    .get(firstIdAt(midnight - LOOKBACK), formatMicros(midnight));
  return Number(row?.["n"] ?? 0);
}

/** Results of tasks, runs and flows that are on their way, or will not get there by themselves. */
export function countDeliveries(database: DatabaseSync): Deliveries {
  const counts = countByName(
    database,
    `SELECT name, sum(n) AS n FROM (
       SELECT delivery AS name, count(*) AS n FROM tasks WHERE isOpen = 1 GROUP BY 1
       UNION ALL SELECT delivery, count(*) FROM tasks WHERE needsLook = 1 AND isOpen = 0 GROUP BY 1
       UNION ALL SELECT json_extract(delivery, '$.state'), count(*) FROM runs WHERE delivery IS NOT NULL GROUP BY 1
       UNION ALL SELECT json_extract(record, '$.delivery.state'), count(*) FROM flows WHERE stamp IS NOT NULL AND record IS NOT NULL GROUP BY 1
     ) WHERE name IS NOT NULL GROUP BY name`,
  );
  return {
    open: (counts["pending"] ?? 0) + (counts["sending"] ?? 0),
    failed: counts["failed"] ?? 0,
    ambiguous: counts["ambiguous"] ?? 0,
  };
}

export function countByName(database: DatabaseSync, sql: string): Tally {
  const rows = database.prepare(sql).all();
  return Object.fromEntries(rows.map(({ name, n }) => [String(name), Number(n)]));
}

export const getOverview: Handler = ({ context, read }) => ({
  document: read.query((database) => computeOverview(context, database)),
});
