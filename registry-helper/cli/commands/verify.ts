import { isClawTaskError } from "../../model/errors.ts";
import { type FlowVerifyReport, verifyFlow, verifyFlows } from "../../operations/maintenance/verify-flow.ts";
import { type VerifyReport, verifyRun } from "../../operations/maintenance/verify-run.ts";
import type { Registry } from "../../registry/registry.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { ledgerDays, LedgerJournal } from "../../storage/ledger-journal.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { runIds } from "../../views/index/run-rows.ts";
import type { Command } from "../command.ts";

export const verify: Command = {
  jsonWhenPiped: false,
  spec: { command: "verify", positionals: [{ name: "run_id", optional: true }], options: [] },
  run({ registry, args, self }) {
    const one = args.positionals["run_id"];
    const isFlow = one !== undefined && isFlowId(one);
    const runs = (one === undefined ? runIds(registry) : isFlow ? [] : [one]).map((runId) =>
      verifyOne(registry, runId),
    );
    const flows = one === undefined ? verifyFlows(registry) : isFlow ? [verifyFlow(registry, one)] : [];
    const ledger = one === undefined ? ledgerProblemsIn(registry) : [];
    const bad = [...runs.map(named), ...flows.map(named)].filter((report) => !report.ok);
    const ok = bad.length === 0 && ledger.length === 0;
    return {
      json: { ok, runs, flows, ledger },
      exit: ok ? 0 : 1,
      text: () => {
        const lines = bad.flatMap((report) => [
          `${report.id}:`,
          ...report.differences.map((difference) => `  - ${difference}`),
          `  $ ${self} repair ${report.id}`,
        ]);
        const summary = ok
          ? `${counted(runs.length, "run")}${isFlow || flows.length > 0 ? `, ${counted(flows.length, "flow")}` : ""} and the ledger agree with their journals`
          : `${bad.length} of ${counted(runs.length + flows.length, flows.length > 0 ? "run and flow" : "run")} differ`;
        return `${[...lines, ...ledger, summary].join("\n")}\n`;
      },
    };
  },
};

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : noun.replaceAll(/(run|flow)/g, "$1s")}`;
}

function named(report: VerifyReport | FlowVerifyReport): { id: string; ok: boolean; differences: string[] } {
  const { ok, differences } = report;
  return { id: "runId" in report ? report.runId : report.flowId, ok, differences };
}

function verifyOne(registry: Registry, runId: string): VerifyReport {
  try {
    return verifyRun(registry, runId);
  } catch (thrown) {
    const error = storageError(thrown, `run ${runId}`);
    if (!isClawTaskError(error)) throw error;
    return { runId, ok: false, differences: [`${error.code}: ${error.message}`], voidLines: 0, foreign: false };
  }
}

function ledgerProblemsIn(registry: Registry): string[] {
  return ledgerDays(registry.fs, registry.root).flatMap((day) => {
    const journal = new LedgerJournal({ fs: registry.fs, root: registry.root, day });
    try {
      journal.read();
      return journal.damage;
    } catch (thrown) {
      const error = storageError(thrown, `ledger ${day}`);
      if (!isClawTaskError(error)) throw error;
      return [`ledger ${day}: ${error.message}`];
    }
  });
}
