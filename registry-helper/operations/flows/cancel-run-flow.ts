import { controlRun } from "../runs/control-run.ts";
import type { Registry } from "../../registry/registry.ts";

/** A wish to stop the run behind a flow. */
export interface RunCancelRequest {
  runId: string;
  by: string;
  reason?: string | undefined;
  key?: string | undefined;
  /** The flow's revision is the run's. */
  expectedRevision?: number | undefined;
}

/** Cancels the run that owns a flow, by the run's own control. Returns whether that changed anything. */
export function cancelRunOfFlow(registry: Registry, request: RunCancelRequest) {
  const { runId, by, reason, key, expectedRevision } = request;
  const control = { action: "cancel", by, message: reason, key, expectedRevision };
  const { events, replayed } = controlRun(registry, runId, control);
  return { changed: events.length > 0 && !replayed, replayed };
}
