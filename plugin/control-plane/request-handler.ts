import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WorkerUnavailable } from "../worker/supervised-worker.ts";
import { type Authenticator, requireOriginForCookies, unauthorized } from "./auth/authenticator.ts";
import type { Caller, ApiRequest } from "./handlers/context.ts";
import { type HttpError, sendError, sendSocketError } from "./http/error-response.ts";
import { type MountedRequest, resolveMount, splitUrl } from "./http/mount-path.ts";
import { readBody } from "./http/read-body.ts";
import { customUiHeaders, FRAMED_FILE_HEADERS, securityHeaders } from "./http/security-headers.ts";
import type { StaticFiles } from "./http/static-files.ts";
import type { StreamRoutes } from "./stream/stream-routes.ts";
import type { ApiWorkerClient } from "./worker/worker-client.ts";

export interface RequestHandlerOptions {
  /** Paths under which the API and our page are, such as "" or "/plugins/clawtask". */
  mounts: readonly string[];
  worker: ApiWorkerClient;
  streams: StreamRoutes;
  authenticator: Authenticator;
  /** Refuses what comes from where nothing is taken; undefined lets it in. */
  check: (request: IncomingMessage, about: { isUnsafe: boolean; isStatic: boolean }) => HttpError | undefined;
  framing: "alone" | "framed";
  /** Our page, below a mount. */
  page?: StaticFiles | undefined;
  /** The document of our page for whoever asks; undefined: as it was built. */
  renderDocument?: (raw: IncomingMessage, html: string) => string | undefined;
  /** Headers by which a page of another origin may read answers. Such pages are never given credentials. */
  crossOriginHeaders?: (raw: IncomingMessage) => Record<string, string>;
  /** A page of somebody else at `/`. */
  customUi?: StaticFiles | undefined;
  /** Answers what only this kind of server has, such as the exchange of links. */
  extraRoutes?: (
    request: MountedRequest,
    response: ServerResponse,
    headers: Record<string, string>,
  ) => Promise<boolean>;
  /** Told of every command that was carried out, by its path below the mount. */
  onCommand?: (path: string) => void;
  problem: (message: string) => void;
  bodyTimeoutMs?: number;
}

const READ_METHODS = ["GET", "HEAD"];

const ALLOWED_METHODS = [...READ_METHODS, "POST", "DELETE"];

/** Headers that the application looks at. */
const FORWARDED_HEADERS = ["if-match", "idempotency-key", "accept"];

/** What stands between sockets and the application: who may come in, with what, and how answers look. */
export class RequestHandler {
  private readonly options: RequestHandlerOptions;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(options: RequestHandlerOptions) {
    this.options = options;
    this.headers = securityHeaders(options.framing);
  }

  /** Answers a request. Never throws. */
  async handle(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = { ...this.headers, ...this.options.crossOriginHeaders?.(raw) };
    try {
      const httpError = await this.answer(raw, response, headers);
      if (httpError !== undefined) sendError(response, httpError, headers);
    } catch (error) {
      if (!(error instanceof WorkerUnavailable)) {
        this.options.problem(error instanceof Error ? (error.stack ?? error.message) : String(error));
        sendError(response, { status: 500, code: "internal", detail: "the server failed; its log says why" }, headers);
      } else sendError(response, unavailable(error), headers);
    }
  }

  /** Takes a WebSocket in, or says on the bare connection why not. */
  upgrade(raw: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Whoever is gone by the time that it is answered is no problem of ours.
    socket.on("error", () => socket.destroy());
    const request = resolveMount(raw, this.options.mounts);
    const httpError = this.options.check(raw, { isUnsafe: true, isStatic: false });
    const auth = this.options.authenticator.authenticate(raw);
    if (httpError !== undefined) return sendSocketError(socket, this.headers, httpError);
    if ("failure" in auth) return sendSocketError(socket, this.headers, unauthorized(auth));
    const originError = requireOriginForCookies(auth, raw.headers, true);
    if (originError !== undefined) return sendSocketError(socket, this.headers, originError);
    if (request !== undefined && this.options.streams.upgrade(request, { socket, head })) return;
    sendSocketError(socket, this.headers, { status: 404, code: "route_not_found", detail: "there is no such stream" });
  }

