/**
 * How sending goes wrong; everything else (receiving, looking up) goes on working, except for `down`.
 * - `refuse-500`, `refuse-403`: an error answer, nothing is sent
 * - `too-many-requests`: 429 that asks for a pause of one second, nothing is sent
 * - `hang`: nothing is sent and no answer comes; with `forMs` the connection breaks after that time
 * - `drop-after-accept`: the message IS sent, the connection breaks before the answer
 * - `down`: nobody listens on the port any more
 */
export type ChannelFailure =
  "none" | "refuse-500" | "refuse-403" | "too-many-requests" | "hang" | "drop-after-accept" | "down";

/** How long a failure lasts; without limits it does until told otherwise. */
export interface FailureLimits {
  /** Number of tries to send that fail; the one after them succeeds. Means nothing for `down`. */
  readonly times?: number;
  /** Number of tries to send that fail in each conversation. */
  readonly timesEach?: number;
  /** For `hang`: milliseconds after which the connection breaks. */
  readonly forMs?: number;
}

/** What happens to one try to send. */
export interface SendFate {
  readonly failure: ChannelFailure;
  readonly forMs: number | undefined;
}

/** The failure that a test asked for, counted down with each try to send. */
export class FailurePlan {
  private failure: ChannelFailure = "none";
  private limits: FailureLimits = {};
  private left = Infinity;
  private readonly failedIn = new Map<string, number>();

  set(failure: ChannelFailure, limits: FailureLimits = {}): void {
    this.failure = failure;
    this.limits = limits;
    this.left = limits.times ?? Infinity;
    this.failedIn.clear();
  }

  /** The fate of the try that is being made now, in this conversation. */
  next(conversation: string): SendFate {
    if (this.left <= 0) this.set("none");
    const failed = this.failedIn.get(conversation) ?? 0;
    if (failed >= (this.limits.timesEach ?? Infinity)) return { failure: "none", forMs: undefined };
    this.failedIn.set(conversation, failed + 1);
    this.left -= 1;
    return { failure: this.failure, forMs: this.limits.forMs };
  }
}
