import type { NodeStatus } from "../../model/run-documents.ts";
import { lengthMs } from "../index/node-attempts.ts";
import { type Percentiles, percentiles } from "./percentiles.ts";
import type { AttemptFacts, RunFacts } from "./stats-facts.ts";

/** One step of a path: what became of a node in the end, after how many attempts. */
export interface PathStep {
  nodeId: string;
  status: NodeStatus;
  attempts: number;
}

/** A way that runs took through their workflow, and how it ended. */
export interface PathVariant {
  /** In the order of the workflow; what was never begun is left out. */
  path: PathStep[];
  runs: number;
  /** Of all runs of the version that were not forked, 0 to 1. */
  share: number;
  completed: number;
  failed: number;
  cancelled: number;
  open: number;
  /** Of its completed runs; null when there are none. */
  duration: Percentiles | null;
}

/** The ways that runs took, the most frequent first. Forks are left out: they did only a part. */
export function listPathVariants(
  runs: readonly RunFacts[],
  attemptsOf: (runId: string) => readonly AttemptFacts[],
): PathVariant[] {
  const whole = runs.filter(({ forkedFrom }) => forkedFrom === null);
  const groups = new Map<string, { path: PathStep[]; runs: RunFacts[] }>();
  for (const run of whole) {
    const path = toPath(attemptsOf(run.runId));
    const key = JSON.stringify(path);
    const group = groups.get(key) ?? { path, runs: [] };
    group.runs.push(run);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map((group) => toVariant(group, whole.length))
    .sort((one, other) => other.runs - one.runs || one.path.length - other.path.length);
}

function toPath(attempts: readonly AttemptFacts[]): PathStep[] {
  const last = new Map<string, PathStep>();
  for (const { nodeId, status, attempt } of attempts) {
    const step = last.get(nodeId);
    if (step === undefined || attempt >= step.attempts) last.set(nodeId, { nodeId, status, attempts: attempt });
  }
  return [...last.values()];
}

function toVariant({ path, runs }: { path: PathStep[]; runs: readonly RunFacts[] }, total: number): PathVariant {
  const count = (status: string): number => runs.filter((run) => run.status === status).length;
  const [completed, failed, cancelled] = [count("completed"), count("failed"), count("cancelled")];
  return {
    path,
    runs: runs.length,
    share: runs.length / total,
    completed,
    failed,
    cancelled,
    open: runs.length - completed - failed - cancelled,
    duration: percentiles(
      runs.flatMap(({ status, createdAt, endedAt }) =>
        status === "completed" ? (lengthMs(createdAt, endedAt) ?? []) : [],
      ),
    ),
  };
}
