import type { DeliveryRecord, DeliveryRoute } from "./delivery-record.ts";
import type { JsonObject } from "./json.ts";
import type { NotifyPolicy } from "./task-status.ts";

export const FLOW_STATUSES = ["queued", "running", "waiting", "blocked", "succeeded", "failed", "cancelled"] as const;
export type FlowStatus = (typeof FLOW_STATUSES)[number];
export type TerminalFlowStatus = Extract<FlowStatus, "succeeded" | "failed" | "cancelled">;

export const TERMINAL_FLOW_STATUSES: readonly FlowStatus[] = ["succeeded", "failed", "cancelled"];

export const WAIT_KINDS = ["task", "event", "until", "manual"] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

/** What a flow waits for. `note` says it in words for a person. */
export type FlowWaitTarget =
  | { kind: "task"; taskId: string; note?: string }
  | { kind: "event"; name: string; note?: string }
  /** `at`: an ISO time. */
  | { kind: "until"; at: string; note?: string }
  /** Somebody has to act. */
  | { kind: "manual"; note?: string };

export type FlowWait = FlowWaitTarget & { since: string };

/** A wish to stop the whole flow. It is never taken back: the flow ends as `cancelled`. */
export interface FlowCancel {
  requestedAt: string;
  by: string;
  reason: string | null;
}

/** The job above tasks: one owner, one return route, where it stands, and what it has found so far. */
export interface FlowRecord {
  flowId: string;
  title: string;
  /** What is to come of it, in full; null when the title says all. */
  goal: string | null;
  ownerSessionKey: string | null;
  /** Where its end is told. Frozen when the flow is created. */
  route: DeliveryRoute | null;
  status: FlowStatus;
  currentStep: string | null;
  /** Set while the status is `waiting`. */
  wait: FlowWait | null;
  /** Set while the status is `blocked`. */
  blocked: { reason: string; since: string } | null;
  output: JsonObject;
  latestUpdate: string | null;
  /** Ids of its tasks, in the order in which they were linked. */
  tasks: string[];
  cancel: FlowCancel | null;
  notify: NotifyPolicy;
  /** Position of the last event in the flow's journal. A change may name the revision that it was decided on. */
  revision: number;
  createdAt: string;
  updatedAt: string;
  endedAt: string | null;
  result: string | null;
  error: string | null;
  /** The way of the end to the requester. */
  delivery: DeliveryRecord | null;
  /** The way of the last change of state, for flows that tell them; a newer one takes its place. */
  update: DeliveryRecord | null;
  /** What that message says. */
  updateText: string | null;
}

/** Whether the flow has ended. */
export function isFlowEnded({ status }: Pick<FlowRecord, "status">): boolean {
  return TERMINAL_FLOW_STATUSES.includes(status);
}
