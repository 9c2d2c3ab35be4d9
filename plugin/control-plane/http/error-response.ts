import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Access } from "../auth/authenticator.ts";
import type { DeskUnavailable } from "../worker/worker-client.ts";
import { makeProblem, PROBLEM_MEDIA_TYPE } from "../contract/problem.ts";

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

export function unauthorized(access: Extract<Access, { refused: string }>): Refusal {
  const isWrong = access.refused === "wrong_token";
  return {
    status: 401,
    code: "unauthorized",
    detail: isWrong ? "the token is not valid" : "a token is needed",
    next: "open the link that clawtask serve printed, or send the token as Authorization: Bearer",
    headers: { "www-authenticate": 'Bearer realm="clawtask"' },
  };
}

export function unavailable({ isLate, message }: DeskUnavailable): Refusal {
  return isLate
    ? { status: 504, code: "too_slow", detail: message, next: "ask again" }
    : { status: 503, code: "unavailable", detail: message, next: "ask again", headers: { "retry-after": "1" } };
}
