import type { RunNode } from "../../../model/run-documents.ts";
import type { NextFacts, NextStep } from "./next-step.ts";

/** A child that was started: what it should leave behind is there, or is still to come. */
export function childStep(node: RunNode, facts: Pick<NextFacts, "isEvidence">, outcome: readonly string[]): NextStep {
  const missing = node.artifactPaths.filter((path) => !facts.isEvidence(node, path));
  const evidence =
    missing.length > 0
      ? `Not there yet: ${missing.join(", ")}. Wait for its end; but after a restart of the host it may be gone without a word: look in the host's list of subagents. ${afterFail(node)} When it has ended, or is gone:`
      : `What it should leave behind is there: if its end has reached you, or you cannot tell, check it and record the outcome. ${afterFail(node)}`;
  return {
    action: "check",
    what: `Child ${node.childSessionKey ?? ""} was started. ${evidence}`,
    commands: [...outcome],
    choose: true,
  };
}

/** Whether a further attempt comes by itself, so that nobody orders a second one. */
function afterFail({ policy, attempts = [] }: RunNode): string {
  const left = (policy?.retries?.max ?? 0) - attempts.length;
  return left > 0
    ? `A failure begins its next attempt by itself (${left} left).`
    : "A failure ends it: only a retry begins another attempt.";
}
