import type { IncomingMessage } from "node:http";
import { formatPerson, type GatewayAccess, grantedScope } from "../../host/gateway-access.ts";
import type { Authenticator, AuthResult } from "./authenticator.ts";

/** How journals name whoever has the gateway's token or password: nobody knows which person that is. */
const UNNAMED_CALLER = "gateway api";

/**
 * Behind the gateway's own authentication. What somebody may do is what the gateway gave the request, and nothing that
 * the request says of itself: a header is there or not whatever the caller may do.
 */
export class GatewayAuthenticator implements Authenticator {
  private readonly accesses = new WeakMap<IncomingMessage, GatewayAccess>();

  /** Takes what the gateway has decided about a request, before it is authenticated here. */
  admit(request: IncomingMessage, access: GatewayAccess): void {
    this.accesses.set(request, access);
  }

  authenticate(request: IncomingMessage): AuthResult {
    const access = this.accesses.get(request);
    const scope = access && grantedScope(access);
    if (access === undefined || scope === undefined) return { failure: "no_scope" };
    const person = access.person === undefined ? {} : { personId: access.person.id };
    const actor = formatPerson(access) ?? UNNAMED_CALLER;
    return { caller: { actor, scope, mode: "gateway", ...person }, by: "gateway" };
  }
}
