import { type DeskClient, DeskUnavailable } from "./worker/worker-client.ts";
import type { StreamDoor } from "./stream/stream-routes.ts";
import type { Gatekeeper } from "./auth/authenticator.ts";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Refusal, refuse, refuseOnSocket } from "./http/error-response.ts";
import type { StaticFiles } from "./http/static-files.ts";
import { type DoorRequest, locate, splitAddress } from "./http/mount-path.ts";
import { securityHeaders, guestHeaders } from "./http/security-headers.ts";
import type { Duplex } from "node:stream";
import { unauthorized } from "./auth/unauthorized.ts";
import { refuseNameless } from "./auth/csrf.ts";
import type { Caller, ApiRequest } from "./handlers/context.ts";
import { readBody } from "./http/read-body.ts";

export interface DoorOptions {
  /** Paths under which the API and our page are, such as "" or "/plugins/clawtask". */
  mounts: readonly string[];
  desk: DeskClient;
  streams: StreamDoor;
  gatekeeper: Gatekeeper;
  /** Refuses what comes from where nothing is taken; undefined lets it in. */
  check: (request: IncomingMessage, about: { isDecisive: boolean; isStatic: boolean }) => Refusal | undefined;
  framing: "alone" | "framed";
  /** Our page, below a mount. */
  page?: StaticFiles | undefined;
  /** A page of somebody else at `/`. */
  guest?: StaticFiles | undefined;
  /** Answers what only this kind of server has, such as the exchange of links. */
  extra?: (request: DoorRequest, response: ServerResponse, headers: Record<string, string>) => Promise<boolean>;
  /** Told of every command that was carried out, by its path below the mount. */
  acted?: (path: string) => void;
  problem: (message: string) => void;
  bodyWaitMs?: number;
}

const READING = ["GET", "HEAD"];

const METHODS = [...READING, "POST", "DELETE"];

/** Headers that the application looks at. */
const PASSED_HEADERS = ["if-match", "idempotency-key", "accept"];

/** What stands between sockets and the application: who may come in, with what, and how answers look. */
export class Door {
  private readonly options: DoorOptions;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(options: DoorOptions) {
    this.options = options;
    this.headers = securityHeaders(options.framing);
  }

  /** Answers a request. Never throws. */
  async handle(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = { ...this.headers };
    try {
      const refusal = await this.answer(raw, response, headers);
      if (refusal !== undefined) refuse(response, refusal, headers);
    } catch (error) {
      if (!(error instanceof DeskUnavailable)) {
        this.options.problem(error instanceof Error ? (error.stack ?? error.message) : String(error));
        refuse(response, { status: 500, code: "internal", detail: "the server failed; its log says why" }, headers);
      } else refuse(response, unavailable(error), headers);
    }
  }

  /** Takes a WebSocket in, or says on the bare connection why not. */
  upgrade(raw: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Whoever is gone by the time that it is answered is no problem of ours.
    socket.on("error", () => socket.destroy());
    const request = locate(raw, this.options.mounts);
    const refusal = this.options.check(raw, { isDecisive: true, isStatic: false });
    const access = this.options.gatekeeper.admit(raw);
    if (refusal !== undefined) return refuseOnSocket(socket, this.headers, refusal);
    if ("refused" in access) return refuseOnSocket(socket, this.headers, unauthorized(access));
    const nameless = refuseNameless(access, raw.headers, true);
    if (nameless !== undefined) return refuseOnSocket(socket, this.headers, nameless);
    if (request !== undefined && this.options.streams.upgrade(request, { socket, head })) return;
    refuseOnSocket(socket, this.headers, { status: 404, code: "route_not_found", detail: "there is no such stream" });
  }

