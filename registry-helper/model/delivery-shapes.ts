import { DELIVERY_STATES, type DeliveryChange, type DeliveryRecord, type DeliveryRoute } from "./delivery-record.ts";
import { count, nullable, oneOf, optional, record, text, textOrNumber, word } from "./shapes.ts";

export const routeShape = record<DeliveryRoute>({
  channel: text,
  to: text,
  accountId: optional(text),
  threadId: optional(textOrNumber),
  sessionKey: optional(text),
});

export const deliveryRecordShape = record<DeliveryRecord>({
  state: oneOf(DELIVERY_STATES),
  generation: count,
  sender: word(),
  route: nullable(routeShape),
  plannedAt: text,
  dueAt: nullable(text),
  deadlineAt: text,
  tries: count,
  reason: nullable(text),
  receipt: nullable(text),
  sentText: nullable(text),
  redirectedBy: optional(text),
});

export const deliveryChangeShape = record<DeliveryChange>({
  sender: optional(word()),
  route: optional(nullable(routeShape)),
  generation: optional(count),
  dueAt: optional(nullable(text)),
  deadlineAt: optional(text),
  reason: optional(nullable(text)),
  receipt: optional(text),
  sentText: optional(text),
  of: optional(word()),
  text: optional(text),
  redirectedBy: optional(text),
});
