import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { protocolsOf, STREAM_PROTOCOL } from "../auth/authenticator.ts";
import type { DoorRequest } from "../http/mount-path.ts";
import type { RunStreams } from "./run-state-streams.ts";
import { EventStreamSink, WebSocketSink } from "./connections.ts";
import type { StreamHub } from "./change-broadcaster.ts";

/** Clients only listen: whatever one says has to be short. */
const MOST_CLIENT_BYTES = 4 * 1024;
/** After a drop a browser connects again after so long, in milliseconds. */
const CONNECT_AGAIN_MS = 2_000;

const RUN_STREAM = /^\/api\/runs\/([^/]+)\/stream$/;

/** Where streams begin: `WS /api/stream`, `WS /api/runs/{id}/stream`, `GET /api/events/stream`. */
export class StreamDoor {
  private readonly hub: StreamHub;
  private readonly runs: RunStreams;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_CLIENT_BYTES,
    perMessageDeflate: false,
    // The token that a browser brings among the subprotocols is never said back.
    handleProtocols: (protocols) => (protocols.has(STREAM_PROTOCOL) ? STREAM_PROTOCOL : false),
  });

  constructor(options: { hub: StreamHub; runs: RunStreams }) {
    this.hub = options.hub;
    this.runs = options.runs;
  }

  /** Takes a WebSocket in. False when there is no stream of that name. The caller has a right to it. */
  upgrade({ raw, path, query }: DoorRequest, { socket, head }: { socket: Duplex; head: Buffer }): boolean {
    const runId = runIdIn(path);
    if (path !== "/api/stream" && runId === undefined) return false;
    // A client that offers nothing we know would close the connection at once if it were given something.
    if (protocolsOf(raw).length > 0 && !protocolsOf(raw).includes(STREAM_PROTOCOL)) return false;
    this.sockets.handleUpgrade(raw, socket, head, (webSocket) => {
      const sink = new WebSocketSink(webSocket);
      if (runId === undefined) this.hub.join(sink, cursorIn(query));
      else this.runs.join(runId, sink);
    });
    return true;
  }

  /** Begins an event stream. False when the request is for something else. */
  serveEvents({ raw, path, query }: DoorRequest, response: ServerResponse, headers: Record<string, string>): boolean {
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
    response.write(`retry: ${CONNECT_AGAIN_MS}\n\n`);
    const last = raw.headers["last-event-id"];
    this.hub.join(new EventStreamSink(response), typeof last === "string" && last !== "" ? last : cursorIn(query));
    return true;
  }
}

function cursorIn(query: string): string | undefined {
  return new URLSearchParams(query).get("after") || undefined;
}

function runIdIn(path: string): string | undefined {
  const part = RUN_STREAM.exec(path)?.[1];
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
