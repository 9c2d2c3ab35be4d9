import { afterEach, beforeEach, expect, type Mock, vi } from "vitest";
import {
  type ConnectionState,
  GatewayConnection,
  type GatewayConnectionOptions,
} from "../../../plugin/host/connection/gateway-connection.ts";
import type { GatewayAccess } from "../../../plugin/host/connection/gateway-credentials.ts";
import { type FakeGateway, startFakeGateway } from "./fake-gateway.ts";

export const SECRET = "a-secret-nobody-may-read";
/** Short enough for a test, far enough apart to be told apart. */
export const TIMING = { firstRetryMs: 10, maxRetryMs: 40, refusedRetryMs: 150, handshakeMs: 200, stableMs: 10_000 };
export const SOON = { timeout: 3_000, interval: 5 };

/** A connection to a fake gateway, and what it has reported so far. */
export class ConnectionFixture {
  gateway!: FakeGateway;
  connection!: GatewayConnection;
  /** What the connection is told when it asks for credentials; replaceable. */
  access!: () => GatewayAccess;
  events: [string, unknown][] = [];
  states: ConnectionState[] = [];
  log: string[] = [];
  readonly onOpen: Mock = vi.fn();
  readonly onGap: Mock = vi.fn();

  async start(): Promise<void> {
    this.gateway = await startFakeGateway();
    this.access = () => ({ url: this.gateway.url, auth: { token: SECRET } });
    this.events = [];
    this.states = [];
    this.log = [];
    this.onOpen.mockReset();
    this.onGap.mockReset();
  }

  connect(options: Partial<GatewayConnectionOptions> = {}): GatewayConnection {
    const note = (text: string): void => void this.log.push(text);
    this.connection = new GatewayConnection({
      credentials: () => this.access(),
      onEvent: (name, payload) => void this.events.push([name, payload]),
      onOpen: this.onOpen,
      onGap: this.onGap,
      onState: (state) => void this.states.push(state),
      log: { info: note, warn: note },
      version: "1.2.3",
      random: () => 1,
      timing: TIMING,
      ...options,
    });
    this.connection.start();
    return this.connection;
  }

  /** Resolves when the connection has been opened for the n-th time. */
  opened(times = 1): Promise<void> {
    return vi.waitFor(() => expect(this.onOpen).toHaveBeenCalledTimes(times), SOON);
  }

  /** How often the gateway was asked to let the connection in. */
  connects(): number {
    return this.gateway.requests.filter(({ method }) => method === "connect").length;
  }

  /** Why the connection was closed last. */
  lastWhy(): string {
    return this.states.flatMap((state) => (state.connected ? [] : [state.why])).at(-1) ?? "";
  }
}

/** A fresh fixture for each test, which also checks that no report holds the secret. */
export function useConnection(): ConnectionFixture {
  const fixture = new ConnectionFixture();
  beforeEach(() => fixture.start());
  afterEach(async () => {
    await fixture.connection?.close();
    await fixture.gateway.close();
    expect(JSON.stringify([fixture.log, fixture.states])).not.toContain(SECRET);
  });
  return fixture;
}
