import type { IncomingMessage } from "node:http";
import type { Caller } from "../handlers/context.ts";

/** Who asks, or that nobody with a right to does. */
export type AuthResult = { caller: Caller; by: CredentialKind } | { failure: "no_token" | "wrong_token" };

/**
 * How somebody proved their right. A cookie is sent by the browser, whoever wrote the page that asks; the grant of the
 * host's frame is one, too, which is good for reading only.
 */
export type CredentialKind = "token" | "cookie" | "frame";

/** Decides who asks. What a client says about its own rights is not looked at. */
export interface Authenticator {
  authenticate(request: IncomingMessage): AuthResult;
}

/** Subprotocols by which a browser's WebSocket brings a token: it cannot send headers. */
export const STREAM_PROTOCOL = "clawtask.v1";
const TOKEN_PROTOCOL = "clawtask.token.";

/** The token of a request, from where it may stand: never from the address. */
export function findToken(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization)?.[1] ?? "";
  return parseProtocols(request)
    .find((protocol) => protocol.startsWith(TOKEN_PROTOCOL))
    ?.slice(TOKEN_PROTOCOL.length);
}

export function parseProtocols(request: IncomingMessage): string[] {
  const given = request.headers["sec-websocket-protocol"] ?? "";
  return given
    .split(",")
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== "");
}

export function findCookie(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
