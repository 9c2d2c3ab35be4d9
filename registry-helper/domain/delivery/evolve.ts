import type { DeliveryChange, DeliveryEventName, DeliveryRecord, DeliveryState } from "../../model/delivery-record.ts";

const STATE_AFTER: Record<DeliveryEventName, DeliveryState> = {
  "delivery.planned": "pending",
  "delivery.sending": "sending",
  "delivery.delivered": "delivered",
  "delivery.deferred": "pending",
  "delivery.session_queued": "session_queued",
  "delivery.ambiguous": "ambiguous",
  "delivery.failed": "failed",
  "delivery.reported": "reported",
  "delivery.dismissed": "dismissed",
};

export function isDeliveryEvent(name: string): name is DeliveryEventName {
  return Object.hasOwn(STATE_AFTER, name);
}

/** Folds one delivery event into the record of its owner. Pure. */
export function evolveDelivery(
  record: DeliveryRecord | null,
  event: { name: DeliveryEventName; timestamp: string; change: DeliveryChange },
): DeliveryRecord {
  const { name, change } = event;
  if (name === "delivery.planned" || record === null) {
    const route = change.route ?? null;
    const isDismissed = name === "delivery.dismissed";
    return {
      state: route === null && !isDismissed ? "none" : STATE_AFTER[name],
      generation: change.generation ?? 1,
      sender: change.sender ?? "clawtask",
      route,
      plannedAt: event.timestamp,
      dueAt: route === null ? null : (change.dueAt ?? null),
      deadlineAt: change.deadlineAt ?? event.timestamp,
      tries: 0,
      reason: change.reason ?? null,
      receipt: null,
      ...(change.redirectedBy === undefined ? {} : { redirectedBy: change.redirectedBy }),
      sentText: null,
    };
  }
  return {
    ...record,
    state: STATE_AFTER[name],
    sender: change.sender ?? record.sender,
    dueAt: change.dueAt ?? null,
    deadlineAt: change.deadlineAt ?? record.deadlineAt,
    tries: name === "delivery.sending" ? record.tries + 1 : record.tries,
    reason: change.reason ?? null,
    receipt: change.receipt ?? record.receipt,
    sentText: change.sentText ?? record.sentText,
  };
}
