import type { DeliveryRecord, DeliveryRoute } from "./delivery-record.ts";
import type { BlockReason, NotifyPolicy, StatablePhase } from "./task-status.ts";

export const TASK_RUNTIMES = ["subagent", "acp", "cron", "cli", "exec", "media"] as const;
export type TaskRuntime = (typeof TASK_RUNTIMES)[number];

export const TASK_STATUSES = ["queued", "running", "succeeded", "failed", "timed_out", "cancelled", "lost"] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];
export type TerminalTaskStatus = Exclude<TaskStatus, "queued" | "running">;

export const TERMINAL_TASK_STATUSES: readonly TaskStatus[] = ["succeeded", "failed", "timed_out", "cancelled", "lost"];

/** Who really does one attempt. */
export interface Worker {
  /** `subagent_session`, `acp_session`, ... */
  kind: string;
  sessionKey: string | null;
  agentId: string | null;
  model: string | null;
}

/** One execution of a task. */
export interface TaskAttempt {
  attempt: number;
  worker: Worker;
  /** The host's id of this execution. */
  runId: string | null;
  startedAt: string | null;
  endedAt: string | null;
  status: TaskStatus;
}

/** Tokens that the work cost, where the host tells. */
export interface TokenUsage {
  input: number | null;
  output: number | null;
  /** Of the prompt, what the provider had in its cache; not part of `input`. */
  cached?: number;
  /** What the host reckons that it cost. */
  costUsd?: number;
}

/** What the host's own ledger says of the same work. */
export interface HostRow {
  taskId: string;
  status: string;
  delivery: string | null;
}

/** A wish to stop the work, and what came of it. */
export interface TaskCancel {
  requestedAt: string;
  by: string;
  /** `asked`: the gateway has not acted yet; `accepted`: its owner was told to stop; `refused`: it cannot be. */
  outcome: "asked" | "accepted" | "refused";
  reason: string | null;
}

/** The end that was observed of work that had been taken for lost. */
export interface LateResult {
  status: TerminalTaskStatus;
  at: string;
  result: string | null;
  error: string | null;
  /** Of the delivery that told of the loss without it, 0 when none had; a later one tells it. */
  toldWithout: number;
}

/** One unit of detached work in the ledger, as folded from its journal. */
export interface TaskRecord {
  taskId: string;
  /**
   * The host's names for this piece of work (`run:<runId>`, `session:<childSessionKey>`), by which signals
   * from different sources find the same task.
   */
  names: string[];
  runtime: TaskRuntime;
  status: TaskStatus;
  label: string | null;
  /** What was asked for, capped. */
  task: string | null;
  requesterSessionKey: string | null;
  childSessionKey: string | null;
  /** The host's run id of the turn that started this work. */
  parentRunId: string | null;
  /** The task whose worker started this one. */
  parentTaskId: string | null;
  flowId: string | null;
  /** What the work belongs to in the host: the job of a cron run, the process of a background `exec`. */
  sourceId: string | null;
  /** The finer kind of the host: `systemEvent`, `command`, `image_generation`, ... */
  taskKind: string | null;
  route: DeliveryRoute | null;
  /** False when the one who started the work asked not to be told about its end. */
  wantsCompletion: boolean;
  /** Set when the result is for the session that asked alone: no text of it may reach a channel. */
  isPrivate?: true;
  notify: NotifyPolicy;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  /** The last sign of life. */
  lastActivityAt: string;
  /** The last step forward; signs of life that repeat themselves do not count. */
  lastProgressAt: string;
  phase: StatablePhase | null;
  blockReason: BlockReason | null;
  /** True while phase and block reason are what the agent itself reported. */
  isReported: boolean;
  latestUpdate: string | null;
  /** What should be done next, as reported. */
  nextAction: string | null;
  result: string | null;
  /** The whole error, capped; `errorSummary` is its one clean line. */
  error: string | null;
  errorSummary: string | null;
  artifacts: string[];
  usage: TokenUsage | null;
  /** Where the worker's transcript lies: the host's session id. */
  sessionId: string | null;
  attempts: TaskAttempt[];
  /** The way of the result to the requester. */
  delivery: DeliveryRecord | null;
  /** The way of the last state change, for tasks that tell them; a newer one takes its place. */
  update: DeliveryRecord | null;
  /** What that message says. */
  updateText: string | null;
  host: HostRow | null;
  /** Since when the host shows nothing that works on it; null while it does. */
  missingSince: string | null;
  cancel: TaskCancel | null;
  /** Signals that came after the end and contradict it: kept in the journal, counted here, never applied. */
  lateSignals: number;
  /** How work ended that had been taken for lost: what was seen of it, after what was concluded. Absent without one. */
  lateResult?: LateResult;
  updatedAt: string;
}
