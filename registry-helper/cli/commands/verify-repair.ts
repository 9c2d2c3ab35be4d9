import type { FlowVerifyReport } from "../../operations/maintenance/verify-flow.ts";
import type { VerifyReport } from "../../operations/maintenance/verify-run.ts";
import { repair, verify } from "../../operations/maintenance/verify.ts";
import { validate } from "../../operations/runs/validate-run.ts";
import { defineCommand } from "../define-command.ts";

export const validateCommand = defineCommand({
  command: "validate",
  jsonWhenPiped: true,
  positionals: [{ name: "run_id" }],
  run(context, input) {
    const { runId } = input;
    const { document } = validate(context, input);
    const { ok, issues, warnings = [] } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () =>
        [
          ok ? `run ${runId} is valid` : `run ${runId} has problems:`,
          ...issues.map((issue) => `  - ${issue}`),
          ...warnings.map((warning) => `  note: ${warning}`),
          "",
        ].join("\n"),
    };
  },
});

export const verifyCommand = defineCommand({
  command: "verify",
  positionals: [{ name: "run_id", optional: true }],
  run(context, input) {
    const { self } = context;
    const { document } = verify(context, input);
    const { ok, runs, flows, ledger, strays = [], ledgerNotes = [] } = document;
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
        const notes = [...runs, ...flows].flatMap((report) =>
          (report.notes ?? []).map((note) => `note: ${named(report).id}: ${note}`),
        );
        const ofLedger = ledgerNotes.map((note) => `note: ${note}`);
        return `${[...lines, ...ledger, ...strays, ...notes, ...ofLedger, summary].join("\n")}\n`;
      },
    };
  },
});

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : noun.replaceAll(/(run|flow)/g, "$1s")}`;
}

function named(report: VerifyReport | FlowVerifyReport): { id: string; ok: boolean; differences: string[] } {
  const { ok, differences } = report;
  return { id: "runId" in report ? report.runId : report.flowId, ok, differences };
}

export const repairCommand = defineCommand({
  command: "repair",
  positionals: [{ name: "run_id", optional: true }],
  options: [
    { name: "all", flag: true },
    { name: "apply", flag: true },
    { name: "accept-changes", flag: true },
  ],
  run(context, input) {
    const { self } = context;
    const { runId } = input;
    const { document } = repair(context, input);
    const { applied, actions } = document;
    const [subject, words] = input.all
      ? ["the registry", "--all"]
      : [`${document.flowId === undefined ? "run" : "flow"} ${runId}`, runId];
    return {
      json: document,
      text: () => {
        if (actions.length === 0) return `${subject} needs no repair\n`;
        const lines = actions.map(({ what }) => `  - ${what}`);
        const end = applied
          ? `done; check with: ${self} verify${input.all ? "" : ` ${runId}`}`
          : `nothing is changed yet. To do it:\n  $ ${self} repair ${words}${input.acceptChanges ? " --accept-changes" : ""} --apply`;
        return `${[`${subject}:`, ...lines, "", end].join("\n")}\n`;
      },
    };
  },
});
