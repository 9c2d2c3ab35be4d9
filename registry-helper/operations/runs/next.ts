import { requireWholeNumber } from "../input-checks.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { claimNodes } from "./claim-nodes.ts";
import {
  advanceRun,
  DEFAULT_CAPACITY,
  getCallerSteps,
  getRunSteps,
  type RunSteps,
  type StepsDocument,
  toStepsDocument,
  withoutReady,
} from "./next-steps.ts";

export interface NextInput {
  runId: string;
  /** Brings the run up to the present and takes what can be done. */
  claim?: boolean | undefined;
  /** Most nodes to take at once, or to show; without it, as many as may be under way at once (`DEFAULT_CAPACITY`). */
  limit?: number | undefined;
  /** Takes, or shows, everything that is ready. */
  all?: boolean | undefined;
  /** How long the claim stands without a child that works under it, in milliseconds. */
  leaseMs?: number | undefined;
  by?: string | undefined;
}

/**
 * What can be done now in a run; with `claim`, it is taken for the caller.
 *
 * @returns the document, and for a person's surface the steps with their run
 * @throws ClawTaskError `usage` | `run_not_found`
 */
export function next(
  context: OperationContext,
  { runId, claim: isClaiming, limit, all, leaseMs, by }: NextInput,
): Outcome<{ ok: true } & StepsDocument> & { steps: RunSteps } {
  const { registry, self } = context;
  const actor = resolveActor(context, by);
  requireWholeNumber(leaseMs, { name: "lease", command: "next" });
  requireWholeNumber(limit, { name: "limit", command: "next" });
  const steps =
    isClaiming === true
      ? advanceRun(registry, runId, { self, by: actor, leaseMs, limit, all })
      : withoutReady(
          getCallerSteps(registry, runId, self, actor),
          all === true ? Infinity : (limit ?? DEFAULT_CAPACITY),
        );
  return { document: { ok: true, ...toStepsDocument(steps) }, steps };
}

export interface ClaimInput {
  runId: string;
  nodeIds: readonly string[];
  /** How long the claim stands without a child that works under it, in milliseconds. */
  leaseMs?: number | undefined;
  /** Number of a claim to extend, instead of taking a new one. */
  claim?: number | undefined;
  by?: string | undefined;
  key?: string | undefined;
}

/**
 * Takes nodes by name, so that nobody else begins them too.
 *
 * @returns the document, and for a person's surface the steps with their run
 * @throws ClawTaskError `usage` | `node_claimed` | `stale_token` | `run_paused` | `run_closed` | ...
 */
export function claim(
  context: OperationContext,
  input: ClaimInput,
): Outcome<{ ok: true; claimed: string[] } & StepsDocument> & { steps: RunSteps } {
  const { registry, self } = context;
  const { runId, nodeIds, leaseMs, claim: token, by, key } = input;
  requireWholeNumber(leaseMs, { name: "lease", command: "claim" });
  requireWholeNumber(token, { name: "claim", command: "claim" });
  const { claimed, run } = claimNodes(registry, runId, {
    nodeIds,
    by: resolveActor(context, by),
    leaseMs,
    token,
    key,
  });
  const found = getRunSteps(registry, runId, self, { claimed });
  const mine = found.steps.filter(({ nodeId }) => nodeId !== undefined && nodeIds.includes(nodeId));
  const steps = { ...found, run, steps: mine };
  return { document: { ok: true, claimed: [...claimed], ...toStepsDocument(steps) }, steps };
}
