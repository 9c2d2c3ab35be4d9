import { setTimeout as sleep } from "node:timers/promises";
import type { OperationDocument, OperationInput, OperationResult } from "../../registry-helper/internal.ts";
import type { OperationCaller } from "./operation-caller.ts";

/** Pause between two looks at what became of the request. */
const POLL_INTERVAL_MS = 200;

type CancelDocument = OperationDocument<"tasks.cancel">;

/**
 * Requests that a task is stopped and waits for what comes of it. The request goes to the ledger at once and the
 * gateway acts on it; waiting happens here, since the ledger's thread has other things to do.
 *
 * @param waitMs how long to wait for the work to end, in milliseconds
 */
export async function cancelTask(
  call: OperationCaller,
  { waitMs, ...request }: OperationInput<"tasks.cancel"> & { waitMs: number },
): Promise<OperationResult<CancelDocument>> {
  const deadline = Date.now() + waitMs;
  for (let latest = await call("tasks.cancel", request); ;) {
    if ("error" in latest || isDecided(latest.document) || Date.now() >= deadline) return latest;
    await sleep(POLL_INTERVAL_MS, undefined, { ref: false });
    latest = await call("tasks.cancel-status", { task: latest.document.taskId });
  }
}

function isDecided({ outcome }: CancelDocument): boolean {
  return outcome === "ended" || outcome === "refused";
}
