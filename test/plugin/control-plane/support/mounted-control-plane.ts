import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { GatewayMount } from "../../../../plugin/control-plane/gateway-mount.ts";
import { readStaticFiles } from "../../../../plugin/control-plane/http/static-files.ts";
import type { GatewayAccess } from "../../../../plugin/host/gateway-access.ts";
import { FRAME_MOUNT, MOUNT } from "../../../../plugin/host/register/register-http-routes.ts";
import { RegistrySandbox } from "../../../support/registry-sandbox.ts";
import { startApiWorker } from "./served-registry.ts";

export interface MountReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

interface MountRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The gateway's own page, with our tab in a sandboxed frame. */
const TAB = `<iframe id="tab" sandbox="allow-scripts" width="1200" height="800" src="${MOUNT}/"></iframe>`;

/** The control plane as a gateway mounts it, which here says of each request what its caller may do. */
export class MountedControlPlane {
  readonly sandbox = new RegistrySandbox();
  /** What the gateway says of the next requests. */
  access: GatewayAccess = { scopes: [] };
  private port = 0;
  private readonly closers: (() => unknown)[] = [];

  async start(): Promise<void> {
    const page = readStaticFiles(fileURLToPath(new URL("../../../../dist/dashboard", import.meta.url)));
    const mount = new GatewayMount({
      root: this.sandbox.root,
      startWorker: startApiWorker,
      onWrite: () => undefined,
      onControl: () => undefined,
      host: () => ({ version: null, connected: false }),
      page,
      problem: (message) => {
        throw new Error(message);
      },
    });
    await page;
    const server = createServer((incoming, response) => {
      if (incoming.url === "/") response.setHeader("content-type", "text/html").end(TAB);
      else if (incoming.url?.startsWith(FRAME_MOUNT) === true) void mount.handleFrame(incoming, response);
      else void mount.handle(incoming, response, this.access);
    });
    server.on("upgrade", (incoming, socket, head) => mount.upgrade(incoming, socket, { head, access: this.access }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    this.closers.push(
      () => mount.stop(),
      () => server.closeAllConnections(),
      () => server.close(),
    );
  }

  async stop(): Promise<void> {
    for (const close of this.closers) await close();
    this.sandbox.dispose();
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** A request below the mount. */
  ask(path: string, asked: MountRequest = {}): Promise<MountReply> {
    return this.send(`${MOUNT}${path}`, asked);
  }

  /** A request where the page of the tab reads. */
  askInFrame(path: string, asked: MountRequest = {}): Promise<MountReply> {
    return this.send(`${FRAME_MOUNT}${path}`, asked);
  }

  /** By hand: `fetch` would add headers of its own. Answers with the head of a stream, which does not end. */
  private send(path: string, { method = "GET", headers = {}, body }: MountRequest): Promise<MountReply> {
    const sent = body === undefined ? headers : { "content-type": "application/json", ...headers };
    return new Promise((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port: this.port, agent: false, method, path, headers: sent });
      asked.on("response", (response) => {
        let text = "";
        const done = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
        response.on("end", done);
        if (response.headers["content-type"]?.startsWith("text/event-stream") !== true) return;
        done();
        asked.destroy();
      });
      asked.on("upgrade", (response, socket) => {
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: "" });
      });
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** One for all tests of a `describe`, with a run `demo` of two nodes. */
export function useMountedControlPlane(): MountedControlPlane {
  const mounted = new MountedControlPlane();
  beforeAll(async () => {
    const { sandbox } = mounted;
    sandbox.scaffold("demo", sandbox.workflow("demo-flow", { nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] }));
    await mounted.start();
  });
  afterAll(() => mounted.stop());
  return mounted;
}
