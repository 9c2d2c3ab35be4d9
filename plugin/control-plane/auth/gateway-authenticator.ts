import type { IncomingMessage } from "node:http";
import type { AuthResult, Authenticator } from "./authenticator.ts";

/**
 * Behind the gateway's own authentication everybody who gets here may read. Write may who showed the gateway's token in
 * a header, as no page of somebody else can; the grant of the frame is a cookie, and stays a reader. What the client says
 * of itself, such as `x-openclaw-scopes`, is not looked at.
 */
export const gatewayAuthenticator: Authenticator = {
  authenticate(request: IncomingMessage): AuthResult {
    const hasToken = /^Bearer \S/i.test(request.headers.authorization ?? "");
    return hasToken
      ? { caller: { actor: "gateway api", scope: "write", mode: "gateway" }, by: "token" }
      : { caller: { actor: "control ui", scope: "read", mode: "gateway-frame" }, by: "frame" };
  },
};
