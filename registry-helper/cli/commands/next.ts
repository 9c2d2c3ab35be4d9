import { advanceRun, getCallerSteps } from "../../operations/runs/next-steps.ts";
import { toStepsDocument } from "../../operations/runs/steps-document.ts";
import { getActor } from "../arguments/actor.ts";
import { durationOption, wholeNumberOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { stepsText } from "../output/next-steps-text.ts";

/** What can be done now; with `--claim` it is brought up to the present and taken for the caller. */
export const next: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "next",
    positionals: [{ name: "run_id" }],
    options: [{ name: "claim", flag: true }, { name: "limit" }, { name: "lease" }, { name: "by" }],
  },
  run(context) {
    const { registry, args, self } = context;
    const runId = args.positionals["run_id"] ?? "";
    const found = args.flags.has("claim")
      ? advanceRun(registry, runId, {
          self,
          by: getActor(context),
          leaseMs: durationOption(args, "lease", "next"),
          limit: wholeNumberOption(args, "limit", "next"),
        })
      : getCallerSteps(registry, runId, self, getActor(context));
    return { json: { ok: true, ...toStepsDocument(found) }, text: () => stepsText(found) };
  },
};
