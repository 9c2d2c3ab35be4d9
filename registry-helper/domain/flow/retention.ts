import { type FlowRecord, isFlowEnded } from "../../model/flow-record.ts";
import { isUndelivered } from "../delivery/delivery-problem.ts";
import { isInFlight } from "../task/task-table.ts";

/** Whether a flow may go as far as itself is concerned: it ended before the cutoff, and its end is owed to nobody. */
export function isPrunableFlow(flow: FlowRecord, cutoff: string): boolean {
  if (!isFlowEnded(flow) || (flow.endedAt ?? flow.updatedAt) >= cutoff) return false;
  return !isUndelivered(flow.delivery) && !isInFlight(flow.delivery) && !isInFlight(flow.update);
}
