import { brief } from "../../operations/runs/briefs.ts";
import { claim, next } from "../../operations/runs/next.ts";
import { KEY_OPTION, readDuration, readWholeNumber } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { stepsText } from "../output/next-steps-text.ts";

/** What can be done now; with `--claim` it is brought up to the present and taken for the caller. */
export const nextCommand = defineCommand({
  command: "next",
  positionals: [{ name: "run_id" }],
  options: [
    { name: "claim", flag: true },
    { name: "limit", read: readWholeNumber },
    { name: "all", flag: true },
    { name: "lease" },
    { name: "by" },
  ],
  run(context, { claim: isClaiming, lease, ...input }) {
    const { document, steps } = next(context, {
      ...input,
      ...(isClaiming && { claim: true, leaseMs: readDuration(lease, { name: "lease", command: "next" }) }),
    });
    return { json: document, text: () => stepsText(steps, context.columns) };
  },
});

export const claimCommand = defineCommand({
  command: "claim",
  positionals: [{ name: "run_id" }, { name: "node_id", as: "nodeIds", many: true }],
  options: [
    { name: "lease", as: "leaseMs", read: readDuration },
    { name: "claim", read: readWholeNumber },
    { name: "by" },
    KEY_OPTION,
  ],
  run(context, input) {
    const { document, steps } = claim(context, input);
    return { json: document, text: () => stepsText(steps, context.columns) };
  },
});

export const briefCommand = defineCommand({
  command: "brief",
  positionals: [{ name: "run_id" }, { name: "node_id" }],
  run(context, input) {
    const { document } = brief(context, input);
    return { json: document, text: () => document.brief };
  },
});
