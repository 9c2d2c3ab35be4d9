/** The control plane inside the gateway. Wiring only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Worker } from "node:worker_threads";
import { version } from "../../registry-helper/internal.ts";
import { MOUNT, type HttpMount } from "../host/register/register-http-routes.ts";
import { gatewayAuthenticator } from "./auth/authenticator.ts";
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

/** Answers below `/plugins/clawtask`. Its desk begins with the first request; no file is touched on this thread. */
export class GatewayMount implements HttpMount {
  private readonly worker: ApiWorkerClient;
  private readonly broadcaster: ChangeBroadcaster;
  private readonly runs: RunStateStreams;
  private handler: RequestHandler;

  constructor(options: GatewayMountOptions) {
    const { root, startWorker, problem, now = Date.now } = options;
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
    const createHandler = (page: StaticFiles | undefined): RequestHandler =>
      new RequestHandler({
        mounts: [MOUNT],
        worker: this.worker,
        streams: new StreamRoutes({ broadcaster: this.broadcaster, runs: this.runs }),
        authenticator: gatewayAuthenticator,
        check: ({ headers }, { isUnsafe }) => (isUnsafe ? checkSameOrigin(headers) : undefined),
        framing: "framed",
        page,
        onCommand: (path) => {
          options.onWrite();
          const runId = CONTROL_PATH.exec(path)?.[1];
          if (runId !== undefined) options.onControl(decodeURIComponent(runId));
        },
        problem,
      });
    this.handler = createHandler(undefined);
    options.page
      .then((page) => (this.handler = createHandler(page)))
      .catch((error: unknown) => problem(`dashboard: ${String(error)}`));
  }

  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.handler.handle(request, response);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.handler.upgrade(request, socket, head);
  }

  async stop(): Promise<void> {
    this.broadcaster.stop();
    this.runs.stop();
    await this.worker.stop();
  }
}
