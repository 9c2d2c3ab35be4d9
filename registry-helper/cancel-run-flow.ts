import { controlRun } from "./control-run.ts";
import type { Registry } from "./registry.ts";

/** A wish to stop the run behind a flow. */
export interface RunCancelRequest {
  runId: string;
  by: string;
  reason?: string | undefined;
  key?: string | undefined;
}

/** Cancels the run that owns a flow, by the run's own control. Returns whether that changed anything. */
export function cancelRunOfFlow(registry: Registry, { runId, by, reason, key }: RunCancelRequest) {
  const { events, replayed } = controlRun(registry, runId, { action: "cancel", by, message: reason, key });
  return { changed: events.length > 0 && !replayed, replayed };
}
