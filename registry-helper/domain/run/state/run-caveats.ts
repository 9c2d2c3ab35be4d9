import type { NodeAttempt, RunNode } from "../../../model/run-documents.ts";
import { formatBypass, listBypassed } from "./approval-outcome.ts";

/** Whether an attempt completed without all files that it had to leave behind. */
export function isUnverified({
  status,
  missingArtifacts = [],
}: Pick<RunNode | NodeAttempt, "status" | "missingArtifacts">): boolean {
  return status === "completed" && missingArtifacts.length > 0;
}

/** Nodes that completed without all files that they had to leave behind. */
export function listUnverified(nodes: readonly RunNode[]): RunNode[] {
  return nodes.filter(isUnverified);
}

/** What is missing of a node, in words. */
export function formatUnverified({ id, missingArtifacts = [] }: Pick<RunNode, "id" | "missingArtifacts">): string {
  return `${id} completed without ${missingArtifacts.join(", ")}`;
}

/** What whoever takes the result of a run has to know: work without proof, and approvals that nobody answered. */
export function listCaveats(nodes: readonly RunNode[]): string[] {
  return [
    ...listUnverified(nodes).map((node) => `unverified: ${formatUnverified(node)}`),
    ...listBypassed(nodes).map((node) => `no answer: ${node.id} ${formatBypass(node) ?? ""}`),
  ];
}
