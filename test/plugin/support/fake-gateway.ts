import { once } from "node:events";
import { createServer as createPlainServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** What the fake answers; nothing at all for `silence`. */
export type FakeAnswer = { readonly payload: unknown } | { readonly error: object } | "silence";

interface FakeRequest {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

export interface FakeGateway {
  readonly url: string;
  readonly port: number;
  /** Everything that was asked, the connects included. */
  readonly requests: readonly FakeRequest[];
  /** Connections that stand. */
  readonly clients: ReadonlySet<WebSocket>;
  /** Decides the answers; at first every connect is welcome and everything else is answered with `{}`. */
  respond: (request: FakeRequest) => FakeAnswer;
  /** Whether a connection is greeted with a challenge. */
  challenges: boolean;
  event(name: string, payload: unknown, seq?: number): void;
  /** Any text as a frame. */
  raw(text: string | Buffer): void;
  drop(code: number, reason?: string): void;
  /** Ends all connections without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** What the real gateway says when it lets somebody in (2026.9.6), without its snapshot. */
export const HELLO = {
  type: "hello-ok",
  protocol: 4,
  server: { version: "2026.9.6", connId: "c-1" },
  auth: { method: "token", role: "operator", scopes: ["operator.read", "operator.write"] },
  policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 },
};

export const WELCOME: FakeAnswer = { payload: HELLO };

/** A gateway that speaks the real one's protocol and says what a test wants. */
export async function startFakeGateway(
  options: { port?: number; tls?: { key: string; cert: string } } = {},
): Promise<FakeGateway> {
  const http = options.tls === undefined ? createPlainServer() : createTlsServer(options.tls);
  const server = new WebSocketServer({ server: http });
  const requests: FakeRequest[] = [];
  http.listen(options.port ?? 0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;

  const all = (text: string | Buffer): void => {
    for (const client of server.clients) client.send(text);
  };
  const gateway: FakeGateway = {
    url: `${options.tls === undefined ? "ws" : "wss"}://127.0.0.1:${port}`,
    port,
    requests,
    clients: server.clients,
    challenges: true,
    respond: ({ method }) => (method === "connect" ? WELCOME : { payload: {} }),
    event: (name, payload, seq) => all(JSON.stringify({ type: "event", event: name, payload, seq })),
    raw: all,
    drop(code, reason) {
      for (const client of server.clients) client.close(code, reason);
    },
    cut() {
      for (const client of server.clients) client.terminate();
    },
    async close() {
      gateway.cut();
      server.close();
      http.close();
      await once(http, "close");
    },
  };

  server.on("connection", (socket) => {
    if (gateway.challenges) {
      const payload = { nonce: "n", ts: Date.now(), capabilities: ["model-catalog-snapshot"] };
      socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload }));
    }
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      const { id, method, params } = JSON.parse(data.toString("utf8")) as FakeRequest & { id: string };
      requests.push({ method, params });
      const answer = gateway.respond({ method, params });
      if (answer !== "silence") socket.send(JSON.stringify({ type: "res", id, ok: !("error" in answer), ...answer }));
    });
  });
  return gateway;
}
