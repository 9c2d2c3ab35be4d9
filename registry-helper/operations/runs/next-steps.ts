import { dirname, join } from "node:path";
import { existsInside, runPaths, type RunPaths } from "../../storage/run-paths.ts";
import { readTextIfThere, replaceFile } from "../../storage/file-system.ts";
import type { RunDocument, RunNode } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { changeRun, isEvidence, loadRun, type Registry } from "../../registry/registry.ts";
import { BRIEF_MARK, briefOf } from "../../domain/run/next/brief.ts";
import type { ClaimCommand } from "../../domain/run/commands.ts";
import { requireNode } from "../../domain/run/state/find-node.ts";
import { type NextFacts, nextSteps, type NextStep } from "../../domain/run/next/next-steps.ts";
import { NAMELESS } from "../../domain/run/anonymous-caller.ts";
import { lookAgain, type WakeTime } from "../../domain/run/next/next-check.ts";
import { placeholderBrief } from "./create-node-folder.ts";
import { promptsOf } from "./prompt-cache.ts";
import { tickRun } from "./tick-run.ts";

/** How long a claim stands without a child that works under it, unless told otherwise, in milliseconds. */
export const DEFAULT_LEASE_MS = 30 * 60_000;

/** What can be done now in a run. */
export interface RunSteps {
  run: RunDocument;
  steps: NextStep[];
  /** Absolute. */
  folder: string;
  /** When to look again, if nothing happens before. */
  wake: WakeTime | undefined;
}

/** What can be done now in a run, for a caller who may have claimed some of it before. Changes nothing. */
export function stepsFor(registry: Registry, runId: string, self: string, by: string): RunSteps {
  const held = new Set(heldBy(loadRun(registry, runId).run, by));
  return stepsOf(registry, runId, self, held.size === 0 ? {} : { claimed: held, heldAlready: held });
}

/** What can be done now in a run, with the commands to paste. Changes nothing. */
export function stepsOf(
  registry: Registry,
  runId: string,
  self: string,
  mine: Pick<NextFacts, "claimed" | "heldAlready"> = {},
): RunSteps {
  const { run, journal } = loadRun(registry, runId);
  const { folder } = journal.paths;
  const now = registry.now();
  const steps = nextSteps(run, {
    self,
    folder,
    prompts: promptsOf(registry, journal.paths, run),
    exists: (path) => existsInside(registry.fs, folder, path),
    isEvidence: (node, path) => isEvidence(registry, folder, node, path),
    ...mine,
    now,
  });
  return { run, steps, folder, wake: lookAgain(run.state, now) };
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
  options: { self: string; by: string; leaseMs?: number | undefined; limit?: number | undefined },
): RunSteps {
  tickRun(registry, runId);
  const { claimed } = claimNodes(registry, runId, { by: options.by, leaseMs: options.leaseMs, limit: options.limit });
  const { run } = loadRun(registry, runId);
  const heldAlready = new Set(heldBy(run, options.by).filter((nodeId) => !claimed.has(nodeId)));
  return stepsOf(registry, runId, options.self, { claimed: new Set([...claimed, ...heldAlready]), heldAlready });
}

/** Nodes that a caller claimed earlier and whose work has not been handed to a child. */
function heldBy({ state }: RunDocument, by: string): string[] {
  if (by === NAMELESS) return [];
  return state.nodes.flatMap((node) =>
    node.status === "running" && node.claim?.by === by && node.childSessionKey === null ? [node.id] : [],
  );
}

/**
 * Takes nodes that can be done now, and writes the briefs of those that a child does.
 *
 * @returns the nodes that were taken, and the run after it
 * @throws ClawTaskError `node_claimed` | `stale_token` | `run_paused` | `run_closed` | ... for nodes that are named
 */
export function claimNodes(
  registry: Registry,
  runId: string,
  claim: Omit<ClaimCommand, "type" | "leaseMs" | "questions"> & {
    leaseMs?: number | undefined;
    key?: string | undefined;
  },
): { claimed: Set<string>; run: RunDocument; events: RunEvent[] } {
  const { key, leaseMs = DEFAULT_LEASE_MS, ...rest } = claim;
  const paths = runPaths(registry.root, runId);
  const command: ClaimCommand = { type: "claim", ...rest, leaseMs };
  const { events, state } = changeRun(registry, runId, {
    command,
    content: command,
    key,
    gather: (run) => ({ ...command, questions: run === undefined ? {} : questionsOf(registry, paths, run) }),
    prepare: (decided, run) => writeBriefs(registry, paths, run, claimedBy(decided)),
  });
  return { claimed: claimedBy(events), run: state, events };
}

/** The nodes that a claim's events give to the caller. */
function claimedBy(events: readonly RunEvent[]): Set<string> {
  return new Set(
    events.flatMap(({ event, nodeId }) =>
      nodeId !== undefined && (event === "node.waiting" || event === "node.started") ? [nodeId] : [],
    ),
  );
}

/** The question of each approval that may be asked now: its policy's, else its prompt. */
function questionsOf(registry: Registry, paths: RunPaths, run: RunDocument): Record<string, string> {
  const open = run.state.nodes.filter(({ kind, status }) => kind === "approval" && status === "ready");
  if (open.length === 0) return {};
  const prompts = promptsOf(registry, paths, run);
  const questionOf = (node: RunNode): string =>
    (node.policy?.approval?.question ?? node.prompt ?? prompts.get(node.id) ?? node.title).trim();
  return Object.fromEntries(open.map((node) => [node.id, questionOf(node)]));
}

/** The brief of a node, as its child is to read it. */
export function briefOfNode(registry: Registry, runId: string, nodeId: string): string {
  const { run, journal } = loadRun(registry, runId);
  const node = requireNode(run.state, nodeId);
  return briefOf(run, node, briefFacts(registry, journal.paths, run));
}

function briefFacts(registry: Registry, paths: RunPaths, run: RunDocument): Parameters<typeof briefOf>[2] {
  return {
    folder: paths.folder,
    prompts: promptsOf(registry, paths, run),
    exists: (path) => existsInside(registry.fs, paths.folder, path),
  };
}

/** Writes `handoff.md` of each node that a child does, unless the agent has written its own. */
function writeBriefs(registry: Registry, paths: RunPaths, run: RunDocument, nodeIds: ReadonlySet<string>): void {
  let facts: Parameters<typeof briefOf>[2] | undefined;
  for (const node of run.state.nodes) {
    const handoff = node.workingMemory?.handoff;
    if (handoff === undefined || !nodeIds.has(node.id)) continue;
    const path = join(paths.folder, handoff);
    if (!existsInside(registry.fs, paths.folder, dirname(handoff))) continue;
    const found = readTextIfThere(registry.fs, path);
    const isOurs = found === undefined || found === placeholderBrief(node) || found.startsWith(BRIEF_MARK);
    if (!isOurs) continue;
    facts ??= briefFacts(registry, paths, run);
    const brief = briefOf(run, node, facts);
    replaceFile(registry.fs, path, `${BRIEF_MARK}\n\n${brief}`);
  }
}
