import { ancestors } from "../../domain/run/gate-guard.ts";
import type { RunDocument, RunNode } from "../../model/run-documents.ts";
import type { Registry } from "../../registry/registry.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { changedEvidence } from "./evidence.ts";

/**
 * What a person has said yes to and is something else by now, for those who work behind the answer. Files are looked at
 * once, whatever number of nodes is asked for afterwards.
 *
 * @returns for nodes that are about to be worked on, or were: one line for each question
 */
export function changedApprovals(registry: Registry, { state }: RunDocument): (nodeIds: readonly string[]) => string[] {
  const { folder } = runPaths(registry.root, state.runId);
  const changed = state.nodes.filter(isAnswered).flatMap((gate) => {
    const files = changedEvidence(registry, folder, gate);
    const by = gate.answer?.by ?? "somebody";
    const text = `changed since ${by} answered ${gate.id}: ${files.join(", ")}; ask again before you go on`;
    return files.length === 0 ? [] : [{ id: gate.id, text }];
  });
  return (nodeIds) => {
    if (changed.length === 0) return [];
    const behind = ancestors(state.nodes, nodeIds);
    return changed.flatMap(({ id, text }) => (behind.has(id) ? [text] : []));
  };
}

/** A question with a yes, and files that it was about. */
function isAnswered({ kind, status, evidence }: RunNode): boolean {
  return kind === "approval" && status === "completed" && evidence !== undefined;
}
