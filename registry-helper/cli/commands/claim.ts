import { formatNodeBrief } from "../../operations/runs/briefs.ts";
import { claimNodes } from "../../operations/runs/claim-nodes.ts";
import { getRunSteps } from "../../operations/runs/next-steps.ts";
import { toStepsDocument } from "../../operations/runs/steps-document.ts";
import { getActor } from "../arguments/actor.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { durationOption, wholeNumberOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { stepsText } from "../output/next-steps-text.ts";

/** Takes one node, so that nobody else begins it too. */
export const claim: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "claim",
    positionals: [{ name: "run_id" }, { name: "node_id", many: true }],
    options: [{ name: "lease" }, { name: "claim" }, { name: "by" }, KEY_OPTION],
  },
  run(context) {
    const { registry, args, self } = context;
    const runId = args.positionals["run_id"] ?? "";
    const nodeIds = args.lists["node_id"] ?? [];
    const { claimed, run } = claimNodes(registry, runId, {
      nodeIds,
      by: getActor(context),
      leaseMs: durationOption(args, "lease", "claim"),
      token: wholeNumberOption(args, "claim", "claim"),
      key: args.options["key"],
    });
    const found = getRunSteps(registry, runId, self, { claimed });
    const steps = found.steps.filter(({ nodeId }) => nodeId !== undefined && nodeIds.includes(nodeId));
    const mine = { ...found, run, steps };
    return { json: { ok: true, claimed: [...claimed], ...toStepsDocument(mine) }, text: () => stepsText(mine) };
  },
};

/** What a child needs to know to do a node. */
export const brief: Command = {
  jsonWhenPiped: false,
  spec: { command: "brief", positionals: [{ name: "run_id" }, { name: "node_id" }], options: [] },
  run({ registry, args }) {
    const nodeId = args.positionals["node_id"] ?? "";
    const text = formatNodeBrief(registry, args.positionals["run_id"] ?? "", nodeId);
    return { json: { ok: true, nodeId, brief: text }, text: () => text };
  },
};