  private async answer(
    raw: IncomingMessage,
    response: ServerResponse,
    headers: Record<string, string>,
  ): Promise<Refusal | undefined> {
    const method = raw.method ?? "";
    const request = locate(raw, this.options.mounts);
    const isReading = READING.includes(method);
    const isApi = request !== undefined && isApiPath(request.path);
    const refusal = this.options.check(raw, { isDecisive: !isReading, isStatic: !isApi });
    if (refusal !== undefined) return refusal;
    if (!METHODS.includes(method))
      return {
        status: 405,
        code: "method_not_allowed",
        detail: `${method} is not used here`,
        headers: { allow: METHODS.join(", ") },
      };
    if (request !== undefined && (await this.options.extra?.(request, response, headers)) === true) return undefined;
    if (!isApi || request === undefined) return this.page(raw, request, response, headers);

    const access = this.options.gatekeeper.admit(raw);
    if ("refused" in access) return unauthorized(access);
    // A browser sends a cookie along with whatever page asked: for that it has to say that the page is ours.
    const nameless = refuseNameless(access, raw.headers, !isReading);
    if (nameless !== undefined) return nameless;
    if (access.by === "frame") Object.assign(headers, frameHeaders(raw));
    if (this.options.streams.serveEvents(request, response, headers)) return undefined;
    return this.ask(request, response, { caller: access.caller, headers });
  }

  private async ask(
    { raw, path, query }: DoorRequest,
    response: ServerResponse,
    { caller, headers }: { caller: Caller; headers: Record<string, string> },
  ): Promise<Refusal | undefined> {
    const body = await readBody(raw, this.options.bodyWaitMs);
    if ("refusal" in body) return body.refusal;
    const answer = await this.options.desk.request({
      method: raw.method as ApiRequest["method"],
      path,
      query,
      headers: passedHeaders(raw),
      bodyText: body.text,
      caller,
    });
    if (!READING.includes(raw.method ?? "") && answer.status < 300) this.options.acted?.(path);
    const bytes = Buffer.from(answer.body);
    response.writeHead(answer.status, {
      "cache-control": "no-store",
      ...answer.headers,
      ...headers,
      ...(raw.method === "HEAD" ? {} : { "content-length": bytes.length }),
    });
    response.end(bytes);
    return undefined;
  }

  private page(
    raw: IncomingMessage,
    request: DoorRequest | undefined,
    response: ServerResponse,
    headers: Record<string, string>,
  ): Refusal | undefined {
    const { page, guest, framing } = this.options;
    if (framing === "framed") Object.assign(headers, frameHeaders(raw));
    const { path: whole } = splitAddress(raw.url ?? "");
    if (READING.includes(raw.method ?? "")) {
      const own = request !== undefined && (guest === undefined || request.mount !== "") ? request : undefined;
      if (own?.path === "" && page?.has("/") === true) {
        // Files of a page are named relative to its folder.
        response.writeHead(308, { ...headers, location: `${own.mount.split("/").at(-1) ?? ""}/` }).end();
        return undefined;
      }
      if (own !== undefined && page?.serve(raw, response, own.path, headers) === true) return undefined;
      if (guest?.serve(raw, response, whole, { ...headers, ...guestHeaders() }) === true) return undefined;
    }
    return { status: 404, code: "route_not_found", detail: "there is nothing here" };
  }
}

function isApiPath(path: string): boolean {
  return path === "/api" || path.startsWith("/api/") || path === "/metrics";
}

function passedHeaders(raw: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    PASSED_HEADERS.flatMap((name) => {
      const value = raw.headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

/** The frame's origin is opaque, so that even our own page needs leave to read our answers. */
function frameHeaders(raw: IncomingMessage): Record<string, string> {
  if (raw.headers.origin !== "null") return { vary: "origin" };
  return { "access-control-allow-origin": "null", "access-control-allow-credentials": "true", vary: "origin" };
}

export function unavailable({ isLate, message }: DeskUnavailable): Refusal {
  return isLate
    ? { status: 504, code: "too_slow", detail: message, next: "ask again" }
    : { status: 503, code: "unavailable", detail: message, next: "ask again", headers: { "retry-after": "1" } };
}
