import { usageError } from "../../model/errors.ts";
import { MAX_BOUND_VALUE_LENGTH } from "../../model/limits.ts";
import { commitRun } from "../../registry/run-store.ts";
import { requireTextLength } from "../input-checks.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { continueRun, type RunSteps, type StepsDocument, toStepsDocument } from "./next-steps.ts";

export interface SpawnedInput {
  runId: string;
  /** The session of the child that was started, for each node. */
  children: readonly { nodeId: string; childSessionKey: string }[];
  /** Takes what can be done after it for the caller, as `next --claim` does. */
  claimNext?: boolean | undefined;
  by?: string | undefined;
  key?: string | undefined;
}

export interface SpawnedDocument {
  ok: true;
  runId: string;
  /** The nodes that a child was recorded for; none that had that child already. */
  bound: string[];
  next?: StepsDocument;
}

/**
 * Records the children that were started for nodes, with one commit: all of them, or none when one node is unknown.
 *
 * @returns the document, and for a person's surface the steps that were taken
 * @throws ClawTaskError `usage` | `too_large` | `run_not_found` | `node_not_found`
 * @example
 * spawned(context, {
 *   runId: "report-1",
 *   children: [{ nodeId: "dig", childSessionKey: "agent:main:subagent:4f9b" }],
 *   claimNext: true,
 * });
 */
export function spawned(
  context: OperationContext,
  { runId, children, claimNext, by, key }: SpawnedInput,
): Outcome<SpawnedDocument> & { steps: RunSteps | undefined } {
  const { registry, self } = context;
  if (children.length === 0) throw usageError("the following arguments are required: node=key", "spawned");
  if (new Set(children.map(({ nodeId }) => nodeId)).size < children.length)
    throw usageError("each node may be named once", "spawned");
  for (const { childSessionKey } of children)
    requireTextLength("childSessionKey", childSessionKey, MAX_BOUND_VALUE_LENGTH);
  const { events, notices } = commitRun(registry, runId, { key, command: { type: "bind_children", children } });
  const steps = claimNext === true ? continueRun(registry, runId, { self, by: resolveActor(context, by) }) : undefined;
  return {
    document: {
      ok: true,
      runId,
      bound: events.flatMap(({ nodeId }) => nodeId ?? []),
      ...(steps === undefined ? {} : { next: toStepsDocument(steps) }),
    },
    notices,
    steps,
  };
}
