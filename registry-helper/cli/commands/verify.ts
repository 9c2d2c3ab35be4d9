import type { FlowVerifyReport } from "../../operations/maintenance/verify-flow.ts";
import type { VerifyReport } from "../../operations/maintenance/verify-run.ts";
import { verify } from "../../operations/maintenance/verify.ts";
import type { Command } from "../command.ts";

export const verifyCommand: Command = {
  jsonWhenPiped: false,
  spec: { command: "verify", positionals: [{ name: "run_id", optional: true }], options: [] },
  run(context) {
    const { args, self } = context;
    const { document } = verify(context, { runId: args.positionals["run_id"] });
    const { ok, runs, flows, ledger } = document;
    const bad = [...runs.map(named), ...flows.map(named)].filter((report) => !report.ok);
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () => {
        const lines = bad.flatMap((report) => [
          `${report.id}:`,
          ...report.differences.map((difference) => `  - ${difference}`),
          `  $ ${self} repair ${report.id}`,
        ]);
        const summary = ok
          ? `${counted(runs.length, "run")}${flows.length > 0 ? `, ${counted(flows.length, "flow")}` : ""} and the ledger agree with their journals`
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
