import { type ClientOptions, WebSocket } from "ws";
import type { GatewayAddress } from "./gateway-credentials.ts";
import {
  connectParams,
  type GatewayFrame,
  type Hello,
  missingScopes,
  readFrame,
  readHello,
  type GatewayErrorDetails,
} from "./gateway-frames.ts";
import { GatewayRequestError, GatewayRequests, type OutgoingRequest } from "./gateway-requests.ts";

/** Makes the socket; tests may give one of their own. */
export type OpenSocket = (url: string, options: ClientOptions) => WebSocket;

const openSocket: OpenSocket = (url, settings) => new WebSocket(url, settings);

/** Largest frame that is taken, in bytes: what the gateway itself allows (`policy.maxPayload`). */
const MAX_FRAME_BYTES = 25 * 1024 * 1024;
/** Ticks that may fail to come before the connection counts as dead. */
const MISSED_TICKS = 2;
/** Milliseconds that a polite close may take. */
const CLOSE_GRACE_MS = 250;
/** Close code of a connection that went silent; the host's own client uses the same. */
const SILENT = 4000;

/** How a session ended. */
export interface SessionEnd {
  /** For a person, without any secret. */
  readonly why: string;
  /** True when the gateway said no for good: only a change of its config helps. */
  readonly refused: boolean;
  /** When the gateway asks to come again, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

export interface SessionOptions {
  readonly address: GatewayAddress;
  readonly version: string;
  readonly openSocket?: OpenSocket | undefined;
  /** Milliseconds from the first packet to the gateway's hello. */
  readonly handshakeMs: number;
  readonly maxFrameBytes?: number | undefined;
  onHello(hello: Hello): void;
  onEvent(name: string, payload: unknown): void;
  /** The gateway numbers what it sends us, and some of it did not come. */
  onGap(): void;
  /** Exactly once. */
  onEnd(end: SessionEnd): void;
}

/** One connection to the gateway, from its first packet to its end. It never comes back to life. */
export class GatewaySession {
  private readonly options: SessionOptions;
  private readonly socket: WebSocket;
  private readonly requests: GatewayRequests;
  private readonly handshake: NodeJS.Timeout;
  private watch: NodeJS.Timeout | undefined;
  private missedTicks = 0;
  private lastSeq: number | undefined;
  private isReady = false;
  private end: SessionEnd | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.requests = new GatewayRequests((frame) => this.socket.send(frame));
    const open = options.openSocket ?? openSocket;
    this.socket = open(options.address.url, this.settings());
    this.handshake = setTimeout(() => this.stop("the gateway did not let us in in time"), options.handshakeMs);
    this.handshake.unref();
    // Nothing here may hold the process when everything else has ended.
    this.socket.on("upgrade", ({ socket }) => socket.unref());
    this.socket.on("message", (data) => this.handleMessage(data.toString("utf8")));
    this.socket.on("ping", () => void (this.missedTicks = 0));
    this.socket.on("error", (error) => this.setEnd(ended(unreachable(error))));
    this.socket.on("close", (code, reason) => this.onClosed(code, reason.toString("utf8")));
  }

  request(request: OutgoingRequest): Promise<unknown> {
    if (this.isReady && this.socket.readyState === WebSocket.OPEN) return this.requests.send(request);
    return Promise.reject(new GatewayRequestError("offline", request.method, "the gateway is not connected"));
  }

  /** Ends it, politely if that is quick. */
  stop(why: string, code = 1000): void {
    this.setEnd(ended(why));
    this.socket.close(code);
    setTimeout(() => this.socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  private settings(): ClientOptions {
    const { certificate } = this.options.address;
    return {
      maxPayload: this.options.maxFrameBytes ?? MAX_FRAME_BYTES,
      handshakeTimeout: this.options.handshakeMs,
      perMessageDeflate: false,
      followRedirects: false,
      ...(certificate === undefined ? {} : pinCertificate(certificate)),
    };
  }

  private handleMessage(text: string): void {
    if (this.end !== undefined) return;
    this.missedTicks = 0;
    const frame = readFrame(text);
    if (frame === undefined) return;
    if (frame.kind === "challenge") this.sendConnect();
    else if (frame.kind === "answer") this.requests.handleResponse(frame.id, frame.payload, frame.error);
    else this.dispatch(frame);
  }

  private sendConnect(): void {
    const { address, version, handshakeMs } = this.options;
    const params = connectParams(address.auth, version);
    this.requests.send({ method: "connect", params, timeoutMs: handshakeMs }).then(
      (payload) => this.onAccepted(readHello(payload)),
      (error: unknown) => this.onRejected(error),
    );
  }

  private onAccepted(hello: Hello): void {
    if (this.end !== undefined) return;
    if (missingScopes(hello).includes("operator.read")) {
      this.onRejected(undefined);
      return;
    }
    clearTimeout(this.handshake);
    this.isReady = true;
    // Counted, not timed: a gateway whose event loop stood still has not been silent.
    this.watch = setInterval(() => {
      if (++this.missedTicks > MISSED_TICKS) this.stop("the gateway went silent", SILENT);
    }, hello.tickMs);
    this.watch.unref();
    this.options.onHello(hello);
  }

  private onRejected(error: unknown): void {
    const refusal = error instanceof GatewayRequestError ? error.refusal : undefined;
    if (refusal !== undefined) this.setEnd(readRefusedHello(refusal));
    else if (error === undefined)
      this.setEnd({ ...ended("the gateway gives this plugin no right to read"), refused: true });
    this.stop("the gateway did not let us in");
  }

  private dispatch(frame: GatewayFrame & { readonly kind: "event" }): void {
    const { seq } = frame;
    const gap = seq !== undefined && this.lastSeq !== undefined && seq > this.lastSeq + 1;
    this.lastSeq = seq ?? this.lastSeq;
    if (gap) this.options.onGap();
    if (this.isReady) this.options.onEvent(frame.name, frame.payload);
  }

  /** The first reason is the true one: what follows is only the socket's way to its end. */
  private setEnd(end: SessionEnd): void {
    this.end ??= end;
  }

  private onClosed(code: number, reason: string): void {
    clearTimeout(this.handshake);
    clearInterval(this.watch);
    this.setEnd(ended(closedBy(code, reason)));
    const end = this.end ?? ended("closed");
    this.requests.failAll(end.why);
    this.options.onEnd(end);
  }
}

/** The certificate itself is trusted, whoever signed it and whatever name it bears; no other one is. */
function pinCertificate(certificate: string): ClientOptions {
  return { ca: certificate, allowPartialTrustChain: true, checkServerIdentity: () => false };
}

function ended(why: string): SessionEnd {
  return { why, refused: false, retryAfterMs: undefined };
}

function readRefusedHello({ message, detail, retryable, retryAfterMs }: GatewayErrorDetails): SessionEnd {
  const why = `the gateway refused the connection: ${message}${detail === undefined ? "" : ` (${detail})`}`;
  return { why, refused: !retryable, retryAfterMs };
}

function unreachable(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return `the gateway cannot be reached: ${error.message === "" ? (code ?? error.name) : error.message}`;
}

function closedBy(code: number, reason: string): string {
  return `the gateway closed the connection (${code}${reason === "" ? "" : `, ${reason}`})`;
}
