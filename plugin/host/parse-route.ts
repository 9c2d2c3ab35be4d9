import type { DeliveryRoute } from "../../registry-helper/internal.ts";
import type { PluginApi } from "./plugin-api.ts";
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

/**
 * Where a session's conversation is at this moment. Used to freeze the route of work that starts now; never
 * looked up again later, when the session may have been used from somewhere else.
 */
export async function currentRoute(api: PluginApi, sessionKey: string): Promise<DeliveryRoute | undefined> {
  const entry = recordIn(await api.runtime.agent.session.getSessionEntry({ sessionKey }));
  return readRoute(recordIn(entry["delivery"])["context"], sessionKey);
}
