import { validate } from "../../operations/runs/validate-run.ts";
import type { Command } from "../command.ts";

export const validateCommand: Command = {
  jsonWhenPiped: true,
  spec: { command: "validate", positionals: [{ name: "run_id" }], options: [] },
  run(context) {
    const runId = context.args.positionals["run_id"] ?? "";
    const { document } = validate(context, { runId });
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
};
