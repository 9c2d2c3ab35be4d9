/** Where a result goes. Frozen when the work is created; never derived again from "last used". */
export interface DeliveryRoute {
  channel: string;
  to: string;
  accountId?: string;
  /** A number for Telegram, a string for Discord; kept as the host gave it. */
  threadId?: string | number;
  /** The session that asked; the fallback when the channel cannot be reached. */
  sessionKey?: string;
}

export const DELIVERY_STATES = [
  "none",
  "pending",
  "sending",
  "delivered",
  "session_queued",
  "ambiguous",
  "failed",
  "reported",
  "dismissed",
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * Who is expected to tell the requester first.
 * `host`: OpenClaw announces it (or the agent in its own turn); ClawTask waits for the confirmation.
 * `clawtask`: nobody else will.
 */
export type DeliverySender = "host" | "clawtask";

/** The way of one result to its requester. Embedded in the record of the task or run that it belongs to. */
export interface DeliveryRecord {
  state: DeliveryState;
  /** Counts deliberate deliveries of the same result, from 1; (owner, generation, target) is sent at most once. */
  generation: number;
  sender: DeliverySender;
  /** Null when the requester has no channel (a web chat, a plain terminal). */
  route: DeliveryRoute | null;
  plannedAt: string;
  /** When ClawTask acts on it next: sends, or stops waiting for the host. Null in a final state. */
  dueAt: string | null;
  /** After this, a result that could not be sent is a dead letter (`failed`). */
  deadlineAt: string;
  /** Sends tried in this generation. */
  tries: number;
  /** Why it stands as it does, in words for a person; null when there is nothing to say. */
  reason: string | null;
  /** What the channel or host answered; only a receipt makes `delivered`. */
  receipt: string | null;
  /** Who sent it elsewhere than its requester's own route; absent for all others. */
  redirectedBy?: string;
  /** How the message began that was sent last, by which the host's word about it is recognized. */
  sentText: string | null;
}

export type DeliveryEventName =
  | "delivery.planned"
  | "delivery.sending"
  | "delivery.delivered"
  | "delivery.deferred"
  | "delivery.session_queued"
  | "delivery.ambiguous"
  | "delivery.failed"
  | "delivery.reported"
  | "delivery.dismissed";

/** What a delivery of a task or run is about, besides its result. */
export type DeliveryTarget = "update" | `node:${string}` | `message:${string}`;

/** What a delivery event carries beside its name and time. */
export interface DeliveryChange {
  sender?: DeliverySender;
  route?: DeliveryRoute | null;
  redirectedBy?: string;
  generation?: number;
  dueAt?: string | null;
  deadlineAt?: string;
  reason?: string | null;
  receipt?: string;
  sentText?: string;
  /**
   * What is told when it is not the result: a task's change of state, a question (`node:<id>`) or a message
   * (`message:<id>`) of a run.
   */
  of?: DeliveryTarget;
  /** The message of such an update. */
  text?: string;
}

/** States in which nothing more happens by itself. */
export const FINAL_DELIVERY_STATES: readonly DeliveryState[] = [
  "none",
  "delivered",
  "session_queued",
  "ambiguous",
  "failed",
  "reported",
  "dismissed",
];
