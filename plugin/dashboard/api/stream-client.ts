import { CREDENTIALS, resolveUrl } from "./base-url.ts";
import { readSseEvents } from "./parse-sse.ts";
import { formatQuery } from "./request.ts";
import type { ServerMessage } from "./response-types.ts";
import { authorization } from "./token.ts";

/** How it stands with the server, and since when. */
export interface Connection {
  state: "connecting" | "live" | "lost" | "refused";
  since: number;
  /** Why the server ended it, where it said so. */
  reason?: string;
}

export interface StreamClientOptions {
  onMessage: (message: ServerMessage) => void;
  onConnection: (connection: Connection) => void;
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** The server speaks every 15 seconds; when it is silent for longer than two of them, the line is dead. */
const SILENCE_TIMEOUT_MS = 35_000;

/**
 * The one line on which changes come. It begins where it ended: a reconnection names the cursor of the last message, so
 * nothing is missed and nothing comes twice.
 */
export class StreamClient {
  private readonly options: StreamClientOptions;
  private cursor: string | null = null;
  private retryMs = FIRST_RETRY_MS;
  private wake: (() => void) | undefined;
  private connection: Connection = { state: "connecting", since: Date.now() };

  constructor(options: StreamClientOptions) {
    this.options = options;
  }

  start(): void {
    void this.run();
  }

  /** Does not wait for the next attempt: somebody looks at the page again, or pressed the button. */
  retryNow(): void {
    this.retryMs = FIRST_RETRY_MS;
    this.wake?.();
  }

  private async run(): Promise<void> {
    for (;;) {
      const { status, reason } = await this.listen();
      if (status === 401 || status === 403) {
        this.setState("refused", reason);
        return;
      }
      this.setState("lost", reason);
      await this.pause();
    }
  }

  /** One connection, until it ends. */
  private async listen(): Promise<{ status: number; reason?: string }> {
    const current = new AbortController();
    let silence = setTimeout(() => current.abort(), SILENCE_TIMEOUT_MS);
    let reason: string | undefined;
    try {
      const answer = await fetch(resolveUrl(`api/events/stream${formatQuery({ after: this.cursor })}`), {
        headers: { accept: "text/event-stream", ...authorization() },
        credentials: CREDENTIALS,
        cache: "no-store",
        signal: current.signal,
      });
      if (!answer.ok || answer.body === null) return { status: answer.status };
      for await (const event of readSseEvents(answer.body)) {
        clearTimeout(silence);
        silence = setTimeout(() => current.abort(), SILENCE_TIMEOUT_MS);
        const message = { type: event.event, ...(JSON.parse(event.data) as object) } as ServerMessage;
        if (message.type === "dropped") {
          reason = message.message;
          if (message.code === "unauthorized") return { status: 401, reason };
          continue;
        }
        this.cursor = message.cursor;
        this.retryMs = FIRST_RETRY_MS;
        this.options.onMessage(message);
        this.setState("live");
      }
    } catch {
      // A line that broke; the next attempt says whether the server is there.
    } finally {
      clearTimeout(silence);
    }
    return { status: 0, ...(reason === undefined ? {} : { reason }) };
  }

  private setState(state: Connection["state"], reason?: string): void {
    const hasChanged = state !== this.connection.state;
    if (!hasChanged && reason === undefined) return;
    const since = hasChanged ? Date.now() : this.connection.since;
    this.connection = { state, since, ...(reason === undefined ? {} : { reason }) };
    this.options.onConnection(this.connection);
  }

  /** Twice as long each time, and not all pages at the same moment. */
  private async pause(): Promise<void> {
    const ms = this.retryMs * (0.75 + Math.random() / 2);
    this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, ms);
    });
    this.wake = undefined;
  }
}
