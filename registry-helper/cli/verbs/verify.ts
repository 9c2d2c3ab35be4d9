import { ledgerDays, LedgerJournal } from "../../journal/ledger-journal.ts";
import { storageError } from "../../journal/storage-errors.ts";
import { isClawTaskError } from "../../model/errors.ts";
import type { Registry } from "../../registry.ts";
import { type VerifyReport, verifyRun } from "../../verify-run.ts";
import { runIds } from "../../views/run-row.ts";
import type { Verb } from "../verb.ts";

export const verify: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "verify", positionals: [{ name: "run_id", optional: true }], options: [] },
  run({ registry, args, self }) {
    const one = args.positionals["run_id"];
    const runs = (one === undefined ? runIds(registry) : [one]).map((runId) => verifyOne(registry, runId));
    const ledger = one === undefined ? ledgerProblemsIn(registry) : [];
    const bad = runs.filter((report) => !report.ok);
    const ok = bad.length === 0 && ledger.length === 0;
    return {
      json: { ok, runs, ledger },
      exit: ok ? 0 : 1,
      text: () => {
        const lines = bad.flatMap((report) => [
          `${report.runId}:`,
          ...report.differences.map((difference) => `  - ${difference}`),
          `  $ ${self} repair ${report.runId}`,
        ]);
        const summary = ok
          ? `${runs.length} ${runs.length === 1 ? "run" : "runs"} and the ledger agree with their journals`
          : `${bad.length} of ${runs.length} runs differ`;
        return `${[...lines, ...ledger, summary].join("\n")}\n`;
      },
    };
  },
};

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
