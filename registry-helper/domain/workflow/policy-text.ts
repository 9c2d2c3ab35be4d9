import { formatDuration } from "../../model/duration.ts";
import type { NodePolicy } from "../../model/node-policy.ts";
import { formatCondition } from "./condition-text.ts";

/** What a workflow says about a node beyond its kind and needs, one phrase for each thing. */
export function formatPolicy(policy: NodePolicy | undefined): string[] {
  if (policy === undefined) return [];
  const { when, timeoutMs, retries, onFailure, evidence, approval, resultSchema } = policy;
  return [
    ...(when === undefined ? [] : [`if ${formatCondition(when)}`]),
    ...(timeoutMs === undefined ? [] : [`at most ${formatDuration(timeoutMs)}`]),
    ...(retries === undefined
      ? []
      : [`${retries.max} more ${retries.max === 1 ? "try" : "tries"} after ${formatDuration(retries.backoffMs)}`]),
    ...(onFailure === undefined || onFailure === "block" ? [] : [FAILURE_TEXTS[onFailure]]),
    ...(evidence === "required" ? ["files required"] : []),
    ...(resultSchema === undefined ? [] : ["result.json is checked"]),
    ...(approval?.choices === undefined ? [] : [`choices: ${approval.choices.join(" | ")}`]),
    ...(approval?.schema === undefined ? [] : ["the answer is checked"]),
    ...(approval?.expiresAfterMs === undefined ? [] : [`expires after ${formatDuration(approval.expiresAfterMs)}`]),
  ];
}

const FAILURE_TEXTS = { continue: "others go on when it fails", skip: "what needs it is left out when it fails" };
