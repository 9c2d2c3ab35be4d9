import { stepsOf } from "../../inspect-run.ts";
import { TERMINAL_NODE_STATUSES } from "../../model/run-documents.ts";
import type { NextStep } from "../../run/next-steps.ts";
import { wrap } from "../render.ts";
import type { Verb } from "../verb.ts";

export const next: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "next", positionals: [{ name: "run_id" }], options: [] },
  run({ registry, args, self }) {
    const { run, steps, folder } = stepsOf(registry, args.positionals["run_id"] ?? "", self);
    const { state } = run;
    const done = state.nodes.filter((node) => TERMINAL_NODE_STATUSES.includes(node.status)).length;
    return {
      json: {
        ok: true,
        runId: state.runId,
        runStatus: state.status,
        runPath: folder,
        done,
        total: state.nodes.length,
        steps,
      },
      text: () => {
        const head = `run ${state.runId}: ${state.status}, ${done} of ${state.nodes.length} nodes done\nfolder ${folder}\n`;
        return `${head}\n${steps.map(stepText).join("\n\n")}\n`;
      },
    };
  },
};

const HEADINGS: Record<NextStep["action"], string> = {
  do: "DO",
  dispatch: "DISPATCH",
  ask: "ASK",
  check: "UNDER WAY",
  wait: "WAITING",
  repair: "FAILED",
  report: "REPORT",
};

function stepText(step: NextStep): string {
  const title =
    step.nodeId === undefined ? HEADINGS[step.action] : `${HEADINGS[step.action]}  ${step.nodeId} (${step.kind ?? ""})`;
  return [
    title,
    wrap(step.what, "  "),
    ...(step.prompt === undefined ? [] : [wrap(`task: ${step.prompt}`, "  ")]),
    ...(step.inputs === undefined ? [] : [`  read:  ${step.inputs.join(", ")}`]),
    ...(step.outputs === undefined ? [] : [`  write: ${step.outputs.join(", ")}`]),
    ...step.commands.map((command) => `  $ ${command}`),
  ].join("\n");
}
