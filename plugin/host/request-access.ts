import { getPluginRuntimeGatewayRequestScope } from "openclaw/plugin-sdk/plugin-runtime";
import type { GatewayAccess } from "./gateway-access.ts";
import { type HostRecord, recordIn, textIn } from "./untyped-fields.ts";

/** The host's own profile for whoever has the shared token or password: it names the account, not a person. */
const OWNER_PROFILE = "gateway-owner";

/**
 * What the host lets the caller of the current request do, and who that is when the host has verified it. Must be read
 * before the first `await` of a handler. Outside of a request nobody may do anything.
 */
export function currentAccess(): GatewayAccess {
  return toGatewayAccess(recordIn(getPluginRuntimeGatewayRequestScope()));
}

/** Reads the host's request scope, whose shape is another program's. */
export function toGatewayAccess(requestScope: HostRecord): GatewayAccess {
  const client = recordIn(requestScope["client"]);
  const { scopes } = recordIn(client["connect"]);
  const profile = recordIn(client["authenticatedUserProfile"]);
  const id = textIn(profile, "profileId");
  return {
    scopes: Array.isArray(scopes) ? scopes.filter((scope): scope is string => typeof scope === "string") : [],
    ...(id === undefined || id === OWNER_PROFILE ? {} : { person: { id, name: textIn(profile, "displayName") ?? id } }),
  };
}
