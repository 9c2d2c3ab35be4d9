import { join, dirname } from "node:path";
import { updateBrief } from "../../domain/run/next/brief-file.ts";
import { type BriefFacts, formatBrief, formatBriefFacts } from "../../domain/run/next/brief.ts";
import { requireNode } from "../../domain/run/state/find-node.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { readTextIfExists, replaceFile } from "../../storage/file-system.ts";
import { type RunPaths, existsInside } from "../../storage/run-paths.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { placeholderBrief } from "./create-node-folder.ts";
import { loadPrompts } from "./prompt-cache.ts";

/**
 * What a child needs to know to do a node.
 *
 * @throws ClawTaskError `run_not_found` | `node_not_found`
 */
export function brief(
  { registry }: OperationContext,
  { runId, nodeId }: { runId: string; nodeId: string },
): Outcome<{ ok: true; nodeId: string; brief: string }> {
  return { document: { ok: true, nodeId, brief: formatNodeBrief(registry, runId, nodeId) } };
}

/** The brief of a node, as its child is to read it. */
export function formatNodeBrief(registry: Registry, runId: string, nodeId: string): string {
  const { run, journal } = loadRun(registry, runId);
  const node = requireNode(run.state, nodeId);
  return formatBrief(run, node, briefFacts(registry, journal.paths, run));
}

function briefFacts(registry: Registry, paths: RunPaths, run: RunDocument): BriefFacts {
  return {
    folder: paths.folder,
    prompts: loadPrompts(registry, paths, run),
    exists: (path) => existsInside(registry.fs, paths.folder, path),
  };
}

/** Writes `handoff.md` of each node that a child does. What the agent has written there stays. */
export function writeBriefs(registry: Registry, paths: RunPaths, run: RunDocument, nodeIds: ReadonlySet<string>): void {
  let facts: BriefFacts | undefined;
  for (const node of run.state.nodes) {
    const handoff = node.workingMemory?.handoff;
    if (handoff === undefined || !nodeIds.has(node.id)) continue;
    const path = join(paths.folder, handoff);
    if (!existsInside(registry.fs, paths.folder, dirname(handoff))) continue;
    const found = readTextIfExists(registry.fs, path);
    const known = (facts ??= briefFacts(registry, paths, run));
    const text = updateBrief(found, placeholderBrief(node), {
      whole: () => formatBrief(run, node, known),
      facts: () => formatBriefFacts(run, node, known),
    });
    if (text !== found) replaceFile(registry.fs, path, text);
  }
}
