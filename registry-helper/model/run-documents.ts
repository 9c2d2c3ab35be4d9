import type { DeliveryRecord } from "./delivery-record.ts";
import type { Json } from "./json.ts";

export const NODE_KINDS = ["session_turn", "subagent", "wait", "approval", "summary"] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export const NODE_STATUSES = ["pending", "ready", "running", "waiting", "completed", "failed", "skipped"] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

export type RunStatus = "draft" | "running" | "paused" | "completed" | "failed" | "cancelled";

/** One earlier execution of a node, kept when a retry starts the next one. */
export interface NodeAttempt {
  attempt: number;
  status: NodeStatus;
  sessionKey: string | null;
  childSessionKey: string | null;
  runId: string | null;
  startedAt: string | null;
  completedAt: string | null;
  /** The last words about this attempt, such as why it failed; absent when nobody gave any. */
  lastMessage?: string;
}

/** A node in `state.json`. Key order is OpenTask's, so that files stay byte-identical where we add nothing. */
export interface RunNode {
  id: string;
  title: string;
  kind: NodeKind;
  needs: string[];
  outputsMode: "notify" | "report";
  /** Paths relative to the run folder. */
  artifactPaths: string[];
  waitFor: Json;
  workingMemory: { plan: string; findings: string; progress: string; handoff?: string } | null;
  status: NodeStatus;
  sessionKey: string | null;
  childSessionKey: string | null;
  runId: string | null;
  notes: Json[];
  startedAt: string | null;
  completedAt: string | null;
  /** What was said with its last change: the question, the answer, the outcome; absent when nothing was. */
  lastMessage?: string;
  /** Earlier attempts, oldest first; absent until the first retry. */
  attempts?: NodeAttempt[];
  /** Failed nodes, direct or further up, that keep this one from ever becoming ready; absent otherwise. */
  blockedBy?: string[];
}

/** `state.json` without the `clawtask` key, which belongs to the journal. */
export interface RunState {
  runId: string;
  workflowId: string;
  title: string;
  status: RunStatus;
  sourceSessionKey: string | null;
  sourceAgentId: string | null;
  deliveryContext: Json;
  rootSessionKey: string | null;
  plannerSessionKey: string | null;
  driverSessionKey: string | null;
  cronJobId: string | null;
  updatedAt: string;
  createdAt: string;
  nodes: RunNode[];
  lastEvent: string;
  lastProgressMessage: string | null;
  lastProgressMessageAt: string | null;
  /** Failed nodes that keep the run from going on; absent while it can move. */
  blockedBy?: string[];
  /** The way of the outcome to the requester; absent until the run ends, or when it has no route. */
  delivery?: DeliveryRecord;
}

/** `refs.json`, as OpenTask has it. */
export interface RunRefs {
  runId: string;
  sourceSessionKey: string | null;
  sourceAgentId: string | null;
  deliveryContext: Json;
  rootSessionKey: string | null;
  plannerSessionKey: string | null;
  driverSessionKey: string | null;
  cronJobId: string | null;
  driverRunId: string | null;
  driverRequestedEventCount: number;
  driverRequestedActivityCount: number;
  nodeSessions: Record<string, string>;
  childSessions: Record<string, string>;
  nodeRunIds: Record<string, string>;
  appliedControlIds: string[];
  lastProgressEventCount: number;
}

/** A run as the code holds it: both documents, and the position in the journal that they stand for. */
export interface RunDocument {
  state: RunState;
  refs: RunRefs;
}

export const TERMINAL_NODE_STATUSES: readonly NodeStatus[] = ["completed", "failed", "skipped"];
export const SATISFYING_STATUSES: readonly NodeStatus[] = ["completed", "skipped"];
export const TERMINAL_RUN_STATUSES: readonly RunStatus[] = ["completed", "failed", "cancelled"];

/** How many nodes stand in each status; every status is named, in a fixed order. */
export function countStatuses(nodes: readonly RunNode[]): Record<NodeStatus, number> {
  const counts: Record<NodeStatus, number> = {
    pending: 0,
    ready: 0,
    running: 0,
    waiting: 0,
    completed: 0,
    failed: 0,
    skipped: 0,
  };
  for (const node of nodes) counts[node.status] += 1;
  return counts;
}
