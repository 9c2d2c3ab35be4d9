import { toComparableName } from "../../../model/relative-path.ts";
import type { NodeAttempt, RunNode } from "../../../model/run-documents.ts";

/** What every run has of its own, whatever a workflow declares. */
export const OWN_FILES =
  /^(workflow\.lock\.md|prompts\.json|control\.jsonl|keys\.idx|(state|refs)\.json|.+\.next|events\..*|\.journal\.lock.*)$/i;

/**
 * Where a file that an attempt left is kept while the next attempt has its place, relative to the run's folder; undefined
 * for a file that has to stay: one of the run itself, one that another node declares or has as evidence, the notes that the
 * next attempt continues, and what an approval or a wait is about.
 */
export function findKeptPath(
  node: RunNode,
  { path, attempt, others }: { path: string; attempt: number; others: readonly RunNode[] },
): string | undefined {
  if (node.kind === "approval" || node.kind === "wait") return undefined;
  const [top = "", owner = "", ...rest] = path.split("/");
  const home = `nodes/${node.id}`;
  const isOwn = top === "nodes" && owner === node.id;
  if (isOwn && (rest.length === 0 || rest[0] === "attempts")) return undefined;
  if (!isOwn && (top === "nodes" || OWN_FILES.test(path))) return undefined;
  const name = toComparableName(path);
  const isName = (other: string): boolean => toComparableName(other) === name;
  if (Object.values(node.workingMemory ?? {}).some(isName)) return undefined;
  const isNeeded = others.some(
    ({ id, artifactPaths, evidence = [] }) =>
      id !== node.id && (artifactPaths.some(isName) || evidence.some((file) => isName(file.path))),
  );
  if (isNeeded) return undefined;
  return isOwn ? `${home}/attempts/${attempt}/${rest.join("/")}` : `${home}/attempts/${attempt}/run/${path}`;
}

/** What an earlier attempt left, and where it is now: `nodes/a/report.md, kept in nodes/a/attempts/1/report.md`. */
export function formatLeftFiles(attempts: readonly NodeAttempt[]): string[] {
  return attempts.flatMap(({ attempt, left = [] }) =>
    left.map(({ path, kept }) => `attempt ${attempt} left ${path}, kept in ${kept}`),
  );
}

/** Where what the last earlier attempt left under this name is kept; undefined when it left none. */
export function findLeftCopy({ attempts = [] }: Pick<RunNode, "attempts">, path: string): string | undefined {
  return attempts.flatMap(({ left = [] }) => left).findLast((file) => file.path === path)?.kept;
}