  private async answer(
    raw: IncomingMessage,
    response: ServerResponse,
    headers: Record<string, string>,
  ): Promise<HttpError | undefined> {
    const method = raw.method ?? "";
    const request = resolveMount(raw, this.options.mounts);
    const isReading = READ_METHODS.includes(method);
    const isApi = request !== undefined && isApiPath(request.path);
    const httpError = this.options.check(raw, { isUnsafe: !isReading, isStatic: !isApi });
    if (httpError !== undefined) return httpError;
    if (!ALLOWED_METHODS.includes(method))
      return {
        status: 405,
        code: "method_not_allowed",
        detail: `${method} is not used here`,
        headers: { allow: ALLOWED_METHODS.join(", ") },
      };
    if (request !== undefined && (await this.options.extraRoutes?.(request, response, headers)) === true)
      return undefined;
    if (!isApi || request === undefined) return this.page(raw, request, response, headers);

    const auth = this.options.authenticator.authenticate(raw);
    if ("failure" in auth) return unauthorized(auth);
    // A browser sends a cookie along with whatever page asked: for that it has to say that the page is ours.
    const originError = requireOriginForCookies(auth, raw.headers, !isReading);
    if (originError !== undefined) return originError;
    if (this.options.streams.serveEvents(request, response, headers)) return undefined;
    return this.forwardToWorker(request, response, { caller: auth.caller, headers });
  }

  private async forwardToWorker(
    { raw, path, query }: MountedRequest,
    response: ServerResponse,
    { caller, headers }: { caller: Caller; headers: Record<string, string> },
  ): Promise<HttpError | undefined> {
    const body = await readBody(raw, this.options.bodyTimeoutMs);
    if ("httpError" in body) return body.httpError;
    const answer = await this.options.worker.request({
      method: raw.method as ApiRequest["method"],
      path,
      query,
      headers: pickForwardedHeaders(raw),
      bodyText: body.text,
      caller,
    });
    if (!READ_METHODS.includes(raw.method ?? "") && answer.status < 300) this.options.onCommand?.(path);
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
    request: MountedRequest | undefined,
    response: ServerResponse,
    headers: Record<string, string>,
  ): HttpError | undefined {
    const { page, customUi, framing, renderDocument } = this.options;
    const { path: fullPath } = splitUrl(raw.url ?? "");
    if (READ_METHODS.includes(raw.method ?? "")) {
      const own = request !== undefined && (customUi === undefined || request.mount !== "") ? request : undefined;
      if (own?.path === "" && page?.has("/") === true) {
        // Files of a page are named relative to its folder.
        response.writeHead(308, { ...headers, location: `${own.mount.split("/").at(-1) ?? ""}/` }).end();
        return undefined;
      }
      const document = own?.path === "/" || own?.path === "/index.html" ? page?.read("/") : undefined;
      const rendered = document === undefined ? undefined : renderDocument?.(raw, document);
      if (rendered !== undefined) {
        sendDocument(response, rendered, headers);
        return undefined;
      }
      const fileHeaders = framing === "framed" ? { ...headers, ...FRAMED_FILE_HEADERS } : headers;
      if (own !== undefined && page?.serve(raw, response, own.path, fileHeaders) === true) return undefined;
      if (customUi?.serve(raw, response, fullPath, { ...headers, ...customUiHeaders() }) === true) return undefined;
    }
    return { status: 404, code: "route_not_found", detail: "there is nothing here" };
  }
}

function isApiPath(path: string): boolean {
  return path === "/api" || path.startsWith("/api/") || path === "/metrics";
}

function pickForwardedHeaders(raw: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    FORWARDED_HEADERS.flatMap((name) => {
      const value = raw.headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

/** A document that is made for one page: nobody keeps it. */
function sendDocument(response: ServerResponse, html: string, headers: Record<string, string>): void {
  const body = Buffer.from(html);
  response.writeHead(200, {
    ...headers,
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-length": body.length,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

export function unavailable({ isLate, message }: WorkerUnavailable): HttpError {
  return isLate
    ? { status: 504, code: "too_slow", detail: message, remedy: { hint: "ask again" } }
    : {
        status: 503,
        code: "unavailable",
        detail: message,
        remedy: { hint: "ask again" },
        headers: { "retry-after": "1" },
      };
}
