/** The control plane as a server of its own: `clawtask serve`. Wiring only. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Worker } from "node:worker_threads";
import { version } from "../../registry-helper/index.ts";
import { answerLinkRoutes, type Links, OPEN_PATH } from "./auth/login-routes.ts";
import { openToken } from "./auth/token-file.ts";
import { TokenKeeper } from "./auth/token-authenticator.ts";
import { TokenWatch } from "./auth/token-watcher.ts";
import { DeskClient } from "./worker/worker-client.ts";
import type { DeskSetup } from "./worker/messages.ts";
import { loopbackRules, refuseOrigin } from "./http/check-origin.ts";
import { Door } from "./request-handler.ts";
import { answerBrokenRequest, SERVER_LIMITS } from "./http/server-limits.ts";
import type { StaticFiles } from "./http/static-files.ts";
import { RunStreams } from "./stream/run-state-streams.ts";
import { StreamDoor } from "./stream/stream-routes.ts";
import { StreamHub } from "./stream/change-broadcaster.ts";

/** Where the server is unless told otherwise. */
export const DEFAULT_PORT = 7433;
/** How long running answers may take when the server stops, in milliseconds. */
const STOP_WAIT_MS = 2_000;

export interface ServeOptions {
  root: string;
  /** 0: the system chooses. */
  port: number;
  host: string;
  /** Further values of `Host` under which the server answers. */
  allowHosts: readonly string[];
  isReadOnly: boolean;
  rotateToken: boolean;
  page: StaticFiles | undefined;
  /** A page of somebody else, such as OpenTask's, that is shown at `/`; ours is at `/clawtask/` then. */
  guest: StaticFiles | undefined;
  startWorker: (setup: DeskSetup) => Worker;
  problem: (message: string) => void;
  now?: () => number;
  heartbeatMs?: number;
  mostWaitingBytes?: number;
  slowAfterMs?: number;
  bodyWaitMs?: number;
}

export interface RunningServer extends Links {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** Serves a registry. Reads and tells; no work begins by it. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { root, problem, guest, now = Date.now } = options;
  const token = await openToken(root, { rotate: options.rotateToken });
  const server = createServer(SERVER_LIMITS);
  const port = await listen(server, options);
  // From here on nothing is waited for: whoever connects finds the door in its place.
  const startedAt = new Date(now()).toISOString();
  const keeper = new TokenKeeper({
    token,
    isReadOnly: options.isReadOnly,
    ...(guest === undefined ? {} : { cookieName: `clawtask_${port}` }),
    now,
  });
  const desk = new DeskClient({
    root,
    startWorker: options.startWorker,
    problem,
    facts: () => ({
      version,
      startedAt,
      streams: { clients: hub.size + runs.size, dropped: hub.dropped },
      memoryBytes: process.memoryUsage.rss(),
    }),
  });
  const hub: StreamHub = new StreamHub({ ...options, desk, now, problem });
  const runs: RunStreams = new RunStreams({ ...options, desk, problem });
  const tokens = new TokenWatch(root, {
    changed: (other) => {
      keeper.rotate(other);
      hub.dropAll("unauthorized");
      runs.dropAll("unauthorized");
    },
    problem,
  });

  const url = urlOf(options, port);
  const base = guest === undefined ? url : `${url}clawtask/`;
  const makeLinks = (): Links => ({
    link: `${base}#link=${keeper.links.make()}`,
    guestLink: guest === undefined ? undefined : `${url.slice(0, -1)}${OPEN_PATH}?code=${keeper.links.make()}`,
  });
  const rules = loopbackRules(port, options.allowHosts);
  const door = new Door({
    mounts: guest === undefined ? [""] : ["/clawtask", ""],
    desk,
    streams: new StreamDoor({ hub, runs }),
    gatekeeper: keeper,
    check: ({ headers }, about) => refuseOrigin({ headers, ...about }, rules),
    framing: "alone",
    page: options.page,
    guest,
    extra: (request, response, headers) =>
      answerLinkRoutes({ keeper, makeLinks, again: againCommand(port) }, request, response, headers),
    problem,
    ...(options.bodyWaitMs === undefined ? {} : { bodyWaitMs: options.bodyWaitMs }),
  });
  server.on("request", (request, response) => void door.handle(request, response));
  server.on("upgrade", (request, socket, head) => door.upgrade(request, socket, head));
  server.on("clientError", answerBrokenRequest);

  return {
    url,
    port,
    ...makeLinks(),
    async stop() {
      tokens.stop();
      hub.stop();
      runs.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      const cut = setTimeout(() => server.closeAllConnections(), STOP_WAIT_MS);
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
      await desk.stop();
    },
  };
}

/** How another link is had from the server on this port. */
export function againCommand(port: number): string {
  return `clawtask serve --link${port === DEFAULT_PORT ? "" : ` --port ${port}`}`;
}

function listen(server: Server, { port, host }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function urlOf({ host, allowHosts }: ServeOptions, port: number): string {
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const name = isEverywhere ? (allowHosts[0] ?? "127.0.0.1") : host.includes(":") ? `[${host}]` : host;
  return `http://${/:\d+$/.test(name) ? name : `${name}:${port}`}/`;
}
