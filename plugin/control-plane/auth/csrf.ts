import type { Proof } from "./authenticator.ts";
import type { IncomingHttpHeaders } from "node:http";
import type { Refusal } from "../http/error-response.ts";

/** A browser sends a cookie along for whatever page asks: with it, what is decisive has to say that the page is ours. */
export function refuseNameless(
  { by }: { by: Proof },
  headers: IncomingHttpHeaders,
  isDecisive: boolean,
): Refusal | undefined {
  const isNamed = headers.origin !== undefined || headers["sec-fetch-site"] === "same-origin";
  if (by !== "cookie" || !isDecisive || isNamed) return undefined;
  return { status: 403, code: "origin_refused", detail: "what comes with a cookie has to name its origin" };
}
