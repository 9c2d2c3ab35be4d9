import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { parseProtocols, STREAM_PROTOCOL } from "../auth/authenticator.ts";
import type { MountedRequest } from "../http/mount-path.ts";
import type { ChangeBroadcaster } from "./change-broadcaster.ts";
import { SseConnection, WebSocketConnection } from "./connections.ts";
import type { RunStateStreams } from "./run-state-streams.ts";

/** Clients only listen: whatever one says has to be short. */
const MAX_CLIENT_MESSAGE_BYTES = 4 * 1024;
/** After a drop a browser connects again after so long, in milliseconds. */
const RECONNECT_MS = 2_000;

const RUN_STREAM_PATH = /^\/api\/runs\/([^/]+)\/stream$/;

/** Where streams begin: `WS /api/stream`, `WS /api/runs/{id}/stream`, `GET /api/events/stream`. */
export class StreamRoutes {
  private readonly broadcaster: ChangeBroadcaster;
  private readonly runs: RunStateStreams;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_MESSAGE_BYTES,
    perMessageDeflate: false,
    // The token that a browser brings among the subprotocols is never said back.
    handleProtocols: (protocols) => (protocols.has(STREAM_PROTOCOL) ? STREAM_PROTOCOL : false),
  });

  constructor(options: { broadcaster: ChangeBroadcaster; runs: RunStateStreams }) {
    this.broadcaster = options.broadcaster;
    this.runs = options.runs;
  }

  /** Takes a WebSocket in. False when there is no stream of that name. The caller has a right to it. */
  upgrade({ raw, path, query }: MountedRequest, { socket, head }: { socket: Duplex; head: Buffer }): boolean {
    const runId = parseRunId(path);
    if (path !== "/api/stream" && runId === undefined) return false;
    // A client that offers nothing we know would close the connection at once if it were given something.
    if (parseProtocols(raw).length > 0 && !parseProtocols(raw).includes(STREAM_PROTOCOL)) return false;
    this.sockets.handleUpgrade(raw, socket, head, (webSocket) => {
      const connection = new WebSocketConnection(webSocket);
      if (runId === undefined) this.broadcaster.subscribe(connection, parseCursor(query));
      else this.runs.subscribe(runId, connection);
    });
    return true;
  }

  /** Begins an event stream. False when the request is for something else. */
  serveEvents(
    { raw, path, query }: MountedRequest,
    response: ServerResponse,
    headers: Record<string, string>,
  ): boolean {
    if (path !== "/api/events/stream" || (raw.method !== "GET" && raw.method !== "HEAD")) return false;
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // nginx would keep events back otherwise.
      "x-accel-buffering": "no",
    });
    if (raw.method === "HEAD") {
      response.end();
      return true;
    }
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    const last = raw.headers["last-event-id"];
    this.broadcaster.subscribe(
      new SseConnection(response),
      typeof last === "string" && last !== "" ? last : parseCursor(query),
    );
    return true;
  }
}

function parseCursor(query: string): string | undefined {
  return new URLSearchParams(query).get("after") || undefined;
}

function parseRunId(path: string): string | undefined {
  const part = RUN_STREAM_PATH.exec(path)?.[1];
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
