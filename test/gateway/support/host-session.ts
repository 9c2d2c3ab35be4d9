import { WebSocket } from "ws";

/** The gateway's wire protocol that this was written against. */
const PROTOCOL = 4;
/** With these the gateway lets a program on its own machine, which knows its token, do without a paired device. */
const CLIENT = { id: "gateway-client", mode: "backend", version: "1.0.0", platform: process.platform } as const;
/** The rights that the commands of the host have together. */
const SCOPES = ["operator.admin", "operator.read", "operator.write", "operator.approvals"];
/** Without it the gateway sends every word of every session. */
const CAPABILITIES = ["session-scoped-events"];
/** Milliseconds that a gateway with its hands full may take to let us in; one that is down is known at once. */
const CONNECT_MS = 30_000;
/** Milliseconds until no answer counts as none: a gateway that ends closes the connection long before. */
const ANSWER_MS = 120_000;

interface GatewayError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryable?: boolean;
}

/** The fields of the gateway's frames that matter here. */
interface Frame {
  readonly event?: string;
  readonly id?: string;
  readonly ok?: boolean;
  readonly payload?: unknown;
  readonly error?: GatewayError;
}

/** The gateway did not do what it was asked for. */
export class HostRefusal extends Error {
  readonly code: string;
  readonly reason: string;
  readonly details: unknown;
  /** It may do so a moment later. */
  readonly isTemporary: boolean;

  constructor(method: string, { code, message, details, retryable }: GatewayError) {
    super(`${method}: ${message} (${code})`);
    this.code = code;
    this.reason = message;
    this.details = details;
    this.isTemporary = retryable === true;
  }
}

/** The gateway is there, and did not let us in: one with its hands full breaks off. Nothing was asked. */
export class NotAdmitted extends Error {}

/** One connection with the rights of an operator, from its first packet to its end. It never comes back to life. */
export class HostSession {
  private readonly socket: WebSocket;
  /** Settled when the gateway has let us in, or will not. */
  private readonly admission: Promise<unknown>;
  private readonly pending = new Map<string, (answer: Frame | Error) => void>();
  private lastId = 0;
  private why = "the gateway closed the connection";

  constructor({ url, token }: { readonly url: string; readonly token: string }) {
    this.socket = new WebSocket(url, { handshakeTimeout: CONNECT_MS, perMessageDeflate: false });
    // Nothing here may hold the process when everything else has ended.
    this.socket.on("upgrade", ({ socket }) => socket.unref());
    this.socket.on("error", (error) => void (this.why = String(error)));
    this.socket.on("close", () => {
      for (const settle of this.pending.values()) settle(new Error(this.why));
    });
    const challenge = new Promise<void>((resolve) => {
      this.socket.on("message", (data: Buffer) => {
        const frame = JSON.parse(data.toString("utf8")) as Frame;
        if (frame.event === "connect.challenge") resolve();
        else if (frame.id !== undefined) this.pending.get(frame.id)?.(frame);
      });
    });
    const who = { minProtocol: PROTOCOL, maxProtocol: PROTOCOL, client: CLIENT, role: "operator", auth: { token } };
    const connect = { method: "connect", params: { ...who, scopes: SCOPES, caps: CAPABILITIES } };
    this.admission = this.send(connect, CONNECT_MS, challenge);
    this.admission.catch(() => this.close());
  }

  /** True once nothing more can be asked. */
  get isOver(): boolean {
    return this.socket.readyState === WebSocket.CLOSING || this.socket.readyState === WebSocket.CLOSED;
  }

  /** @throws HostRefusal when the gateway says no, NotAdmitted when it broke off before anything was asked */
  async request(method: string, params: object): Promise<unknown> {
    try {
      await this.admission;
    } catch (error) {
      const isBrokenOff = !(error instanceof HostRefusal) && !String(error).includes("ECONNREFUSED");
      throw isBrokenOff ? new NotAdmitted(String(error)) : error;
    }
    return this.send({ method, params }, ANSWER_MS);
  }

  close(): void {
    this.socket.terminate();
  }

  private send(
    { method, params }: { readonly method: string; readonly params: object },
    deadlineMs: number,
    after?: Promise<void>,
  ): Promise<unknown> {
    const id = String(++this.lastId);
    return new Promise((resolve, reject) => {
      const settle = (answer: Frame | Error): void => {
        clearTimeout(timer);
        this.pending.delete(id);
        if (answer instanceof Error) reject(new Error(`${method}: ${answer.message}`));
        else if (answer.ok === true) resolve(answer.payload);
        else reject(new HostRefusal(method, answer.error ?? { code: "UNKNOWN", message: "no reason given" }));
      };
      const timer = setTimeout(() => settle(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
      this.pending.set(id, settle);
      const write = (): void =>
        this.socket.send(JSON.stringify({ type: "req", id, method, params }), (error) => error && settle(error));
      if (after === undefined) write();
      else void after.then(write);
    });
  }
}
