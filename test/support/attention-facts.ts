import type { RunFacts } from "../../registry-helper/domain/run/attention-facts.ts";
import { STALE_AFTER_MS } from "../../registry-helper/model/stale-thresholds.ts";
import type { Micros } from "../../registry-helper/model/time.ts";

/** What the rules of attention know of a run at a time; nobody has looked for its children. */
export function factsAt(now: Micros, more: Partial<RunFacts> = {}): RunFacts {
  return { now, staleAfter: STALE_AFTER_MS, findTask: () => undefined, ...more };
}
