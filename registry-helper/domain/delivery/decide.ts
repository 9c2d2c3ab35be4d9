import { isDue } from "../../model/age.ts";
import { backoffMs } from "../../model/backoff.ts";
import {
  type DeliveryChange,
  type DeliveryEventName,
  type DeliveryRecord,
  type DeliverySender,
  type DeliveryRoute,
  FINAL_DELIVERY_STATES,
} from "../../model/delivery-record.ts";
import { formatMicros, type Micros, parseMicros } from "../../model/time.ts";

/** A result that could not be sent for this long is a dead letter. */
export const DELIVERY_DEADLINE_MS = 30 * 60_000;
/** No delivery is planned further ahead than this, in milliseconds: the host's wait and the deadline stay far below. */
const LONGEST_PLAN_MS = 2 * 60 * 60_000;
/** First pause between two sends; doubles up to the cap. */
export const RETRY_PAUSE_MS = 2_000;
export const MAX_RETRY_PAUSE_MS = 5 * 60_000;
/** How long the requester's session is watched for its words after a result was put into it. */
export const SESSION_WATCH_MS = 5 * 60_000;

export interface DeliveryDraft {
  event: DeliveryEventName;
  delivery: DeliveryChange;
}

/**
 * What happened to one delivery, as the sender tells it.
 * `host_confirmed`: somebody else (the host's announcement, the agent's own reply) reached the requester.
 * `host_silent`: the wait for that is over and nothing came; ClawTask sends.
 * `queued_in_session`: there is no channel that takes it, so the requester's session was woken with it.
 * `settled`: nothing more was heard of that session.
 */
export type DeliveryReport =
  | { kind: "host_confirmed"; receipt: string }
  | { kind: "host_silent"; reason: string }
  | { kind: "sending"; sentText?: string }
  | { kind: "sent"; receipt: string }
  | { kind: "held"; reason: string }
  | { kind: "refused"; reason: string; final: boolean }
  | { kind: "unknown"; reason: string }
  | { kind: "queued_in_session"; reason: string }
  | { kind: "settled" };

/** Plans the delivery of a result, in the same append as the event that made it due. */
export function planDelivery(options: {
  route: DeliveryRoute | null;
  sender: DeliverySender;
  now: Micros;
  /** How long ClawTask waits before it acts itself, in milliseconds. */
  waitMs: number;
  reason?: string;
  generation?: number;
  /** Who chose a route that is not the requester's own. */
  redirectedBy?: string | undefined;
}): DeliveryDraft {
  const at = (ms: number): string => formatMicros(options.now + ms * 1000);
  return {
    event: "delivery.planned",
    delivery: {
      sender: options.sender,
      route: options.route,
      ...(options.redirectedBy === undefined ? {} : { redirectedBy: options.redirectedBy }),
      generation: options.generation ?? 1,
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
  return backoffMs(Math.max(0, tries - 1), { base: RETRY_PAUSE_MS, max: MAX_RETRY_PAUSE_MS });
}

/**
 * Whether the due time or the deadline of a delivery has come. One that was written while a clock was ahead has, too.
 *
 * @param at an ISO timestamp; null never comes
 */
export function isDeliveryDue(at: string | null, now: Micros): boolean {
  return at !== null && isDue(at, now, LONGEST_PLAN_MS);
}

/** A try that comes this much later than planned was held up by a machine that slept, in milliseconds. */
const OVERSLEPT_MS = 60_000;

/**
 * When a result becomes a dead letter that is tried now. The time counts from the first try, and a machine that slept
 * between two tries does not use it up: without that, a first refusal right after waking up would end it.
 *
 * @returns an ISO timestamp
 */
export function getDeliveryDeadline(record: DeliveryRecord, now: Micros): string {
  if (record.tries === 0) return formatMicros(now + DELIVERY_DEADLINE_MS * 1000);
  const late = now - (parseMicros(record.dueAt) ?? now);
  const deadline = parseMicros(record.deadlineAt) ?? now;
  return formatMicros(late > OVERSLEPT_MS * 1000 ? deadline + late : deadline);
}

/**
 * Decides what a report changes. Nothing when the record is already in a final state, except that an
 * ambiguous send, or one that an agent reports, may still be confirmed, and that a woken session may still say how it went.
 */
export function decideDelivery(record: DeliveryRecord | null, report: DeliveryReport, now: Micros): DeliveryDraft[] {
  if (record === null) return [];
  const draft = (event: DeliveryEventName, delivery: DeliveryChange): DeliveryDraft[] => [{ event, delivery }];
  if (record.state === "session_queued" && record.dueAt !== null) return decideSessionReport(record, report);
  const isOpen = record.state === "ambiguous" || record.state === "reported";
  const confirmable = isOpen && (report.kind === "sent" || report.kind === "host_confirmed");
  if (FINAL_DELIVERY_STATES.includes(record.state) && !confirmable) return [];
  const pastDeadline = isDeliveryDue(record.deadlineAt, now);

  switch (report.kind) {
    case "host_confirmed":
    case "sent":
      return draft("delivery.delivered", { receipt: report.receipt });
    case "host_silent":
      return record.sender === "clawtask"
        ? []
        : draft("delivery.deferred", { sender: "clawtask", dueAt: formatMicros(now), reason: report.reason });
    case "sending":
      if (record.state !== "pending" || record.sender !== "clawtask") return [];
      return draft("delivery.sending", {
        ...(report.sentText === undefined ? {} : { sentText: report.sentText }),
        deadlineAt: getDeliveryDeadline(record, now),
      });
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
    case "queued_in_session":
      return draft("delivery.session_queued", {
        reason: report.reason,
        dueAt: formatMicros(now + SESSION_WATCH_MS * 1000),
      });
    case "settled":
      return [];
  }
}

/** What the woken session said, or that it said nothing more. */
function decideSessionReport(record: DeliveryRecord, report: DeliveryReport): DeliveryDraft[] {
  switch (report.kind) {
    case "host_confirmed":
      return [{ event: "delivery.delivered", delivery: { receipt: report.receipt } }];
    case "refused":
      return [{ event: "delivery.failed", delivery: { reason: report.reason } }];
    case "settled":
      return [{ event: "delivery.session_queued", delivery: { reason: record.reason, dueAt: null } }];
    default:
      return [];
  }
}
