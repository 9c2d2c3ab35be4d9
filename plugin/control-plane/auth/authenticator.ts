import type { IncomingMessage, IncomingHttpHeaders } from "node:http";
import type { Caller } from "../handlers/context.ts";
import type { HttpError } from "../http/error-response.ts";

/** Who asks, or that nobody with a right to does. */
export type AuthResult = { caller: Caller; by: CredentialKind } | { failure: AuthFailure };
export type AuthFailure = "no_token" | "wrong_token" | "no_scope";

/**
 * How somebody proved their right: a token, a cookie (which a browser sends whoever wrote the page that asks), what the
 * gateway has decided, or the key in the page of the Control UI's frame.
 */
export type CredentialKind = "token" | "cookie" | "gateway" | "frame";

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
  if (auth.failure === "no_scope")
    return {
      status: 403,
      code: "scope_missing",
      detail: "the gateway does not let this caller read",
      remedy: { hint: "ask the operator of the gateway for a role with operator.read" },
    };
  const isWrong = auth.failure === "wrong_token";
  return {
    status: 401,
    code: "unauthorized",
    detail: isWrong ? "the token is not valid" : "a token is needed",
    remedy: { hint: "open the link that clawtask serve printed, or send the token as Authorization: Bearer" },
    headers: { "www-authenticate": 'Bearer realm="clawtask"' },
  };
}
