import { repairFlow } from "../../operations/maintenance/repair-flow.ts";
import { repairRun } from "../../operations/maintenance/repair-run.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import type { Command } from "../command.ts";

export const repair: Command = {
  jsonWhenPiped: false,
  spec: { command: "repair", positionals: [{ name: "run_id" }], options: [{ name: "apply", flag: true }] },
  run({ registry, args, self }) {
    const runId = args.positionals["run_id"] ?? "";
    const applied = args.flags.has("apply");
    const isFlow = isFlowId(runId);
    const actions = isFlow ? repairFlow(registry, runId, applied) : repairRun(registry, runId, applied);
    const noun = isFlow ? "flow" : "run";
    return {
      json: { ok: true, ...(isFlow ? { flowId: runId } : { runId }), applied, actions },
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
