import { ClawTaskError } from "./model/errors.ts";
import type { Registry } from "./registry.ts";

/** A wish to stop the run behind a flow. */
export interface RunCancelRequest {
  runId: string;
  by: string;
  reason?: string | undefined;
  key?: string | undefined;
}

/**
 * Cancels the run that owns a flow. A run is stopped by its own control, which this is the only place to call.
 *
 * @throws ClawTaskError `illegal_transition`
 */
export function cancelRunOfFlow(_registry: Registry, { runId }: RunCancelRequest): void {
  throw new ClawTaskError("illegal_transition", {
    message: `the flow of run ${runId} is stopped with its run`,
    next: `clawtask cancel ${runId}`,
  });
}
