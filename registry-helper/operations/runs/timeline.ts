import type { RunStatus } from "../../model/run-documents.ts";
import { loadRun } from "../../registry/run-store.ts";
import { buildTimeline, type Timeline } from "../../views/reports/timeline.ts";
import type { OperationContext, Outcome } from "../operation.ts";

export interface TimelineDocument extends Timeline {
  ok: true;
  runId: string;
  status: RunStatus;
}

/**
 * What took how long in a run, and its critical path.
 *
 * @throws ClawTaskError `run_not_found`
 */
export function timeline({ registry }: OperationContext, { runId }: { runId: string }): Outcome<TimelineDocument> {
  const { state } = loadRun(registry, runId).run;
  const line = buildTimeline(state, registry.now());
  return { document: { ok: true, runId: state.runId, status: state.status, ...line } };
}
