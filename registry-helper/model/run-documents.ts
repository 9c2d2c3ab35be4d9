import type { DeliveryRecord } from "./delivery-record.ts";
import type { Via } from "./event-origin.ts";
import type { Json, JsonObject } from "./json.ts";
import type { NodePolicy } from "./node-policy.ts";
import type { TokenUsage } from "./task-record.ts";

export const NODE_KINDS = ["session_turn", "subagent", "wait", "approval", "summary"] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export const NODE_STATUSES = ["pending", "ready", "running", "waiting", "completed", "failed", "skipped"] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

export const RUN_STATUSES = ["draft", "running", "paused", "completed", "failed", "cancelled"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Why a node stands as it does, where its status alone does not say it. */
export const NODE_REASONS = [
  "timed_out",
  "rejected",
  "expired",
  "lost",
  "cancelled",
  "lease_expired",
  "no_evidence",
  "condition_unmet",
  "dependency_failed",
] as const;
export type NodeReason = (typeof NODE_REASONS)[number];

/** A file that was there when a node completed. */
export interface Evidence {
  /** Relative to the run folder. */
  path: string;
  size: number;
  /** Of the content; null for a file too large to read (`MAX_HASHED_BYTES`). */
  sha256: string | null;
  /** When it was written, by the clock of its file system; absent in journals of older versions. */
  mtimeMs?: number;
}

/** A file that an attempt left, as it was, and where it is kept since the next attempt has its place. */
export interface LeftFile extends Evidence {
  /** Relative to the run folder. */
  kept: string;
}

/** Who may work on a node: the holder of the token, until the lease ends or a child is bound. */
export interface NodeClaim {
  /** Position in the journal of the event that gave it, so that a later claim has a higher one. */
  token: number;
  by: string;
  until: string;
  /** What it was given for, in milliseconds: `until` can be no further away, unless a clock was wrong. */
  leaseMs?: number;
}

/** By which way something was said of an approval. Absent in journals of earlier versions. */
export interface AnswerOrigin {
  /** Whom the host or the control plane knows; otherwise a name that somebody claimed. */
  by: string;
  at: string;
  via?: Via;
  /** Of the agent that said it, or of the conversation. */
  session?: string;
  /** The id by which the host or the control plane knows them; absent for what was reported. */
  sender?: string;
}

/** What a person said at an approval. */
export interface ApprovalAnswer extends AnswerOrigin {
  choice: string;
  /** Their words, such as a condition ("yes, but shorter"); null when they gave none. */
  words: string | null;
  data?: Json;
}

/** How an approval was ended without an answer. */
export interface ApprovalBypass extends AnswerOrigin {
  to: "completed" | "skipped" | "failed";
  /** What whoever did it said: not the words of the person who was asked. */
  words: string | null;
}

/** What the host was seen to do for a node, besides what its agent reports. */
export interface Observation {
  /** How the work ended, in the words of the task ledger. */
  status: string;
  at: string;
  taskId?: string;
  /** One line: the result or the error. */
  summary?: string;
}

/** One earlier execution of a node, kept when a retry starts the next one. */
export interface NodeAttempt {
  attempt: number;
  status: NodeStatus;
  reason?: NodeReason;
  evidence?: Evidence[];
  output?: JsonObject;
  /** Declared files that were not there when it completed. */
  missingArtifacts?: string[];
  answer?: ApprovalAnswer;
  bypassed?: ApprovalBypass;
  observed?: Observation;
  usage?: TokenUsage;
  sessionKey: string | null;
  childSessionKey: string | null;
  runId: string | null;
  startedAt: string | null;
  completedAt: string | null;
  /** The last words about this attempt, such as why it failed; absent when nobody gave any. */
  lastMessage?: string;
  /** What was said when it was asked for; absent when nothing was, and in runs of older versions. */
  retry?: string;
  /** What it left, moved out of the way of the next one; absent when it left nothing. */
  left?: LeftFile[];
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
  /** What the workflow says beyond OpenTask's fields; absent when it says nothing. */
  policy?: NodePolicy;
  reason?: NodeReason;
  claim?: NodeClaim;
  /** When the present attempt is over, or the question expires; absent without a limit. */
  deadlineAt?: string;
  /** What was said when the present attempt was asked for, such as what is to be different; absent when nothing was. */
  retry?: string;
  /** When a failed node is tried again by itself; absent when it is not. */
  retryAt?: string;
  /** Declared files as they were when the present attempt started; absent for the first one. */
  filesBefore?: Evidence[];
  /** Files of the present attempt, as they were when it completed. */
  evidence?: Evidence[];
  /** What `result` recorded, for conditions and for whoever reads the run. */
  output?: JsonObject;
  /** Declared files that were not there when it completed: it is unverified. */
  missingArtifacts?: string[];
  /** What a person said at an approval; the only thing that is ever told as theirs. */
  answer?: ApprovalAnswer;
  /** An approval that was ended without an answer. */
  bypassed?: ApprovalBypass;
  /** The last answer that was reported for an approval that only a verified answer opens. */
  reported?: ApprovalAnswer;
  observed?: Observation;
  usage?: TokenUsage;
  /** The task of a node that was added to a run; that of all others stands in the workflow's copy. */
  prompt?: string;
  /** A contradiction between what was seen and what was reported, in words; absent without one. */
  conflict?: string;
  /** The failed node because of which this one was left out (`onFailure: skip`). */
  skippedBy?: string;
  /** The way of the question to the requester, on an approval that waits. */
  asked?: DeliveryRecord;
}

/** A message that an operator sends to the requester of a run. */
export interface RunMessage {
  id: string;
  text: string;
  by: string;
  delivery: DeliveryRecord;
}

/** A wish to change the cron job of a run; the gateway carries it out. */
export interface CronPatch {
  patch: Json;
  by: string;
  at: string;
  outcome: "asked" | "applied" | "refused";
  reason?: string;
}

/** Who asked, who drives and where it is told: the same in both documents of a run. */
export interface RunSessions {
  sourceSessionKey: string | null;
  sourceAgentId: string | null;
  deliveryContext: Json;
  rootSessionKey: string | null;
  plannerSessionKey: string | null;
  driverSessionKey: string | null;
  cronJobId: string | null;
}

/** `state.json` without the `clawtask` key, which belongs to the journal. */
export interface RunState extends RunSessions {
  runId: string;
  workflowId: string;
  title: string;
  status: RunStatus;
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
  /** Content hash of the definition that the run was made from. */
  workflowVersion?: string;
  /** Values of the workflow's parameters. */
  params?: JsonObject;
  /** What `wake: off` in the workflow says; absent for `auto`. */
  wake?: "off";
  /** Bytes of `control.jsonl` that have been taken over. */
  controlBytes?: number;
  /** Events that were emitted to the run, by name, with their payload; the newest of each. */
  received?: Record<string, Json>;
  messages?: RunMessage[];
  cronPatch?: CronPatch;
  /** The run that this one was forked from, and the node from which it begins anew. */
  forkedFrom?: { runId: string; nodeId: string };
  /** Notes about the whole run, oldest first. */
  notes?: string[];
  archivedAt?: string;
  /** An agent says that it has told the requester how the run ended. No channel vouches for it. */
  reported?: { by: string; at: string; message?: string };
  /** The route was changed after the run began: by whom, and what it was before. */
  boundRoute?: { by: string; at: string; before: Json };
}

/** What does the work of a run, and what has been read of its requests. */
export interface RunBindings {
  driverRunId: string | null;
  driverRequestedEventCount: number;
  driverRequestedActivityCount: number;
  nodeSessions: Record<string, string>;
  childSessions: Record<string, string>;
  nodeRunIds: Record<string, string>;
  appliedControlIds: string[];
  lastProgressEventCount: number;
}

/** Of a run that nothing has been bound to. Key order is OpenTask's. */
export const EMPTY_BINDINGS: Readonly<RunBindings> = {
  driverRunId: null,
  driverRequestedEventCount: 0,
  driverRequestedActivityCount: 0,
  nodeSessions: {},
  childSessions: {},
  nodeRunIds: {},
  appliedControlIds: [],
  lastProgressEventCount: 0,
};

/** `refs.json`, as OpenTask has it. */
export interface RunRefs extends RunSessions, RunBindings {
  runId: string;
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
