import type { DeliveryChange, DeliveryEventName, Route } from "./delivery-record.ts";
import type { TaskRuntime, TerminalTaskStatus } from "./task-record.ts";

export type TaskEventName =
  | "task.created"
  | "task.described"
  | "task.started"
  | "task.progressed"
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
  runId?: string;
  agentId?: string;
  model?: string;
  route?: Route;
  /** False when the one who started the work asked not to be told about its end. */
  wantsCompletion?: boolean;
}

/** How a piece of work ended. */
export interface TaskEnding {
  status: TerminalTaskStatus;
  result?: string;
  error?: string;
  /** The work went on after its first end (it waited for work of its own): this result replaces the earlier one. */
  supersedes?: boolean;
}

/** One line of `ledger/<day>.jsonl`. */
export interface TaskEvent {
  event: TaskEventName;
  timestamp: string;
  taskId: string;
  /** Position in the day's journal, from 1. */
  seq: number;
  /** Which source of the host told: `subagent_spawned`, `lifecycle`, ... */
  source: string;
  /** On `task.created` and `task.described`: names added by this event. */
  names?: string[];
  facts?: TaskFacts;
  ending?: TaskEnding;
  /** On `task.progressed`: the update, capped. */
  update?: string;
  delivery?: DeliveryChange;
  key?: string;
  digest?: string;
  /** How many events the operation has; on its first. */
  span?: number;
  schema?: number;
}

export type TaskEventDraft = Omit<TaskEvent, "timestamp" | "taskId" | "seq" | "source">;
