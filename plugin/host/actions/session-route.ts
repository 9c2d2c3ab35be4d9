import type { DeliveryRoute } from "../../../registry-helper/internal.ts";
import { readRoute } from "../parse-route.ts";
import type { PluginApi } from "../plugin-api.ts";
import { recordIn } from "../untyped-fields.ts";

/**
 * Where a session's conversation is at this moment. Used to freeze the route of work that starts now; never
 * looked up again later, when the session may have been used from somewhere else.
 */
export async function currentRoute(api: PluginApi, sessionKey: string): Promise<DeliveryRoute | undefined> {
  const entry = recordIn(await api.runtime.agent.session.getSessionEntry({ sessionKey }));
  return readRoute(recordIn(entry["delivery"])["context"], sessionKey);
}
