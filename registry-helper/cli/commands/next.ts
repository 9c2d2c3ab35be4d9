import { advanceRun, stepsFor } from "../../operations/runs/next-steps.ts";
import { actorOf } from "../arguments/actor.ts";
import { durationOption, wholeNumberOption } from "../arguments/number-options.ts";
import type { Verb } from "../command.ts";
import { stepsJson, stepsText } from "../output/next-steps-text.ts";

/** What can be done now; with `--claim` it is brought up to the present and taken for the caller. */
export const next: Verb = {
  jsonWhenPiped: false,
  spec: {
    verb: "next",
    positionals: [{ name: "run_id" }],
    options: [{ name: "claim", flag: true }, { name: "limit" }, { name: "lease" }, { name: "by" }],
  },
  run(context) {
    const { registry, args, self } = context;
    const runId = args.positionals["run_id"] ?? "";
    const found = args.flags.has("claim")
      ? advanceRun(registry, runId, {
          self,
          by: actorOf(context),
          leaseMs: durationOption(args, "lease", "next"),
          limit: wholeNumberOption(args, "limit", "next"),
        })
      : stepsFor(registry, runId, self, actorOf(context));
    return { json: { ok: true, ...stepsJson(found) }, text: () => stepsText(found) };
  },
};
