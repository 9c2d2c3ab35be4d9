import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Remedy } from "../../../registry-helper/internal.ts";
import { makeProblem, PROBLEM_MEDIA_TYPE } from "../contract/problem.ts";

/** What the server answers instead of letting a request in. */
export interface HttpError {
  status: number;
  code: string;
  detail: string;
  remedy?: Remedy;
  headers?: Readonly<Record<string, string>>;
}

/** A refusal as a document, in the form in which the API answers its errors. */
export function errorBody({ status, code, detail, remedy }: HttpError): string {
  return JSON.stringify(makeProblem(code, { detail, remedy, status }));
}

/** Answers a refusal. What is left of the request is not read. */
export function sendError(
  response: ServerResponse,
  httpError: HttpError,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = errorBody(httpError);
  const isUnread = !response.req.complete;
  response.writeHead(httpError.status, {
    ...headers,
    ...httpError.headers,
    "content-type": PROBLEM_MEDIA_TYPE,
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(body),
    ...(isUnread ? { connection: "close" } : {}),
  });
  response.end(response.req.method === "HEAD" ? "" : body);
}

/** The same on a bare connection, for a WebSocket that is not taken in. */
export function sendSocketError(socket: Duplex, headers: Readonly<Record<string, string>>, httpError: HttpError): void {
  const body = errorBody(httpError);
  const lines = Object.entries({
    ...headers,
    ...httpError.headers,
    "content-type": PROBLEM_MEDIA_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${httpError.status} ${STATUS_CODES[httpError.status] ?? "Refused"}`;
  socket.end([status, ...lines, "", body].join("\r\n"), () => socket.destroy());
}
