import type { ServerOptions } from "node:http";
import type { Duplex } from "node:stream";
import { sendSocketError, type HttpError } from "./error-response.ts";
import { securityHeaders } from "./security-headers.ts";

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
