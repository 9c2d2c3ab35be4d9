import { backoffMs } from "../../../registry-helper/internal.ts";
import type { GatewayAccess } from "./gateway-credentials.ts";
import { type Hello, missingScopes } from "./gateway-frames.ts";
import { GatewayRequestError, type OutgoingRequest } from "./gateway-requests.ts";
import { GatewaySession, type OpenSocket, type SessionEnd } from "./gateway-session.ts";

/** Milliseconds; tests make them short. */
export interface ConnectionTiming {
  /** First wait before a new try; each further one is twice as long. A starting gateway asks for this. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** Wait when only a change of the gateway's config helps; its log is not to be filled. */
  readonly refusedRetryMs: number;
  readonly handshakeMs: number;
  /** A connection that lived this long starts its waits anew. */
  readonly stableMs: number;
}

const TIMING: ConnectionTiming = {
  firstRetryMs: 500,
  maxRetryMs: 30_000,
  refusedRetryMs: 60_000,
  handshakeMs: 15_000,
  stableMs: 10_000,
};

export type ConnectionState = { readonly connected: true } | { readonly connected: false; readonly why: string };

export interface GatewayConnectionOptions {
  /** Asked before each try: address and secret may have changed. */
  readonly credentials: () => GatewayAccess;
  /** Everything the gateway tells, but its ticks. */
  readonly onEvent: (name: string, payload: unknown) => void;
  /** After each connect, the first included: whatever happened before was not heard. Time to reconcile. */
  readonly onOpen: () => void;
  /** Some events were lost on a connection that stands: time to reconcile as well. */
  readonly onGap: () => void;
  /** Told when it changes. `why` is for a person. */
  readonly onState?: (state: ConnectionState) => void;
  readonly log: { info(text: string): void; warn(text: string): void };
  /** What the gateway's log shows beside our name. */
  readonly version?: string;
  readonly connect?: OpenSocket;
  /** 0 to 1; spreads the tries of several plugins. */
  readonly random?: () => number;
  readonly timing?: Partial<ConnectionTiming>;
  readonly maxFrameBytes?: number;
}

/**
 * The plugin's own line to the gateway that it runs in: the only way to hear of automations, CLI runs and
 * background commands, and to cancel all of them. Comes back by itself; throws nothing into the gateway.
 */
export class GatewayConnection {
  private readonly options: GatewayConnectionOptions;
  private readonly timing: ConnectionTiming;
  private session: GatewaySession | undefined;
  private retry: NodeJS.Timeout | undefined;
  private tries = 0;
  private openedAt: number | undefined;
  private closed = false;
  private current: ConnectionState = { connected: false, why: "not started" };
  private readonly whenEnded: (() => void)[] = [];

  constructor(options: GatewayConnectionOptions) {
    this.options = options;
    this.timing = { ...TIMING, ...options.timing };
  }

  get state(): ConnectionState {
    return this.current;
  }

  start(): void {
    if (!this.closed && this.session === undefined && this.retry === undefined) this.open();
  }

  /** Asks the gateway; fails with a {@link GatewayRequestError} only. */
  request(request: OutgoingRequest): Promise<unknown> {
    if (this.session !== undefined) return this.session.request(request);
    return Promise.reject(new GatewayRequestError("offline", request.method, "the gateway is not connected"));
  }

  /** For good; resolves when the socket is gone. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    const { session } = this;
    if (session === undefined) return;
    await new Promise<void>((resolve) => {
      this.whenEnded.push(resolve);
      session.stop("closed by the plugin");
    });
  }

  private open(): void {
    this.retry = undefined;
    try {
      const access = this.options.credentials();
      if ("blind" in access) {
        this.onLost({ why: access.blind, refused: true, retryAfterMs: undefined });
        return;
      }
      this.session = new GatewaySession({
        address: access,
        version: this.options.version ?? "0.0.0",
        openSocket: this.options.connect,
        handshakeMs: this.timing.handshakeMs,
        maxFrameBytes: this.options.maxFrameBytes,
        onHello: (hello) => this.onConnected(hello),
        onEvent: (name, payload) => {
          if (name !== "tick") this.notify(name, () => this.options.onEvent(name, payload));
        },
        onGap: () => this.notify("gap", () => this.options.onGap()),
        onEnd: (end) => this.onLost(end),
      });
    } catch (error) {
      this.onLost({ why: `no connection could be made: ${String(error)}`, refused: true, retryAfterMs: undefined });
    }
  }

  private onConnected(hello: Hello): void {
    this.openedAt = Date.now();
    this.setState({ connected: true });
    const missing = missingScopes(hello);
    if (missing.length > 0) this.options.log.warn(`gateway connection without ${missing.join(", ")}`);
    this.notify("open", () => this.options.onOpen());
  }

  private onLost(end: SessionEnd): void {
    this.session = undefined;
    if (this.openedAt !== undefined && Date.now() - this.openedAt >= this.timing.stableMs) this.tries = 0;
    this.openedAt = undefined;
    // A gateway that names a time is starting: that is no news, it lets us in then.
    this.setState({ connected: false, why: end.why }, { isNews: end.refused || end.retryAfterMs === undefined });
    for (const ended of this.whenEnded) ended();
    if (!this.closed) this.retry = setTimeout(() => this.open(), this.waitAfter(end)).unref();
  }

  private waitAfter({ refused, retryAfterMs }: SessionEnd): number {
    const { firstRetryMs, maxRetryMs, refusedRetryMs } = this.timing;
    if (refused) return refusedRetryMs;
    if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, firstRetryMs), refusedRetryMs);
    const jitter = { min: 0.5, max: 1, random: this.options.random ?? Math.random };
    return backoffMs(this.tries++, { base: firstRetryMs, max: maxRetryMs, jitter });
  }

  private setState(state: ConnectionState, { isNews } = { isNews: true }): void {
    const before = this.current;
    if (state.connected && before.connected) return;
    if (!state.connected && !before.connected && state.why === before.why) return;
    this.current = state;
    if (state.connected) this.options.log.info("listening to the gateway");
    else if (isNews && !this.closed) this.options.log.info(`not listening to the gateway: ${state.why}`);
    this.notify("state", () => this.options.onState?.(state));
  }

  /** A mistake of a listener must never reach the gateway that we run in. */
  private notify(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.log.warn(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
}
