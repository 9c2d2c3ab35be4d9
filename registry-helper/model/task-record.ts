import type { DeliveryRecord, Route } from "./delivery-record.ts";

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
  route: Route | null;
  /** False when the one who started the work asked not to be told about its end. */
  wantsCompletion: boolean;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  lastActivityAt: string;
  latestUpdate: string | null;
  result: string | null;
  /** The whole error, capped; `errorSummary` is its one clean line. */
  error: string | null;
  errorSummary: string | null;
  attempts: TaskAttempt[];
  delivery: DeliveryRecord | null;
  /** Signals that came after the end and contradict it: kept in the journal, counted here, never applied. */
  lateSignals: number;
  updatedAt: string;
}
