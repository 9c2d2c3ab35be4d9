/** The control plane inside the gateway. Wiring only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Worker } from "node:worker_threads";
import { version } from "../../registry-helper/index.ts";
import { MOUNT, type MountedDoor } from "../host/register/register-http-routes.ts";
import type { CommandLine } from "../commands/run-command.ts";
import { gatewayKeeper } from "./auth/gateway-authenticator.ts";
import { DeskClient } from "./worker/worker-client.ts";
import type { DeskSetup } from "./worker/messages.ts";
import { refuseForeignOrigin } from "./http/check-origin.ts";
import { Door } from "./request-handler.ts";
import type { StaticFiles } from "./http/static-files.ts";
import { RunStreams } from "./stream/run-state-streams.ts";
import { StreamDoor } from "./stream/stream-routes.ts";
import { StreamHub } from "./stream/change-broadcaster.ts";

export interface GatewayMountOptions {
  root: string;
  startWorker: (setup: DeskSetup) => Worker;
  /** All that changes the registry goes through the recorder, as in conversations. */
  commandLine: CommandLine;
  /** A person steered this run. */
  steered: (runId: string) => void;
  host: () => { version: string | null; connected: boolean };
  /** Read in the background: until it is there, the API answers alone. */
  page: Promise<StaticFiles | undefined>;
  problem: (message: string) => void;
  now?: () => number;
}

const STEERED = /^\/api\/runs\/([^/]+)\/actions\//;

/** Answers below `/plugins/clawtask`. Its desk begins with the first request; no file is touched on this thread. */
export class GatewayMount implements MountedDoor {
  private readonly desk: DeskClient;
  private readonly hub: StreamHub;
  private readonly runs: RunStreams;
  private door: Door;

  constructor(options: GatewayMountOptions) {
    const { root, startWorker, commandLine, problem, now = Date.now } = options;
    const startedAt = new Date(now()).toISOString();
    this.desk = new DeskClient({
      root,
      startWorker,
      commandLine,
      problem,
      facts: () => ({
        version,
        startedAt,
        host: options.host(),
        streams: { clients: this.hub.size + this.runs.size, dropped: this.hub.dropped },
        memoryBytes: process.memoryUsage.rss(),
      }),
    });
    this.hub = new StreamHub({ desk: this.desk, now, problem });
    this.runs = new RunStreams({ desk: this.desk, problem });
    const doorWith = (page: StaticFiles | undefined): Door =>
      new Door({
        mounts: [MOUNT],
        desk: this.desk,
        streams: new StreamDoor({ hub: this.hub, runs: this.runs }),
        gatekeeper: gatewayKeeper,
        check: ({ headers }, { isDecisive }) => (isDecisive ? refuseForeignOrigin(headers) : undefined),
        framing: "framed",
        page,
        acted: (path) => {
          const runId = STEERED.exec(path)?.[1];
          if (runId !== undefined) options.steered(decodeURIComponent(runId));
        },
        problem,
      });
    this.door = doorWith(undefined);
    options.page
      .then((page) => (this.door = doorWith(page)))
      .catch((error: unknown) => problem(`dashboard: ${String(error)}`));
  }

  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.door.handle(request, response);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.door.upgrade(request, socket, head);
  }

  async stop(): Promise<void> {
    this.hub.stop();
    this.runs.stop();
    await this.desk.stop();
  }
}
