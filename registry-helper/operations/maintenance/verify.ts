import type { Registry } from "../../registry/registry.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { ledgerDays, LedgerJournal } from "../../storage/ledger-journal.ts";
import { listStrays } from "../../storage/run-folders.ts";
import { unreadableError } from "../../storage/storage-errors.ts";
import { runIds } from "../../views/index/run-rows.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { repairFlow } from "./repair-flow.ts";
import { type RepairAction, repairRun } from "./repair-run.ts";
import { type FlowVerifyReport, verifyFlow, verifyFlows } from "./verify-flow.ts";
import { type VerifyReport, verifyRun } from "./verify-run.ts";

export interface VerifyDocument {
  /** False when one differs. */
  ok: boolean;
  runs: VerifyReport[];
  flows: FlowVerifyReport[];
  /** What is wrong with the ledger, in words. */
  ledger: string[];
  /** What lies under `runs/` and is no run, in words; harmless. Left out when there is nothing. */
  strays?: string[];
}

/**
 * Compares the files of a run or flow with its journal; without an id, those of all, and reads the ledger. Changes
 * nothing.
 *
 * @param input.runId id of a run or flow
 * @throws ClawTaskError `flow_not_found`
 */
export function verify(
  { registry }: OperationContext,
  { runId: one }: { runId?: string | undefined },
): Outcome<VerifyDocument> {
  const isFlow = one !== undefined && isFlowId(one);
  const runs = (one === undefined ? runIds(registry) : isFlow ? [] : [one]).map((runId) => verifyOne(registry, runId));
  const flows = one === undefined ? verifyFlows(registry) : isFlow ? [verifyFlow(registry, one)] : [];
  const ledger = one === undefined ? findLedgerDamage(registry) : [];
  const ok = [...runs, ...flows].every((report) => report.ok) && ledger.length === 0;
  const strays = one === undefined ? describeStrays(registry) : [];
  return { document: { ok, runs, flows, ledger, ...(strays.length === 0 ? {} : { strays }) } };
}

/** What lies under `runs/` and is no run. */
export function describeStrays(registry: Registry): string[] {
  return listStrays(registry).map(({ name, why }) => `runs/${name} is no run: ${why}`);
}

function verifyOne(registry: Registry, runId: string): VerifyReport {
  try {
    return verifyRun(registry, runId);
  } catch (thrown) {
    const error = unreadableError(thrown, `run ${runId}`);
    return { runId, ok: false, differences: [`${error.code}: ${error.message}`], voidLines: 0, foreign: false };
  }
}

function findLedgerDamage(registry: Registry): string[] {
  return ledgerDays(registry.fs, registry.root).flatMap((day) => {
    const journal = new LedgerJournal({ fs: registry.fs, root: registry.root, day });
    try {
      journal.read();
      return journal.damage;
    } catch (thrown) {
      return [`ledger ${day}: ${unreadableError(thrown, day).message}`];
    }
  });
}

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
