import type { IncomingHttpHeaders } from "node:http";
import type { HttpError } from "../http/error-response.ts";
import type { CredentialKind } from "./authenticator.ts";

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
