/** The control plane as a server of its own: `clawtask serve`. Wiring only. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Worker } from "node:worker_threads";
import { realFileSystem, RegistryPin, version } from "../../registry-helper/internal.ts";
import { handleLoginRoutes, type LoginLinks, LOGIN_PATH } from "./auth/login-routes.ts";
import { TokenAuthenticator } from "./auth/token-authenticator.ts";
import { loadOrCreateToken } from "./auth/token-file.ts";
import { TokenWatcher } from "./auth/token-watcher.ts";
import { loopbackRules, checkOrigin } from "./http/check-origin.ts";
import { handleClientError, SERVER_LIMITS } from "./http/security-headers.ts";
import type { StaticFiles } from "./http/static-files.ts";
import { RequestHandler } from "./request-handler.ts";
import { ChangeBroadcaster } from "./stream/change-broadcaster.ts";
import { RunStateStreams } from "./stream/run-state-streams.ts";
import { StreamRoutes } from "./stream/stream-routes.ts";
import type { ApiWorkerSetup } from "./worker/messages.ts";
import { ApiWorkerClient } from "./worker/worker-client.ts";

/** Where the server is unless told otherwise. */
export const DEFAULT_PORT = 7433;
/** How long running answers may take when the server stops, in milliseconds. */
const STOP_TIMEOUT_MS = 2_000;

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
  customUi: StaticFiles | undefined;
  startWorker: (setup: ApiWorkerSetup) => Worker;
  problem: (message: string) => void;
  now?: () => number;
  heartbeatMs?: number;
  maxBufferedBytes?: number;
  slowAfterMs?: number;
  bodyTimeoutMs?: number;
}

export interface RunningServer extends LoginLinks {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** Serves a registry. Reads and tells; no work begins by it. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { root, problem, customUi, now = Date.now } = options;
  const pin = new RegistryPin({ fs: realFileSystem, root });
  const token = await loadOrCreateToken(root, { rotate: options.rotateToken });
  const server = createServer(SERVER_LIMITS);
  const port = await listen(server, options);
  // From here on nothing is waited for: whoever connects finds the server in its place.
  const startedAt = new Date(now()).toISOString();
  const authenticator = new TokenAuthenticator({
    token,
    isReadOnly: options.isReadOnly,
    ...(customUi === undefined ? {} : { cookieName: `clawtask_${port}` }),
    now,
  });
  const worker = new ApiWorkerClient({
    root,
    startWorker: options.startWorker,
    problem,
    facts: () => ({
      version,
      startedAt,
      streams: { clients: broadcaster.size + runs.size, dropped: broadcaster.dropped },
      memoryBytes: process.memoryUsage.rss(),
    }),
  });
  const broadcaster: ChangeBroadcaster = new ChangeBroadcaster({ ...options, worker, now, problem });
  const runs: RunStateStreams = new RunStateStreams({ ...options, worker, problem });
  const tokenWatcher = new TokenWatcher(root, {
    onChange: (other) => {
      authenticator.rotate(other);
      broadcaster.disconnectAll("unauthorized");
      runs.disconnectAll("unauthorized");
    },
    problem,
    check: () => pin.check(),
  });

  const url = formatUrl(options, port);
  const base = customUi === undefined ? url : `${url}clawtask/`;
  const createLinks = (): LoginLinks => ({
    link: `${base}#link=${authenticator.loginCodes.issue()}`,
    guestLink:
      customUi === undefined ? undefined : `${url.slice(0, -1)}${LOGIN_PATH}?code=${authenticator.loginCodes.issue()}`,
  });
  const rules = loopbackRules(port, options.allowHosts);
  const handler = new RequestHandler({
    mounts: customUi === undefined ? [""] : ["/clawtask", ""],
    worker,
    streams: new StreamRoutes({ broadcaster, runs }),
    authenticator: authenticator,
    check: ({ headers }, about) => checkOrigin({ headers, ...about }, rules),
    framing: "alone",
    page: options.page,
    customUi,
    extraRoutes: (request, response, headers) =>
      handleLoginRoutes(
        { authenticator, createLinks, newLinkCommand: formatLinkCommand(port) },
        request,
        response,
        headers,
      ),
    problem,
    ...(options.bodyTimeoutMs === undefined ? {} : { bodyTimeoutMs: options.bodyTimeoutMs }),
  });
  server.on("request", (request, response) => void handler.handle(request, response));
  server.on("upgrade", (request, socket, head) => handler.upgrade(request, socket, head));
  server.on("clientError", handleClientError);

  return {
    url,
    port,
    ...createLinks(),
    async stop() {
      tokenWatcher.stop();
      broadcaster.stop();
      runs.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      const forceClose = setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT_MS);
      server.closeIdleConnections();
      await closed;
      clearTimeout(forceClose);
      await worker.stop();
    },
  };
}

/** How another link is had from the server on this port. */
export function formatLinkCommand(port: number): string {
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

function formatUrl({ host, allowHosts }: ServeOptions, port: number): string {
  const bindsAllInterfaces = host === "0.0.0.0" || host === "::";
  const name = bindsAllInterfaces ? (allowHosts[0] ?? "127.0.0.1") : host.includes(":") ? `[${host}]` : host;
  return `http://${/:\d+$/.test(name) ? name : `${name}:${port}`}/`;
}
