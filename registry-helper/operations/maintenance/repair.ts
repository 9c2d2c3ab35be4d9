import { isFlowId } from "../../storage/flow-paths.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { repairFlow } from "./repair-flow.ts";
import { type RepairAction, repairRun } from "./repair-run.ts";

export interface RepairInput {
  /** Id of a run or flow. */
  runId: string;
  /** Does it; without, only says what would be done. */
  apply?: boolean | undefined;
}

export interface RepairDocument {
  ok: true;
  runId?: string;
  /** Of a flow, in the place of `runId`. */
  flowId?: string;
  applied: boolean;
  /** Empty when nothing is to be repaired. */
  actions: RepairAction[];
}

/**
 * Repairs the journal and the files of a run or flow, or says how.
 *
 * @throws ClawTaskError `run_not_found` | `flow_not_found`
 */
export function repair(
  { registry }: OperationContext,
  { runId, apply: applied = false }: RepairInput,
): Outcome<RepairDocument> {
  const isFlow = isFlowId(runId);
  const actions = isFlow ? repairFlow(registry, runId, applied) : repairRun(registry, runId, applied);
  return { document: { ok: true, ...(isFlow ? { flowId: runId } : { runId }), applied, actions } };
}
