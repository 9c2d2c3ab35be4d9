import type { StaleThresholds } from "../../model/stale-thresholds.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";

/** What the rules know besides the run itself. */
export interface RunFacts {
  now: Micros;
  staleAfter: StaleThresholds;
  /** The task that works on a node: null when the ledger has none, undefined when nobody looked. */
  findTask: (nodeId: string) => TaskRecord | null | undefined;
}
