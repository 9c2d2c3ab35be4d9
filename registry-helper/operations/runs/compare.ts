import { loadRun } from "../../registry/run-store.ts";
import { compareRuns, type RunComparison } from "../../views/reports/compare-runs.ts";
import type { OperationContext, Outcome } from "../operation.ts";

export interface CompareInput {
  runA: string;
  runB: string;
}

/**
 * Two runs side by side.
 *
 * @throws ClawTaskError `run_not_found`
 */
export function compare(
  { registry }: OperationContext,
  { runA, runB }: CompareInput,
): Outcome<{ ok: true } & RunComparison> {
  const [a, b] = [loadRun(registry, runA), loadRun(registry, runB)];
  return { document: { ok: true, ...compareRuns(a.run.state, b.run.state) } };
}
