import type { Micros } from "../../../model/time.ts";
import type { GateContext } from "../gate-guard.ts";

/** What a decision depends on besides the run and the command. */
export interface DecideContext extends GateContext {
  now: Micros;
}
