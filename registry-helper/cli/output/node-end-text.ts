import type { RunDocument } from "../../model/run-documents.ts";
import { getReadyNodes, type RunEvent } from "../../model/run-events.ts";
import { shortTime } from "../../model/time.ts";

/** One line: what a node is now, what became ready by it, and how the run stands. */
export function nodeEndText(run: RunDocument, nodeId: string, events: readonly RunEvent[]): string {
  const node = run.state.nodes.find(({ id }) => id === nodeId);
  const again = node?.retryAt === undefined ? "" : `, tried again at ${shortTime(node.retryAt)}`;
  return changedNodeText(run, { nodeId, is: `${node?.status ?? ""}${again}`, events });
}

/** The same, with what the node is said to be. */
export function changedNodeText(
  { state }: RunDocument,
  { nodeId, is, events }: { nodeId: string; is: string; events: readonly RunEvent[] },
): string {
  const ready = getReadyNodes(events).filter((id) => id !== nodeId);
  const { runId, status, blockedBy } = state;
  const stands = blockedBy === undefined ? status : `${status}, blocked by ${blockedBy.join(", ")}`;
  return `${nodeId} is ${is}${ready.length === 0 ? "" : `; ready: ${ready.join(", ")}`}; run ${runId} is ${stands}`;
}
