import type { RunNode } from "../../../model/run-documents.ts";
import { findLeftCopy } from "./left-files.ts";

/** Of a declared file that was there when the present attempt started and is still the same. */
export function formatUnchanged({ attempts = [] }: Pick<RunNode, "attempts">): string {
  return `unchanged since attempt ${attempts.length + 1} began`;
}

/** What is missing of a node's declared files, as a clause: `a.md is not there, b.md is unchanged since ...`. */
export function formatMissingFiles(
  node: Pick<RunNode, "attempts">,
  { missing, stale }: { missing: readonly string[]; stale: readonly string[] },
): string {
  const absent = missing.filter((path) => !stale.includes(path));
  const named = absent.map((path) => nameAbsent(node, path));
  const parts = [
    absent.length === 0 ? [] : `${named.join(", ")} ${absent.length === 1 ? "is" : "are"} not there`,
    stale.length === 0 ? [] : `${stale.join(", ")} ${stale.length === 1 ? "is" : "are"} ${formatUnchanged(node)}`,
  ];
  return parts.flat().join("; ");
}

/** Declared files that prove nothing, each with the reason where it is not simply missing. */
export function listMissingFiles(
  node: Pick<RunNode, "attempts">,
  { missing, stale }: { missing: readonly string[]; stale: readonly string[] },
): string[] {
  return missing.map((path) => (stale.includes(path) ? `${path} (${formatUnchanged(node)})` : nameAbsent(node, path)));
}

function nameAbsent(node: Pick<RunNode, "attempts">, path: string): string {
  const kept = findLeftCopy(node, path);
  return kept === undefined ? path : `${path} (that of an earlier attempt is kept in ${kept})`;
}
