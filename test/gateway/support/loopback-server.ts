import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const LOOPBACK = "127.0.0.1";

/** Answers one HTTP request; a thrown error becomes a 500. */
export type LoopbackHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** An HTTP server that only this machine can reach. */
export interface LoopbackServer {
  readonly port: number;
  /** For what is not plain HTTP, such as an upgrade to a WebSocket. */
  readonly http: Server;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** Stops listening and drops every open connection: callers then meet a refused connection. */
  close(): Promise<void>;
}

/** Starts an HTTP server on loopback; the system chooses the port unless one is given. */
export async function listenOnLoopback(handler: LoopbackHandler, port = 0): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    Promise.resolve(handler(request, response)).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const chosen = (server.address() as AddressInfo).port;
  return {
    port: chosen,
    http: server,
    url: `http://${LOOPBACK}:${chosen}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Reads a whole request body as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  return (await readBytes(request)).toString("utf8");
}

/** Reads a whole request body. */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Finds a port that nobody listens on now, for a program that must be told its port. */
export async function freePort(): Promise<number> {
  const server = await listenOnLoopback(() => undefined);
  await server.close();
  return server.port;
}
