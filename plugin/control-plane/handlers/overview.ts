import type { DatabaseSync } from "node:sqlite";
import { formatMicros } from "../../../registry-helper/index.ts";
import { firstIdAt } from "../../../registry-helper/views/queries/task-filter.ts";
import type { Desk } from "./context.ts";
import { attentionIn } from "./attention.ts";
import type { Handler } from "./handler.ts";
import { derived } from "./cache.ts";

export type Tally = Record<string, number>;

/** How many of everything. */
export interface Overview {
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
const LOOKED_BACK = 7 * DAY;

export function overviewIn(desk: Desk, database: DatabaseSync): Overview {
  return derived(desk, database, "overview", () => {
    const byKind: Tally = {};
    const items = attentionIn(desk, database);
    for (const { kind } of items) byKind[kind] = (byKind[kind] ?? 0) + 1;
    const tasks = tallyOf(database, "SELECT status AS name, count(*) AS n FROM tasks GROUP BY status");
    return {
      attention: { total: items.length, byKind },
      tasks: {
        byStatus: tasks,
        running: tasks["running"] ?? 0,
        queued: tasks["queued"] ?? 0,
        endedToday: endedToday(desk, database),
      },
      runs: {
        byStatus: tallyOf(
          database,
          "SELECT status AS name, count(*) AS n FROM runs WHERE archivedAt IS NULL GROUP BY status",
        ),
      },
      flows: { byStatus: tallyOf(database, "SELECT status AS name, count(*) AS n FROM flows GROUP BY status") },
      deliveries: deliveriesIn(database),
    };
  });
}

function endedToday({ registry }: Desk, database: DatabaseSync): number {
  const midnight = Math.floor(registry.now() / DAY) * DAY;
  const row = database
    .prepare("SELECT count(*) AS n FROM tasks WHERE taskId >= ? AND endedAt >= ?")
    .get(firstIdAt(midnight - LOOKED_BACK), formatMicros(midnight));
  return Number(row?.["n"] ?? 0);
}

/** Results of tasks, runs and flows that are on their way, or will not get there by themselves. */
export function deliveriesIn(database: DatabaseSync): Deliveries {
  const counts = tallyOf(
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

export function tallyOf(database: DatabaseSync, sql: string): Tally {
  const rows = database.prepare(sql).all();
  return Object.fromEntries(rows.map(({ name, n }) => [String(name), Number(n)]));
}

export const getOverview: Handler = ({ desk, read }) => ({
  document: read.query((database) => overviewIn(desk, database)),
});
