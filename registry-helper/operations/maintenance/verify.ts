import { usageError } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { ledgerDays, LedgerJournal } from "../../storage/ledger-journal.ts";
import { listStrays } from "../../storage/run-folders.ts";
import { unreadableError } from "../../storage/storage-errors.ts";
import { runIds } from "../../views/index/run-rows.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { auditJournal, auditNotes, describeProblem } from "./audit-journal.ts";
import { repairFlow } from "./repair-flow.ts";
import type { RepairAction, RepairOptions } from "./repair-journal.ts";
import { repairRun } from "./repair-run.ts";
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
  /** What is not wrong with the ledger, and should be known. Left out when there is nothing. */
  ledgerNotes?: string[];
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
  const days = one === undefined ? ledgerDays(registry.fs, registry.root).map((day) => verifyDay(registry, day)) : [];
  const ledger = days.flatMap(({ damage }) => damage);
  const ledgerNotes = days.flatMap(({ notes }) => notes);
  const ok = [...runs, ...flows].every((report) => report.ok) && ledger.length === 0;
  const strays = one === undefined ? describeStrays(registry) : [];
  const optional = { ...(strays.length === 0 ? {} : { strays }), ...(ledgerNotes.length === 0 ? {} : { ledgerNotes }) };
  return { document: { ok, runs, flows, ledger, ...optional } };
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

/** A day is read as everybody reads it, and line by line. */
function verifyDay(registry: Registry, day: string): { damage: string[]; notes: string[] } {
  const { fs, root } = registry;
  const journal = new LedgerJournal({ fs, root, day });
  const file = `ledger/${day}.jsonl`;
  try {
    journal.read();
    const audit = auditJournal(fs, journal.path, { hasGaps: true });
    const damage = audit.problems.map((problem) => describeProblem(file, problem));
    return {
      damage: damage.length > 0 ? damage : [...journal.damage],
      notes: auditNotes(audit).map((note) => `${file}: ${note}`),
    };
  } catch (thrown) {
    return { damage: [`ledger ${day}: ${unreadableError(thrown, `ledger ${day}`).message}`], notes: [] };
  }
}

/** What was done, or would be, to each that is not in order. */
function repairAll(registry: Registry, options: RepairOptions): RepairAction[] {
  const { runs, flows } = verify({ registry } as OperationContext, {}).document;
  const bad = [...runs, ...flows].filter(({ ok }) => !ok);
  return bad.flatMap((report) => {
    const id = "runId" in report ? report.runId : report.flowId;
    try {
      const actions = "runId" in report ? repairRun(registry, id, options) : repairFlow(registry, id, options);
      return actions.map(({ action, what }) => ({ action, what: `${id}: ${what}` }));
    } catch (thrown) {
      const error = unreadableError(thrown, id);
      return [{ action: "needs_decision", what: `${id}: ${error.code}: ${error.message}` }];
    }
  });
}

export interface RepairInput {
  /** Id of a run or flow; all of them with `all`. */
  runId?: string | undefined;
  /** Every run and flow that is not in order, such as after a backup without projections was brought back. */
  all?: boolean | undefined;
  /** Does it; without, only says what would be done. */
  apply?: boolean | undefined;
  /** Takes lines that were changed after they were written over as they stand; else they are taken out. */
  acceptChanges?: boolean | undefined;
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
  { runId, all = false, apply: applied = false, acceptChanges = false }: RepairInput,
): Outcome<RepairDocument> {
  if (runId === undefined && !all) throw usageError("the id of a run or flow is required, or --all", "repair");
  if (runId !== undefined && all) throw usageError("argument --all: not allowed with an id", "repair");
  const options = { apply: applied, acceptChanges };
  if (runId === undefined) return { document: { ok: true, applied, actions: repairAll(registry, options) } };
  const isFlow = isFlowId(runId);
  const actions = isFlow ? repairFlow(registry, runId, options) : repairRun(registry, runId, options);
  return { document: { ok: true, ...(isFlow ? { flowId: runId } : { runId }), applied, actions } };
}
