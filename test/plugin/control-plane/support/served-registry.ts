import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { getTokenPath } from "../../../../plugin/control-plane/auth/token-file.ts";
import { serve, type RunningServer, type ServeOptions } from "../../../../plugin/control-plane/serve.ts";
import type { ApiWorkerSetup } from "../../../../plugin/control-plane/worker/messages.ts";
import { realFileSystem } from "../../../../registry-helper/storage/file-system.ts";
import { filesBelow } from "../../../../registry-helper/storage/walk-files.ts";
import { RegistrySandbox } from "../../../support/registry-sandbox.ts";
import { StreamClient } from "./stream-client.ts";

/** The API worker's thread as `npm run build` makes it. */
const WORKER_CODE = readFileSync(
  fileURLToPath(new URL("../../../../dist/control-plane-worker.cjs", import.meta.url)),
  "utf8",
);

export const startApiWorker = (setup: ApiWorkerSetup): Worker =>
  new Worker(WORKER_CODE, { eval: true, workerData: setup });

/** What a server answered. */
export interface HttpReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: Record<string, unknown>;
}

export interface Asked {
  method?: string;
  /** The address as it goes out, dots and all. */
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Without a token; `Authorization` may still stand among the headers. */
  isAnonymous?: boolean;
}

/** A server on a registry with one run, `demo`, of the nodes `a` and `b`. */
export class ServedRegistry {
  readonly sandbox = new RegistrySandbox();
  readonly problems: string[] = [];
  server!: RunningServer;
  private readonly streams: StreamClient[] = [];

  async start(options: Partial<ServeOptions> = {}): Promise<void> {
    this.server = await serve({
      root: this.sandbox.root,
      port: 0,
      host: "127.0.0.1",
      allowHosts: [],
      isReadOnly: false,
      rotateToken: false,
      page: undefined,
      customUi: undefined,
      startWorker: startApiWorker,
      problem: (message) => this.problems.push(message),
      ...options,
    });
  }

  async stop(): Promise<void> {
    for (const stream of this.streams.splice(0)) stream.close();
    await this.server.stop();
  }

  get token(): string {
    return readFileSync(getTokenPath(this.sandbox.root), "utf8").trim();
  }

  get host(): string {
    return `127.0.0.1:${this.server.port}`;
  }

  /** A request exactly as given, over a connection of its own. */
  ask(asked: Asked): Promise<HttpReply> {
    const { method = "GET", path = "/api/session", headers = {}, body, isAnonymous = false } = asked;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: "127.0.0.1",
          port: this.server.port,
          method,
          path,
          agent: false,
          headers: { ...(isAnonymous ? {} : { authorization: `Bearer ${this.token}` }), ...headers },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) }),
          );
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<HttpReply> {
    return this.ask({ path, headers });
  }

  /** A command as a page of ours would give it. */
  post(path: string, body: unknown, asked: Asked = {}): Promise<HttpReply> {
    const headers = { "content-type": "application/json", ...asked.headers };
    return this.ask({ method: "POST", path, body: JSON.stringify(body), ...asked, headers });
  }

  /** A command that is good, but for what is tried with it. */
  pause(asked: Asked = {}): Promise<HttpReply> {
    return this.post("/api/runs/demo/actions/pause", { message: "tried" }, asked);
  }

  webSocket(
    path = "/api/stream",
    options: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): StreamClient {
    const headers = options.headers ?? { authorization: `Bearer ${this.token}` };
    const client = StreamClient.overWebSocket(`ws://${this.host}${path}`, { ...options, headers });
    this.streams.push(client);
    return client;
  }

  eventStream(query = "", headers: Record<string, string> = {}): StreamClient {
    const authorized = { authorization: `Bearer ${this.token}`, ...headers };
    const client = StreamClient.overEvents(`http://${this.host}/api/events/stream${query}`, authorized);
    this.streams.push(client);
    return client;
  }
}

/** What is in a registry, without what a look may make. */
export function computeFingerprint({ root }: { root: string }): string {
  const hash = createHash("sha256");
  // Not `readdirSync` with `recursive`: it follows links.
  for (const path of filesBelow(realFileSystem, root)) {
    if (/^(index\.sqlite|changes\.sqlite|\.control-plane\/(token|\.gitignore)$)/.test(path)) continue;
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** A server for all tests of a `describe`. */
export function useServedRegistry(
  options: (served: ServedRegistry) => Partial<ServeOptions> = () => ({}),
): ServedRegistry {
  const served = new ServedRegistry();
  beforeAll(async () => {
    const { sandbox } = served;
    sandbox.scaffold("demo", sandbox.workflow("demo-flow", { nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] }));
    await served.start(options(served));
  });
  afterAll(async () => {
    await served.stop();
    served.sandbox.dispose();
  });
  return served;
}

/** The same, where every test has to leave the registry as it was: what was refused changed nothing. */
export function useUnchangedRegistry(...options: Parameters<typeof useServedRegistry>): ServedRegistry {
  const served = useServedRegistry(...options);
  beforeEach(() => {
    const before = computeFingerprint(served.sandbox);
    return () => {
      if (computeFingerprint(served.sandbox) !== before) throw new Error("the registry has changed");
    };
  });
  return served;
}
