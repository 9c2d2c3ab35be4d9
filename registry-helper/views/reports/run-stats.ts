import { lengthMs } from "../index/node-attempts.ts";
import { listPathVariants, type PathVariant } from "./path-variants.ts";
import { type Percentiles, percentiles } from "./percentiles.ts";
import type { AttemptFacts, RunFacts } from "./stats-facts.ts";

export interface NodeStats {
  nodeId: string;
  /** Attempts that have begun. */
  attempts: number;
  /** Of these: further ones after the first. */
  retries: number;
  failures: number;
  /** Attempts that completed without all of their files. */
  unverified: number;
  /** Times that an approval was ended without an answer. */
  bypassed: number;
  /** Of attempts that completed; null when none has. */
  duration: Percentiles | null;
  tokens: { input: number; output: number } | null;
}

/** How the runs of one version of a workflow went. */
export interface VersionStats {
  /** Null for runs that another tool made. */
  version: string | null;
  firstAt: string | null;
  lastAt: string | null;
  runs: number;
  completed: number;
  failed: number;
  cancelled: number;
  open: number;
  /** Completed of those that have ended, 0 to 1; null when none has. */
  completionRate: number | null;
  /** Of completed runs, without forks, which did only a part; null when there are none. */
  duration: Percentiles | null;
  retries: number;
  /** Attempts that completed without all of their files, in all runs. */
  unverified: number;
  /** Times that an approval was ended without an answer, in all runs. */
  bypassed: number;
  /** Where the host told; null when it never did. */
  tokens: { input: number; output: number } | null;
  /** The most frequent first. */
  failures: { nodeId: string; reason: string; count: number }[];
  nodes: NodeStats[];
  /** The ways that its runs took, the most frequent first. */
  paths: PathVariant[];
}

/** Statistics for each version of a workflow, the latest used first. */
export function computeStats(runs: readonly RunFacts[], attempts: readonly AttemptFacts[]): VersionStats[] {
  const byRun = grouped(attempts, ({ runId }) => runId);
  const versions = [...grouped(runs, ({ workflowVersion }) => workflowVersion)].map(([version, ofVersion]) =>
    versionStats(version, ofVersion, (runId) => byRun.get(runId) ?? []),
  );
  return versions.sort((one, other) => ((one.lastAt ?? "") < (other.lastAt ?? "") ? 1 : -1));
}

function versionStats(
  version: string | null,
  runs: readonly RunFacts[],
  attemptsOf: (runId: string) => readonly AttemptFacts[],
): VersionStats {
  const attempts = runs.flatMap(({ runId }) => attemptsOf(runId));
  const count = (status: string): number => runs.filter((run) => run.status === status).length;
  const [completed, failed, cancelled] = [count("completed"), count("failed"), count("cancelled")];
  const ended = completed + failed + cancelled;
  const created = runs.flatMap(({ createdAt }) => createdAt ?? []).sort();
  const nodes = [...grouped(attempts, ({ nodeId }) => nodeId)].map(([nodeId, ofNode]) => nodeStats(nodeId, ofNode));
  return {
    version,
    firstAt: created[0] ?? null,
    lastAt: created.at(-1) ?? null,
    runs: runs.length,
    completed,
    failed,
    cancelled,
    open: runs.length - ended,
    completionRate: ended === 0 ? null : completed / ended,
    duration: percentiles(
      runs.flatMap(({ status, forkedFrom, createdAt, endedAt }) =>
        status === "completed" && forkedFrom === null ? (lengthMs(createdAt, endedAt) ?? []) : [],
      ),
    ),
    retries: nodes.reduce((sum, node) => sum + node.retries, 0),
    unverified: nodes.reduce((sum, node) => sum + node.unverified, 0),
    bypassed: nodes.reduce((sum, node) => sum + node.bypassed, 0),
    tokens: sumTokens(attempts),
    failures: countFailures(attempts),
    nodes,
    paths: listPathVariants(runs, attemptsOf),
  };
}

function nodeStats(nodeId: string, attempts: readonly AttemptFacts[]): NodeStats {
  const begun = attempts.filter(({ startedAt }) => startedAt !== null);
  const lengths = attempts.flatMap(({ status, startedAt, endedAt }) =>
    status === "completed" ? (lengthMs(startedAt, endedAt) ?? []) : [],
  );
  return {
    nodeId,
    attempts: begun.length,
    retries: begun.filter(({ attempt }) => attempt > 1).length,
    failures: attempts.filter(({ status }) => status === "failed").length,
    unverified: attempts.filter(({ unverified }) => unverified).length,
    bypassed: attempts.filter(({ bypassed }) => bypassed).length,
    duration: percentiles(lengths),
    tokens: sumTokens(attempts),
  };
}

function countFailures(attempts: readonly AttemptFacts[]): VersionStats["failures"] {
  const failed = attempts.filter(({ status }) => status === "failed");
  const groups = grouped(failed, ({ nodeId, reason }) => JSON.stringify([nodeId, reason ?? "reported"]));
  return [...groups]
    .map(([key, ofKey]) => {
      const [nodeId = "", reason = ""] = JSON.parse(key) as string[];
      return { nodeId, reason, count: ofKey.length };
    })
    .sort((one, other) => other.count - one.count || (one.nodeId < other.nodeId ? -1 : 1));
}

function sumTokens(attempts: readonly AttemptFacts[]): { input: number; output: number } | null {
  const known = attempts.filter(({ inputTokens, outputTokens }) => inputTokens !== null || outputTokens !== null);
  if (known.length === 0) return null;
  return known.reduce(
    (sum, one) => ({ input: sum.input + (one.inputTokens ?? 0), output: sum.output + (one.outputTokens ?? 0) }),
    { input: 0, output: 0 },
  );
}

function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
