import type { DeliveryChange, DeliveryEventName, DeliveryRoute } from "./delivery-record.ts";
import type { Via } from "./event-origin.ts";
import type { TerminalFlowStatus, FlowWaitTarget } from "./flow-record.ts";
import type { Json } from "./json.ts";
import type { NotifyPolicy } from "./task-status.ts";

export type FlowEventName =
  | "flow.created"
  | "flow.task_linked"
  | "flow.waiting"
  | "flow.blocked"
  | "flow.resumed"
  | "flow.output_set"
  | "flow.output_appended"
  | "flow.updated"
  | "flow.cancel_requested"
  | "flow.ended"
  | DeliveryEventName;

/** What is known of a flow when it is created. Nothing of it changes later. */
export interface FlowFacts {
  title: string;
  goal?: string;
  ownerSessionKey?: string;
  route?: DeliveryRoute;
  notify?: NotifyPolicy;
}

/** One line of `flows/<flowId>/events.jsonl`. */
export interface FlowEvent {
  event: FlowEventName;
  timestamp: string;
  /** By which surface the command came, and from whose session: set by the code that received it. */
  via?: Via;
  session?: string;
  flowId: string;
  /** Position in the flow's journal, from 1: the flow's revision after this event. */
  seq: number;
  /** Idempotency key and a digest of the command; on the first event of an operation only. */
  key?: string;
  digest?: string;
  /** How many events the operation has; on the first one, when there are several or it has a key. */
  span?: number;
  /** On `flow.created`. */
  facts?: FlowFacts;
  schema?: number;
  /** The step that the flow is at from here on. */
  step?: string;
  /** On `flow.task_linked`. */
  taskId?: string;
  /** On `flow.waiting`. */
  wait?: FlowWaitTarget;
  /** On `flow.blocked`. */
  reason?: string;
  /** On `flow.output_set` and `flow.output_appended`. */
  output?: { name: string; value: Json };
  /** On `flow.updated`. */
  update?: string;
  cancel?: { by: string; reason?: string };
  ending?: { status: TerminalFlowStatus; result?: string; error?: string; by?: string };
  delivery?: DeliveryChange;
}

/** An event as `decide` makes it; the operation adds time and position. */
export type FlowEventDraft = Omit<FlowEvent, "timestamp" | "seq">;
