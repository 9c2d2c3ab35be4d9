import type { RunNode } from "../../../model/run-documents.ts";
import { shortTime } from "../../../model/time.ts";
import { formatCaller, ANONYMOUS_CALLER } from "../anonymous-caller.ts";
import type { NextStep } from "./next-step.ts";
import type { StepCommands } from "./step-commands.ts";

/**
 * A node that was claimed before, and whose child, if it needs one, is not bound. Whoever holds a claim has its number;
 * everybody else can only take the node over, on purpose.
 *
 * @param spawn given for a node that a child does
 */
export function claimedStep(
  claim: NonNullable<RunNode["claim"]>,
  write: StepCommands,
  spawn: NextStep["spawn"],
): NextStep {
  const noChild = spawn === undefined ? "" : " No child is bound.";
  const until = shortTime(claim.until);
  if (claim.by !== ANONYMOUS_CALLER)
    return {
      action: "check",
      what: `Claimed by ${claim.by} until ${until}.${noChild} Leave it alone, unless you know that they are gone (or that they are you): then take it over.`,
      commands: [write.retry(`taken over from ${claim.by}`)],
    };
  const instruction = spawn === undefined ? "go on with it" : "spawn it, unless you have, and bind the child";
  return {
    action: "claimed",
    what: `Claimed under the number ${claim.token} by ${formatCaller(claim.by)}, until ${until}.${noChild} Was ${claim.token} given to you? Then ${instruction}. Else leave it alone.`,
    ...(spawn === undefined
      ? { commands: [write.complete(), write.fail()], choose: true as const }
      : { spawn, commands: [write.bindChild()], later: [write.complete(), write.fail()] }),
    takeOver: write.retry("taken over"),
  };
}
