import type { ClaimCommand } from "../../domain/run/commands.ts";
import type { RunDocument, RunNode } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { randomSecret } from "../../registry/random-secret.ts";
import type { Registry } from "../../registry/registry.ts";
import { commitRun } from "../../registry/run-store.ts";
import { runPaths, type RunPaths } from "../../storage/run-paths.ts";
import { writeBriefs } from "./briefs.ts";
import { loadPrompts } from "./prompt-cache.ts";

/** How long a claim stands without a child that works under it, unless told otherwise, in milliseconds. */
export const DEFAULT_LEASE_MS = 30 * 60_000;

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
  const { events, state } = commitRun(registry, runId, {
    command,
    idempotencyPayload: command,
    key,
    loadFacts: (run) => ({
      ...command,
      secret: randomSecret(),
      questions: run === undefined ? {} : listQuestions(registry, paths, run),
    }),
    beforeAppend: (decided, run) => writeBriefs(registry, paths, run, claimedBy(decided)),
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
function listQuestions(registry: Registry, paths: RunPaths, run: RunDocument): Record<string, string> {
  const open = run.state.nodes.filter(({ kind, status }) => kind === "approval" && status === "ready");
  if (open.length === 0) return {};
  const prompts = loadPrompts(registry, paths, run);
  const getQuestion = (node: RunNode): string =>
    (node.policy?.approval?.question ?? node.prompt ?? prompts.get(node.id) ?? node.title).trim();
  return Object.fromEntries(open.map((node) => [node.id, getQuestion(node)]));
}
