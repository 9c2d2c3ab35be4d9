import {
  type NodeReason,
  type Observation,
  type RunDocument,
  type RunNode,
  TERMINAL_NODE_STATUSES,
} from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { TaskStatus } from "../../../model/task-record.ts";
import { formatMicros, type Micros } from "../../../model/time.ts";
import type { ObserveCommand } from "../commands.ts";
import { requireNode } from "../state/find-node.ts";
import { failNode } from "../transitions/end-node.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { attemptDeadline } from "../transitions/start-node.ts";

/** How long the agent has to judge the work of a child that succeeded before the run goes on by itself, in ms. */
export const AUTO_COMPLETE_WAIT_MS = 90_000;

/**
 * What the host was seen to do for a node meets what is on record. It fills in what the agent left out (a claim, a
 * binding, a failure); where it contradicts a report, the report stands and the contradiction is noted.
 */
export function decideObservation(
  document: RunDocument,
  command: ObserveCommand,
  context: { now: Micros },
): RunEventDraft[] {
  const batch = new EventBatch(document, { ...context, by: "observed" });
  if (document.state.status === "cancelled") return [];
  bindChild(batch, requireNode(document.state, command.nodeId), command);
  const node = requireNode(batch.state, command.nodeId);
  if (isCurrentAttempt(node, command)) {
    noteUsage(batch, node, command);
    if (command.ended !== undefined) noteEnd(batch, node, command, command.ended);
  }
  if (batch.drafts.length > 0) resolveRunStatus(batch);
  return batch.drafts;
}

function bindChild(batch: EventBatch, node: RunNode, command: ObserveCommand): void {
  const { childSessionKey, hostRunId } = command;
  if (node.kind === "wait" || node.kind === "approval") return;
  const known = [...(node.attempts ?? []), node];
  const isKnown = known.some(
    (attempt) =>
      (childSessionKey !== undefined && attempt.childSessionKey === childSessionKey) ||
      (hostRunId !== undefined && attempt.runId === hostRunId),
  );
  if (isKnown || TERMINAL_NODE_STATUSES.includes(node.status) || node.status === "pending") return;
  if (node.childSessionKey !== null) {
    noteConflict(batch, node, `A second child was started for it: ${childSessionKey ?? hostRunId ?? "unnamed"}.`);
    return;
  }
  if (node.status === "ready")
    batch.add({
      event: "node.started",
      nodeId: node.id,
      message: "Seen at work without a claim.",
      ...attemptDeadline(batch, node),
    });
  if (childSessionKey !== undefined)
    batch.add({
      event: "node.child_session_bound",
      nodeId: node.id,
      value: childSessionKey,
      message: `Bound child session ${childSessionKey}.`,
    });
  if (hostRunId !== undefined)
    batch.add({
      event: "node.run_bound",
      nodeId: node.id,
      value: hostRunId,
      message: `Bound node run id ${hostRunId}.`,
    });
}

function isCurrentAttempt(node: RunNode, { childSessionKey, hostRunId }: ObserveCommand): boolean {
  if (childSessionKey !== undefined && node.childSessionKey !== null) return node.childSessionKey === childSessionKey;
  return hostRunId !== undefined && node.runId === hostRunId;
}

/** What an attempt cost is often told after its end. */
function noteUsage(batch: EventBatch, node: RunNode, { usage }: ObserveCommand): void {
  if (usage === undefined || JSON.stringify(usage) === JSON.stringify(node.usage)) return;
  batch.add({ event: "node.observed", nodeId: node.id, usage });
}

const REASON_BY_STATUS: Partial<Record<TaskStatus, NodeReason>> = {
  timed_out: "timed_out",
  cancelled: "cancelled",
  lost: "lost",
};

function noteEnd(
  batch: EventBatch,
  node: RunNode,
  command: ObserveCommand,
  ended: NonNullable<ObserveCommand["ended"]>,
): void {
  if (node.observed !== undefined && node.observed.status === ended.status) return;
  const observed: Observation = {
    status: ended.status,
    at: formatMicros(batch.now),
    ...(command.taskId === undefined ? {} : { taskId: command.taskId }),
    ...(ended.summary === undefined ? {} : { summary: ended.summary }),
  };
  batch.add({ event: "node.observed", nodeId: node.id, observed });
  const hasSucceeded = ended.status === "succeeded";
  if (node.status === "running" && !hasSucceeded) {
    const reason = REASON_BY_STATUS[ended.status];
    const message = ended.summary ?? `Its child ended: ${ended.status}.`;
    failNode(batch, node, { message, ...(reason === undefined ? {} : { reason }) });
  }
  if (node.status === "completed" && !hasSucceeded)
    noteConflict(batch, node, `Reported as completed, but its child ended as ${ended.status}.`);
  if (node.status === "failed" && hasSucceeded && node.reason !== "timed_out") {
    const before = node.reason === "lost" ? "Taken for lost" : "Reported as failed";
    noteConflict(batch, node, `${before}, but its child succeeded${ended.summary ? `: ${ended.summary}` : ""}.`);
  }
}

function noteConflict(batch: EventBatch, node: RunNode, message: string): void {
  if (node.conflict !== message) batch.add({ event: "node.conflict", nodeId: node.id, message });
}
