import { ANONYMOUS_CALLER } from "../../domain/run/anonymous-caller.ts";
import { type NextCheck, nextCheck } from "../../domain/run/next/next-check.ts";
import { type NextStep, type NextFacts, nextSteps } from "../../domain/run/next/next-steps.ts";
import {
  type RunDocument,
  type RunNode,
  countStatuses,
  type RunStatus,
  TERMINAL_RUN_STATUSES,
} from "../../model/run-documents.ts";
import { readGatewayHeartbeat } from "../../registry/gateway-heartbeat.ts";
import { readApprovalDefaults } from "../../registry/registry-settings.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { existsInside } from "../../storage/run-paths.ts";
import { changedApprovals } from "./changed-approvals.ts";
import { claimNodes } from "./claim-nodes.ts";
import { isEvidence } from "./evidence.ts";
import { loadWorkflowFacts } from "./prompt-cache.ts";
import { tickRun } from "./tick-run.ts";

/**
 * Most pieces of work of a run that are given out at once, those under way included: as many children as a session of
 * the host may have at once by default (`agents.defaults.subagents.maxChildrenPerAgent`).
 */
export const DEFAULT_CAPACITY = 5;

/** What can be done now in a run. */
export interface RunSteps {
  run: RunDocument;
  steps: NextStep[];
  /** How the helper is called, as the commands begin. */
  self: string;
  /** Ready nodes that `steps` leaves out: more may not be under way at once. */
  moreReady: string[];
  /** Nodes whose steps the caller was given in an earlier call and that are not to be printed in full again. */
  given: ReadonlySet<string>;
  /** Absolute. */
  folder: string;
  /** When to look again, if nothing happens before. */
  wake: NextCheck | undefined;
}

/** What can be done now in a run, for a caller who may have claimed some of it before. Changes nothing. */
export function getCallerSteps(registry: Registry, runId: string, self: string, by: string): RunSteps {
  const held = new Set(heldBy(loadRun(registry, runId).run, by));
  return getRunSteps(registry, runId, self, held.size === 0 ? {} : { claimed: held, heldAlready: held });
}

/** What can be done now in a run, with the commands to paste. Changes nothing. */
export function getRunSteps(
  registry: Registry,
  runId: string,
  self: string,
  mine: Pick<NextFacts, "claimed" | "heldAlready"> = {},
): RunSteps {
  const { run, journal } = loadRun(registry, runId);
  const { folder } = journal.paths;
  const now = registry.now();
  const changed = changedApprovals(registry, run);
  const steps = nextSteps(run, {
    self,
    folder,
    ...loadWorkflowFacts(registry, journal.paths, run),
    exists: (path) => existsInside(registry.fs, folder, path),
    isEvidence: (node, path) => isEvidence(registry, folder, node, path),
    ...mine,
    now,
    isWatched: TERMINAL_RUN_STATUSES.includes(run.state.status) && readGatewayHeartbeat(registry) !== undefined,
    approvals: readApprovalDefaults(registry),
  });
  return {
    run,
    steps: steps.map((step) => withChanged(step, changed)),
    self,
    moreReady: [],
    given: new Set(),
    folder,
    wake: nextCheck(run.state, now),
  };
}

/**
 * The same with at most so many steps of nodes that are ready and that nobody has claimed; the others are only named.
 */
export function withoutReady(steps: RunSteps, shown: number): RunSteps {
  const isWork = ({ kind, status }: RunNode): boolean => status === "ready" && kind !== "approval" && kind !== "wait";
  const more = steps.run.state.nodes.flatMap((node) => (isWork(node) ? [node.id] : [])).slice(shown);
  const leftOut = new Set(more);
  return {
    ...steps,
    steps: steps.steps.filter(({ nodeId }) => nodeId === undefined || !leftOut.has(nodeId)),
    moreReady: more,
  };
}

/** Nobody is to begin behind an answer that was about something else, without a word. */
function withChanged(step: NextStep, changedBehind: (nodeIds: readonly string[]) => string[]): NextStep {
  const changed = step.nodeId === undefined ? [] : changedBehind([step.nodeId]);
  return changed.length === 0 ? step : { ...step, changed };
}

/**
 * Brings a run up to the present, takes what can be done now for the caller, writes the briefs of its children, and
 * says what to do.
 *
 * @throws ClawTaskError `run_not_found`, or what the storage says
 */
export function advanceRun(
  registry: Registry,
  runId: string,
  options: {
    self: string;
    by: string;
    leaseMs?: number | undefined;
    /** Most nodes to take, whatever is under way. */
    limit?: number | undefined;
    /** Takes everything that is ready. */
    all?: boolean | undefined;
  },
): RunSteps {
  tickRun(registry, runId);
  const { self, by, leaseMs, limit, all } = options;
  const capacity = limit === undefined && all !== true ? DEFAULT_CAPACITY : undefined;
  const { claimed } = claimNodes(registry, runId, { by, leaseMs, limit, capacity });
  const { run } = loadRun(registry, runId);
  const heldAlready = new Set(heldBy(run, by).filter((nodeId) => !claimed.has(nodeId)));
  const mine = { claimed: new Set([...claimed, ...heldAlready]), heldAlready };
  return withoutReady(getRunSteps(registry, runId, self, mine), 0);
}

/**
 * What can be done after a command of a caller that is in the middle of its work: `advanceRun`, but what other calls
 * gave out is only named.
 */
export function continueRun(registry: Registry, runId: string, options: { self: string; by: string }): RunSteps {
  const earlier = new Set(
    loadRun(registry, runId).run.state.nodes.flatMap(({ id, status, claim }) =>
      status === "running" && claim !== undefined ? [`${id} ${claim.token}`] : [],
    ),
  );
  const steps = advanceRun(registry, runId, options);
  const given = steps.run.state.nodes.flatMap(({ id, claim }) => (earlier.has(`${id} ${claim?.token}`) ? [id] : []));
  return { ...steps, given: new Set(given) };
}

/** Nodes that a caller claimed earlier and whose work has not been handed to a child. */
function heldBy({ state }: RunDocument, by: string): string[] {
  if (by === ANONYMOUS_CALLER) return [];
  return state.nodes.flatMap((node) =>
    node.status === "running" && node.claim?.by === by && node.childSessionKey === null ? [node.id] : [],
  );
}

/** What can be done now in a run, as JSON. */
export interface StepsDocument {
  runId: string;
  runStatus: RunStatus;
  /** Folder of the run, absolute. */
  runPath: string;
  done: number;
  failed: number;
  total: number;
  blockedBy?: string[];
  steps: NextStep[];
  /** Nodes that are ready and have no step here, since more may not be under way at once. */
  moreReady?: string[];
  wake?: NextCheck;
}

export function toStepsDocument({ run, steps, moreReady, folder, wake }: RunSteps): StepsDocument {
  const { state } = run;
  const counts = countStatuses(state.nodes);
  return {
    runId: state.runId,
    runStatus: state.status,
    runPath: folder,
    done: counts.completed + counts.skipped,
    failed: counts.failed,
    total: state.nodes.length,
    ...(state.blockedBy === undefined ? {} : { blockedBy: state.blockedBy }),
    steps,
    ...(moreReady.length === 0 ? {} : { moreReady }),
    ...(wake === undefined ? {} : { wake }),
  };
}
