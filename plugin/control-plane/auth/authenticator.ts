import type { IncomingMessage, IncomingHttpHeaders } from "node:http";
import type { Caller } from "../handlers/context.ts";
import type { HttpError } from "../http/error-response.ts";

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

/** A browser sends a cookie along for whatever page asks: with it, what is decisive has to say that the page is ours. */
export function requireOriginForCookies(
  { by }: { by: CredentialKind },
  headers: IncomingHttpHeaders,
  isUnsafe: boolean,
): HttpError | undefined {
  const isNamed = headers.origin !== undefined || headers["sec-fetch-site"] === "same-origin";
  if (by !== "cookie" || !isUnsafe || isNamed) return undefined;
  return { status: 403, code: "origin_refused", detail: "what comes with a cookie has to name its origin" };
}

export function unauthorized(auth: Extract<AuthResult, { failure: string }>): HttpError {
  const isWrong = auth.failure === "wrong_token";
  return {
    status: 401,
    code: "unauthorized",
    detail: isWrong ? "the token is not valid" : "a token is needed",
    remedy: { hint: "open the link that clawtask serve printed, or send the token as Authorization: Bearer" },
    headers: { "www-authenticate": 'Bearer realm="clawtask"' },
  };
}
