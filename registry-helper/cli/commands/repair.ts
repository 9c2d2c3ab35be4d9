import { repair } from "../../operations/maintenance/repair.ts";
import type { Command } from "../command.ts";

export const repairCommand: Command = {
  jsonWhenPiped: false,
  spec: { command: "repair", positionals: [{ name: "run_id" }], options: [{ name: "apply", flag: true }] },
  run(context) {
    const { args, self } = context;
    const runId = args.positionals["run_id"] ?? "";
    const { document } = repair(context, { runId, apply: args.flags.has("apply") });
    const { applied, actions } = document;
    const noun = document.flowId === undefined ? "run" : "flow";
    return {
      json: document,
      text: () => {
        if (actions.length === 0) return `${noun} ${runId} needs no repair\n`;
        const lines = actions.map(({ what }) => `  - ${what}`);
        const end = applied
          ? `done; check with: ${self} verify ${runId}`
          : `nothing is changed yet. To do it:\n  $ ${self} repair ${runId} --apply`;
        return `${[`${noun} ${runId}:`, ...lines, "", end].join("\n")}\n`;
      },
    };
  },
};
