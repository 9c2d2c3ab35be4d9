import { type GatewayErrorDetails, requestFrame } from "./gateway-frames.ts";

/** Milliseconds that an answer may take when the caller does not say; the host's own client waits as long. */
const ANSWER_DEADLINE_MS = 30_000;

/**
 * Why a request has no result.
 * - `offline`: it was not sent
 * - `refused`: the gateway answered with an error; nothing else is sure to mean "not done"
 * - `timeout`, `closed`: it was sent, and what became of it is not known
 */
export type RequestFailure = "offline" | "refused" | "timeout" | "closed";

export class GatewayRequestError extends Error {
  readonly failure: RequestFailure;
  readonly method: string;
  readonly refusal: GatewayErrorDetails | undefined;

  constructor(failure: RequestFailure, method: string, message: string, refusal?: GatewayErrorDetails) {
    super(`${method}: ${message}`);
    this.name = "GatewayRequestError";
    this.failure = failure;
    this.method = method;
    this.refusal = refusal;
  }
}

interface PendingRequest {
  readonly method: string;
  readonly resolve: (payload: unknown) => void;
  readonly reject: (error: GatewayRequestError) => void;
  readonly timer: NodeJS.Timeout;
}

/** One request that is to be sent. */
export interface OutgoingRequest {
  readonly method: string;
  readonly params?: object | undefined;
  /** Milliseconds after which no answer counts as none. */
  readonly timeoutMs?: number | undefined;
}

/** The requests of one connection that wait for their answers; answers come in any order. */
export class GatewayRequests {
  private readonly pending = new Map<string, PendingRequest>();
  private readonly write: (frame: string) => void;
  private lastId = 0;

  constructor(write: (frame: string) => void) {
    this.write = write;
  }

  send({ method, params = {}, timeoutMs = ANSWER_DEADLINE_MS }: OutgoingRequest): Promise<unknown> {
    const id = String(++this.lastId);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.take(id)?.reject(new GatewayRequestError("timeout", method, `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      timer.unref();
      this.pending.set(id, { method, resolve, reject, timer });
      try {
        this.write(requestFrame(id, method, params));
      } catch (error) {
        this.take(id)?.reject(new GatewayRequestError("offline", method, String(error)));
      }
    });
  }

  /** An answer that nobody waits for any more is passed over. */
  handleResponse(id: string, payload: unknown, refusal: GatewayErrorDetails | undefined): void {
    const pending = this.take(id);
    if (pending === undefined) return;
    if (refusal === undefined) pending.resolve(payload);
    else pending.reject(new GatewayRequestError("refused", pending.method, refusal.message, refusal));
  }

  /** The connection is gone: nobody will answer any more. */
  failAll(why: string): void {
    for (const id of [...this.pending.keys()]) {
      const pending = this.take(id);
      pending?.reject(new GatewayRequestError("closed", pending.method, why));
    }
  }

  private take(id: string): PendingRequest | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }
}
