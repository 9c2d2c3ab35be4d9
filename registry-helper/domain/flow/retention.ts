import type { FlowRecord } from "../../model/flow-record.ts";
import { isFlowOver } from "../../model/flow-record.ts";
import { isOnItsWay } from "../task/task-table.ts";

/** Whether a flow may go as far as itself is concerned: it ended before the cutoff, and its end is owed to nobody. */
export function isPrunableFlow(flow: FlowRecord, cutoff: string): boolean {
  if (!isFlowOver(flow) || (flow.endedAt ?? flow.updatedAt) >= cutoff) return false;
  const isOwed = flow.delivery?.state === "failed" || flow.delivery?.state === "ambiguous";
  return !isOwed && !isOnItsWay(flow.delivery) && !isOnItsWay(flow.update);
}
