import type { NodeStatus } from "../../../model/run-documents.ts";
import type { RunEventName } from "../../../model/run-events.ts";

/** A status that a command may ask for. */
export type TargetStatus = Exclude<NodeStatus, "pending">;

export const TARGET_STATUSES: readonly TargetStatus[] = [
  "ready",
  "running",
  "waiting",
  "completed",
  "failed",
  "skipped",
];

/**
 * OpenTask's table, with one addition: `waiting -> completed`, so that an approval keeps the moment at
 * which it was asked instead of passing through `running` again (B2).
 */
const ALLOWED: Record<NodeStatus, readonly TargetStatus[]> = {
  pending: ["ready", "failed", "skipped"],
  ready: ["running", "waiting", "failed", "skipped"],
  running: ["waiting", "completed", "failed", "skipped"],
  waiting: ["ready", "running", "completed", "failed", "skipped"],
  failed: ["ready"],
  skipped: ["ready"],
  completed: [],
};

export const EVENT_BY_STATUS: Record<TargetStatus, RunEventName> = {
  ready: "node.ready",
  running: "node.started",
  waiting: "node.waiting",
  completed: "node.completed",
  failed: "node.failed",
  skipped: "node.skipped",
};

export function legalTargets(from: NodeStatus): readonly TargetStatus[] {
  return ALLOWED[from];
}

/**
 * Steps that nobody did but that OpenTask's `validate` looks for in the log of a node in that status (B1).
 */
export function impliedEvents(from: NodeStatus, to: TargetStatus): RunEventName[] {
  const ended = to === "failed" || to === "skipped";
  if (from === "pending" && ended) return ["node.ready", "node.started"];
  if (from === "ready" && (ended || to === "waiting")) return ["node.started"];
  return [];
}
