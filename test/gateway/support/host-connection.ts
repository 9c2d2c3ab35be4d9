import { setTimeout as pause } from "node:timers/promises";
import { GatewayConnection } from "../../../plugin/host/connection/gateway-connection.ts";

/** Milliseconds until no answer counts as none. */
const ANSWER_MS = 30_000;
/** Milliseconds that a connection which is not there may take to come about. */
const CONNECT_MS = 3_000;
const LOOK_MS = 50;

/** One connection to the gateway for everything that a test asks of it, made at the first question. */
export class HostConnection {
  private readonly address: { readonly url: string; readonly auth: { readonly token: string } };
  private connection: GatewayConnection | undefined;
  private isClosed = false;

  constructor({ port, token }: { readonly port: number; readonly token: string }) {
    this.address = { url: `ws://127.0.0.1:${port}`, auth: { token } };
  }

  /** Fails when the gateway is not there; a later question may find it again. */
  async ask(method: string, params: object = {}): Promise<unknown> {
    const connection = this.open();
    const deadline = performance.now() + CONNECT_MS;
    while (!connection.state.connected && !this.isClosed && performance.now() < deadline) await pause(LOOK_MS);
    return connection.request({ method, params, timeoutMs: ANSWER_MS });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.connection?.close();
  }

  private open(): GatewayConnection {
    if (this.connection !== undefined) return this.connection;
    const ignore = (): void => undefined;
    this.connection = new GatewayConnection({
      credentials: () => this.address,
      onEvent: ignore,
      onOpen: ignore,
      onGap: ignore,
      log: { info: ignore, warn: ignore },
      timing: { firstRetryMs: 300, maxRetryMs: 1_000, refusedRetryMs: 1_000 },
    });
    this.connection.start();
    return this.connection;
  }
}
