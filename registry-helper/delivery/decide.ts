import type {
  DeliveryChange,
  DeliveryEventName,
  DeliveryRecord,
  DeliverySender,
  Route,
} from "../model/delivery-record.ts";
import { FINAL_DELIVERY_STATES } from "../model/delivery-record.ts";
import { formatMicros, type Micros, parseMicros } from "../model/time.ts";

/** A result that could not be sent for this long is a dead letter. */
export const DELIVERY_DEADLINE_MS = 30 * 60_000;
/** First pause between two sends; doubles up to the cap. */
export const RETRY_PAUSE_MS = 2_000;
export const MAX_RETRY_PAUSE_MS = 5 * 60_000;

export interface DeliveryDraft {
  event: DeliveryEventName;
  delivery: DeliveryChange;
}

/**
 * What happened to one delivery, as the sender tells it.
 * `host_confirmed`: somebody else (the host's announcement, the agent's own reply) reached the requester.
 * `host_silent`: the wait for that is over and nothing came; ClawTask sends.
 */
export type DeliveryReport =
  | { kind: "host_confirmed"; receipt: string }
  | { kind: "host_silent"; reason: string }
  | { kind: "sending" }
  | { kind: "sent"; receipt: string }
  | { kind: "held"; reason: string }
  | { kind: "refused"; reason: string; final: boolean }
  | { kind: "unknown"; reason: string };

/** Plans the delivery of a result, in the same append as the event that made it due. */
export function planDelivery(options: {
  route: Route | null;
  sender: DeliverySender;
  now: Micros;
  /** How long ClawTask waits before it acts itself, in milliseconds. */
  waitMs: number;
  reason?: string;
}): DeliveryDraft {
  const at = (ms: number): string => formatMicros(options.now + ms * 1000);
  return {
    event: "delivery.planned",
    delivery: {
      sender: options.sender,
      route: options.route,
      generation: 1,
      dueAt: at(options.waitMs),
      deadlineAt: at(options.waitMs + DELIVERY_DEADLINE_MS),
      reason:
        options.route === null
          ? (options.reason ?? "the requester has no channel to send to")
          : (options.reason ?? null),
    },
  };
}

/** Pause before the next try: 2 s, 4 s, 8 s ... up to five minutes. */
export function retryPauseMs(tries: number): number {
  return Math.min(MAX_RETRY_PAUSE_MS, RETRY_PAUSE_MS * 2 ** Math.max(0, tries - 1));
}

/**
 * Decides what a report changes. Nothing when the record is already in a final state, except that an
 * ambiguous send may still be confirmed.
 */
export function decideDelivery(record: DeliveryRecord | null, report: DeliveryReport, now: Micros): DeliveryDraft[] {
  if (record === null) return [];
  const confirmable = record.state === "ambiguous" && (report.kind === "sent" || report.kind === "host_confirmed");
  if (FINAL_DELIVERY_STATES.includes(record.state) && !confirmable) return [];
  const draft = (event: DeliveryEventName, delivery: DeliveryChange): DeliveryDraft[] => [{ event, delivery }];
  const pastDeadline = now >= (parseMicros(record.deadlineAt) ?? 0);

  switch (report.kind) {
    case "host_confirmed":
    case "sent":
      return draft("delivery.delivered", { receipt: report.receipt });
    case "host_silent":
      return record.sender === "clawtask"
        ? []
        : draft("delivery.deferred", { sender: "clawtask", dueAt: formatMicros(now), reason: report.reason });
    case "sending":
      return record.state === "pending" && record.sender === "clawtask" ? draft("delivery.sending", {}) : [];
    case "held":
      // The host keeps the message and sends it itself; its final word comes as `sent` or `refused`.
      return draft("delivery.deferred", { sender: "host", dueAt: record.deadlineAt, reason: report.reason });
    case "refused":
      return report.final || pastDeadline
        ? draft("delivery.failed", { reason: report.reason })
        : draft("delivery.deferred", {
            sender: "clawtask",
            dueAt: formatMicros(now + retryPauseMs(record.tries) * 1000),
            reason: report.reason,
          });
    case "unknown":
      return draft("delivery.ambiguous", { reason: report.reason });
  }
}
