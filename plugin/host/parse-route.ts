import type { DeliveryRoute } from "../../registry-helper/internal.ts";
import { numberIn, recordIn, textIn, withoutGaps } from "./untyped-fields.ts";

/** A route as hooks tell it (`requester`, `deliveryContext`). */
export function readRoute(value: unknown, sessionKey: string | undefined): DeliveryRoute | undefined {
  const record = recordIn(value);
  const channel = textIn(record, "channel");
  const to = textIn(record, "to");
  if (channel === undefined || to === undefined) return undefined;
  return withoutGaps({
    channel,
    to,
    accountId: textIn(record, "accountId"),
    threadId: textIn(record, "threadId") ?? numberIn(record, "threadId"),
    sessionKey,
  });
}
