import { makeProblem, PROBLEM_MEDIA_TYPE } from "../contract/problem.ts";
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** What a door says instead of letting a request in. */
export interface Refusal {
  status: number;
  code: string;
  detail: string;
  next?: string;
  headers?: Readonly<Record<string, string>>;
}

/** A refusal as a document, in the form in which the API answers its errors. */
export function refusalBody({ status, code, detail, next }: Refusal): string {
  return JSON.stringify(makeProblem(code, { detail, next, status }));
}

/** Answers a refusal. What is left of the request is not read. */
export function refuse(response: ServerResponse, refusal: Refusal, headers: Readonly<Record<string, string>>): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = refusalBody(refusal);
  const isUnread = !response.req.complete;
  response.writeHead(refusal.status, {
    ...headers,
    ...refusal.headers,
    "content-type": PROBLEM_MEDIA_TYPE,
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(body),
    ...(isUnread ? { connection: "close" } : {}),
  });
  response.end(response.req.method === "HEAD" ? "" : body);
}

/** The same on a bare connection, for a WebSocket that is not taken in. */
export function refuseOnSocket(socket: Duplex, headers: Readonly<Record<string, string>>, refusal: Refusal): void {
  const body = refusalBody(refusal);
  const lines = Object.entries({
    ...headers,
    ...refusal.headers,
    "content-type": PROBLEM_MEDIA_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? "Refused"}`;
  socket.end([status, ...lines, "", body].join("\r\n"), () => socket.destroy());
}
