/** The control plane inside the gateway. Wiring only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Worker } from "node:worker_threads";
import { type ThreadStatus, version } from "../../registry-helper/internal.ts";
import type { GatewayAccess } from "../host/gateway-access.ts";
import { FRAME_MOUNT, MOUNT, type HttpMount } from "../host/register/register-http-routes.ts";
import { FRAME_KEY_HEADER, FrameKeys } from "./auth/frame-keys.ts";
import { GatewayAuthenticator } from "./auth/gateway-authenticator.ts";
import { checkSameOrigin } from "./http/check-origin.ts";
import type { StaticFiles } from "./http/static-files.ts";
import { RequestHandler } from "./request-handler.ts";
import { ChangeBroadcaster } from "./stream/change-broadcaster.ts";
import { RunStateStreams } from "./stream/run-state-streams.ts";
import { StreamRoutes } from "./stream/stream-routes.ts";
import type { ApiWorkerSetup } from "./worker/messages.ts";
import { ApiWorkerClient } from "./worker/worker-client.ts";

export interface GatewayMountOptions {
  root: string;
  startWorker: (setup: ApiWorkerSetup) => Worker;
  /** The registry was changed by a request: the recorder acts on it without waiting for its next poll. */
  onWrite: () => void;
  /** A person controlled this run. */
  onControl: (runId: string) => void;
  host: () => { version: string | null; connected: boolean };
  /** Read in the background: until it is there, the API answers alone. */
  page: Promise<StaticFiles | undefined>;
  problem: (message: string) => void;
  now?: () => number;
}

const CONTROL_PATH = /^\/api\/runs\/([^/]+)\/actions\//;

/** Answers below `/plugins/clawtask`. Its API worker begins with the first request; no file is touched on this thread. */
export class GatewayMount implements HttpMount {
  private readonly worker: ApiWorkerClient;
  private readonly broadcaster: ChangeBroadcaster;
  private readonly runs: RunStateStreams;
  private readonly authenticator = new GatewayAuthenticator();
  private readonly frameKeys: FrameKeys;
  private handler: RequestHandler;
  private frameHandler: RequestHandler;
  /** Settles when the page can be shown, or is known not to be there. */
  private readonly pageRead: Promise<void>;

  constructor(options: GatewayMountOptions) {
    const { root, startWorker, problem, now = Date.now } = options;
    this.frameKeys = new FrameKeys(now);
    const startedAt = new Date(now()).toISOString();
    this.worker = new ApiWorkerClient({
      root,
      startWorker,
      problem,
      facts: () => ({
        version,
        startedAt,
        host: options.host(),
        streams: { clients: this.broadcaster.size + this.runs.size, dropped: this.broadcaster.dropped },
        memoryBytes: process.memoryUsage.rss(),
      }),
    });
    this.broadcaster = new ChangeBroadcaster({ worker: this.worker, now, problem });
    this.runs = new RunStateStreams({ worker: this.worker, problem });
    const common = {
      worker: this.worker,
      streams: new StreamRoutes({ broadcaster: this.broadcaster, runs: this.runs }),
      framing: "framed",
      problem,
    } as const;
    const createHandler = (page: StaticFiles | undefined): RequestHandler =>
      new RequestHandler({
        ...common,
        mounts: [MOUNT],
        authenticator: this.authenticator,
        check: ({ headers }, about) => checkSameOrigin({ headers, ...about }),
        page,
        renderDocument: (raw, html) => this.renderDocument(raw, html),
        onCommand: (path) => {
          options.onWrite();
          const runId = CONTROL_PATH.exec(path)?.[1];
          if (runId !== undefined) options.onControl(decodeURIComponent(runId));
        },
      });
    const createFrameHandler = (page: StaticFiles | undefined): RequestHandler =>
      new RequestHandler({
        ...common,
        mounts: [FRAME_MOUNT],
        authenticator: this.frameKeys,
        check: () => undefined,
        page,
        crossOriginHeaders: formatFrameHeaders,
      });
    this.handler = createHandler(undefined);
    this.frameHandler = createFrameHandler(undefined);
    this.pageRead = options.page
      .then((page) => {
        this.handler = createHandler(page);
        this.frameHandler = createFrameHandler(page);
      })
      .catch((error: unknown) => problem(`dashboard: ${String(error)}`));
  }

  /** How its thread stands. */
  get threadStatus(): ThreadStatus {
    return this.worker.status;
  }

  async handle(request: IncomingMessage, response: ServerResponse, access: GatewayAccess): Promise<void> {
    this.authenticator.admit(request, access);
    // Data does not wait for the page; the page would be "not there" right after a start.
    if (request.url?.startsWith(`${MOUNT}/api/`) !== true) await this.pageRead;
    return this.handler.handle(request, response);
  }

  upgrade(request: IncomingMessage, socket: Duplex, { head, access }: { head: Buffer; access: GatewayAccess }): void {
    this.authenticator.admit(request, access);
    this.handler.upgrade(request, socket, head);
  }

  async handleFrame(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "OPTIONS") {
      if (request.url?.startsWith(`${FRAME_MOUNT}/api/`) !== true) await this.pageRead;
      return this.frameHandler.handle(request, response);
    }
    // The question of a browser whether the page may send its key; it is asked without one.
    response.writeHead(204, {
      ...formatFrameHeaders(request),
      "access-control-allow-methods": "GET, HEAD",
      "access-control-allow-headers": FRAME_KEY_HEADER,
      "access-control-max-age": "7200",
    });
    response.end();
  }

  /** The page for whoever may read, with the key by which it reads in a frame. */
  private renderDocument(raw: IncomingMessage, html: string): string | undefined {
    const auth = this.authenticator.authenticate(raw);
    if ("failure" in auth || raw.method !== "GET") return undefined;
    const base = `../${FRAME_MOUNT.split("/").at(-1) ?? ""}/`;
    const key = `<meta name="clawtask-frame" content="${this.frameKeys.issue(auth.caller)}" data-base="${base}" />`;
    return html.replace("</head>", `${key}</head>`);
  }

  async stop(): Promise<void> {
    this.broadcaster.stop();
    this.runs.stop();
    await this.worker.stop();
  }
}

/** The frame's page has the origin `null`, as any sandboxed page has: it is let read, and given no credentials. */
function formatFrameHeaders({ headers }: IncomingMessage): Record<string, string> {
  return headers.origin === "null" ? { "access-control-allow-origin": "null", vary: "origin" } : { vary: "origin" };
}
