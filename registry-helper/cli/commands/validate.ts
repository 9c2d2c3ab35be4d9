import { inspectRun } from "../../operations/runs/validate-run.ts";
import type { Command } from "../command.ts";

export const validate: Command = {
  jsonWhenPiped: true,
  spec: { command: "validate", positionals: [{ name: "run_id" }], options: [] },
  run({ registry, args }) {
    const runId = args.positionals["run_id"] ?? "";
    const report = inspectRun(registry, runId);
    const ok = report["ok"] === true;
    const lines = (name: string): string[] => (Array.isArray(report[name]) ? report[name].map(String) : []);
    return {
      json: report,
      exit: ok ? 0 : 1,
      text: () =>
        [
          ok ? `run ${runId} is valid` : `run ${runId} has problems:`,
          ...lines("issues").map((issue) => `  - ${issue}`),
          ...lines("warnings").map((warning) => `  note: ${warning}`),
          "",
        ].join("\n"),
    };
  },
};
