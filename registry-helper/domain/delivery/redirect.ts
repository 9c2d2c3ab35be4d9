import type { DeliveryRoute } from "../../model/delivery-record.ts";
import { usageError } from "../../model/errors.ts";

/** Where somebody sends a result that did not reach its requester, or that has no route. */
export interface Redirect {
  route: DeliveryRoute;
  by: string;
}

const MAX_TARGET_LENGTH = 400;

/**
 * A route as people write it: the channel, a colon, and the target as the channel names it.
 *
 * @throws ClawTaskError `usage`
 * @example
 * parseTarget("discord:channel:200000000000000001", "tasks retry"); // { channel: "discord", to: "channel:2000..." }
 */
export function parseTarget(text: string, command: string): Pick<DeliveryRoute, "channel" | "to"> {
  const [, channel = "", to = ""] = /^([a-z][a-z0-9_-]{0,63}):(\S.*)$/i.exec(text.trim()) ?? [];
  if (to === "" || text.length > MAX_TARGET_LENGTH)
    throw usageError(
      `a route is written as channel:target, such as telegram:4242, not as ${text.slice(0, 80)}`,
      command,
    );
  return { channel: channel.toLowerCase(), to };
}

/** The new route of a delivery: another target, and the same session to fall back to. */
export function toRedirectedRoute(redirect: Redirect, before: DeliveryRoute | null): DeliveryRoute {
  return { ...redirect.route, ...(before?.sessionKey === undefined ? {} : { sessionKey: before.sessionKey }) };
}
