import type { ServerOptions } from "node:http";
import type { Duplex } from "node:stream";
import { sendSocketError, type HttpError } from "./error-response.ts";

/** Where the pages may be shown: on their own, or in a frame of the host's Control UI. */
export type Framing = "alone" | "framed";

/**
 * Headers of every answer. No script but our own files, nothing from elsewhere, no form, no frame but the host's; what a
 * browser would guess about content it is told not to.
 */
export function securityHeaders(framing: Framing): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src blob:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${framing === "framed" ? "'self'" : "'none'"}`,
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    ...(framing === "framed" ? {} : { "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin" }),
  };
}

/** For a file of the page: a sandboxed frame has an origin of its own, so that our own files are foreign to it. */
export const FRAMED_FILE_HEADERS = { "cross-origin-resource-policy": "cross-origin" };

/**
 * The same for pages that are not ours (`--ui`): such a page may have styles and scripts in itself, which our policy
 * would stop. It may load nothing from elsewhere either.
 */
export function customUiHeaders(): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { ...securityHeaders("alone"), "content-security-policy": policy.join("; ") };
}

/** What a connection may take of the server: bytes of headers, and time. */
export const SERVER_LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  requireHostHeader: true,
  insecureHTTPParser: false,
};

/** Answers what never became a request: malformed, too long or too slow. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  sendSocketError(socket, securityHeaders("alone"), toHttpError(error.code));
}

function toHttpError(code: string | undefined): HttpError {
  if (code === "HPE_HEADER_OVERFLOW")
    return { status: 431, code: "headers_too_large", detail: "the headers are too large" };
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return { status: 408, code: "request_too_slow", detail: "the request did not come in time" };
  return { status: 400, code: "request_malformed", detail: "this is no valid HTTP request" };
}
