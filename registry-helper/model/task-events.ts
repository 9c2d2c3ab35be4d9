import type { DeliveryChange, DeliveryEventName, DeliveryRoute } from "./delivery-record.ts";
import type { Via } from "./event-origin.ts";
import type { HostRow, TaskRuntime, TerminalTaskStatus, TokenUsage } from "./task-record.ts";
import type { BlockReason, NotifyPolicy, StatablePhase } from "./task-status.ts";

export type TaskEventName =
  | "task.created"
  | "task.described"
  | "task.started"
  | "task.attempt_started"
  | "task.progressed"
  | "task.reported"
  | "task.host_row"
  | "task.backing_missing"
  | "task.backing_found"
  | "task.notify_set"
  | "task.cancel_requested"
  | "task.cancel_answered"
  | "task.ended"
  | "task.late_signal"
  | DeliveryEventName;

/** What is known of a piece of work, from whichever source; every field may come late. */
export interface TaskFacts {
  runtime?: TaskRuntime;
  label?: string;
  task?: string;
  requesterSessionKey?: string;
  childSessionKey?: string;
  parentRunId?: string;
  parentTaskId?: string;
  flowId?: string;
  sourceId?: string;
  taskKind?: string;
  runId?: string;
  agentId?: string;
  model?: string;
  sessionId?: string;
  route?: DeliveryRoute;
  usage?: TokenUsage;
  /** False when the one who started the work asked not to be told about its end. */
  wantsCompletion?: boolean;
  /** Set when the result is for the session that asked alone: no text of it may reach a channel. */
  isPrivate?: true;
  /** When it was accepted, when that was long before anybody told (ISO). */
  acceptedAt?: string;
  /** Set when the work is made; changed by `task.notify_set` only. */
  notify?: NotifyPolicy;
}

/** What the host did with the result of work whose delivery is its own affair (cron, media). */
export interface HostDelivery {
  /** `suppressed`: there was nothing to say, on purpose. */
  state: "delivered" | "failed" | "pending" | "unknown" | "not_requested" | "suppressed";
  reason?: string;
}

/** How a piece of work ended. */
export interface TaskEnding {
  status: TerminalTaskStatus;
  result?: string;
  error?: string;
  /** The work went on after its first end (it waited for work of its own): this result replaces the earlier one. */
  supersedes?: boolean;
  hostDelivery?: HostDelivery;
  /** When it ended, when that was long before anybody told (ISO). */
  endedAt?: string;
}

/** A step of the work, as derived from tool calls, child runs and approvals, or as reported. */
export interface TaskStep {
  phase?: StatablePhase | null;
  blockReason?: BlockReason | null;
  update?: string;
  nextAction?: string;
  artifacts?: string[];
  /** True for a sign of life that is no step forward. */
  isIdle?: boolean;
}

/** One line of `ledger/<day>.jsonl`. */
export interface TaskEvent {
  event: TaskEventName;
  timestamp: string;
  /** By which surface the command came, and from whose session: set by the code that received it. */
  via?: Via;
  session?: string;
  taskId: string;
  /** Position in the day's journal, from 1. */
  seq: number;
  /** Which source of the host told: `subagent_spawned`, `lifecycle`, ... */
  source: string;
  /** On `task.created`, `task.described` and `task.attempt_started`: names added by this event. */
  names?: string[];
  facts?: TaskFacts;
  ending?: TaskEnding;
  /** On `task.progressed` and `task.reported`. */
  step?: TaskStep;
  /** On `task.progressed`, as version 1 wrote it. */
  update?: string;
  host?: HostRow;
  notify?: NotifyPolicy;
  /** On cancel events: who asks, what came of it, and why. */
  cancel?: { by?: string; outcome?: "accepted" | "refused"; reason?: string };
  delivery?: DeliveryChange;
  key?: string;
  digest?: string;
  /** How many events the operation has; on its first. */
  span?: number;
  schema?: number;
}

export type TaskEventDraft = Omit<TaskEvent, "timestamp" | "taskId" | "seq" | "source">;
