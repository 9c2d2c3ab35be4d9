import { brief } from "../../operations/runs/briefs.ts";
import { claim, next } from "../../operations/runs/next.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { durationOption, wholeNumberOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { stepsText } from "../output/next-steps-text.ts";

/** What can be done now; with `--claim` it is brought up to the present and taken for the caller. */
export const nextCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "next",
    positionals: [{ name: "run_id" }],
    options: [{ name: "claim", flag: true }, { name: "limit" }, { name: "lease" }, { name: "by" }],
  },
  run(context) {
    const { args } = context;
    const isClaiming = args.flags.has("claim");
    const { document, steps } = next(context, {
      runId: args.positionals["run_id"] ?? "",
      by: args.options["by"],
      ...(isClaiming && {
        claim: true,
        leaseMs: durationOption(args, "lease", "next"),
        limit: wholeNumberOption(args, "limit", "next"),
      }),
    });
    return { json: document, text: () => stepsText(steps) };
  },
};

export const claimCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "claim",
    positionals: [{ name: "run_id" }, { name: "node_id", many: true }],
    options: [{ name: "lease" }, { name: "claim" }, { name: "by" }, KEY_OPTION],
  },
  run(context) {
    const { args } = context;
    const { document, steps } = claim(context, {
      runId: args.positionals["run_id"] ?? "",
      nodeIds: args.lists["node_id"] ?? [],
      leaseMs: durationOption(args, "lease", "claim"),
      claim: wholeNumberOption(args, "claim", "claim"),
      by: args.options["by"],
      key: args.options["key"],
    });
    return { json: document, text: () => stepsText(steps) };
  },
};

export const briefCommand: Command = {
  jsonWhenPiped: false,
  spec: { command: "brief", positionals: [{ name: "run_id" }, { name: "node_id" }], options: [] },
  run(context) {
    const { positionals } = context.args;
    const { document } = brief(context, { runId: positionals["run_id"] ?? "", nodeId: positionals["node_id"] ?? "" });
    return { json: document, text: () => document.brief };
  },
};
