import { request } from "node:http";
import { WebSocket } from "ws";
import type { Change } from "../../../../registry-helper/views/changes/change-log.ts";

export interface ReceivedMessage {
  type: string;
  cursor?: string;
  changes?: Change[];
  [more: string]: unknown;
}

/** A client of a stream, over either transport: what it was told, in order. */
export class StreamClient {
  readonly messages: ReceivedMessage[] = [];
  /** `id:` of each event, over an event stream. */
  readonly ids: (string | undefined)[] = [];
  readonly opened: Promise<{ status: number }>;
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Says something to the server, which only talks. */
  say: (text: string) => void = () => undefined;
  /** Told of each message as it comes. */
  onMessage: (message: ReceivedMessage) => void = () => undefined;
  private hangUp: () => void = () => undefined;
  private waiting: (() => void)[] = [];
  private opening!: (how: { status: number }) => void;
  private closing!: (how: { code: number; reason: string }) => void;

  private constructor() {
    this.opened = new Promise((resolve) => (this.opening = resolve));
    this.closed = new Promise((resolve) => (this.closing = resolve));
  }

  static overWebSocket(url: string, options: { headers?: Record<string, string>; protocols?: string[] }): StreamClient {
    const client = new StreamClient();
    const socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers });
    socket.on("open", () => client.opening({ status: 101 }));
    socket.on("message", (data: Buffer) => client.take(JSON.parse(data.toString()) as ReceivedMessage));
    socket.on("unexpected-response", (asked, response) => {
      client.opening({ status: response.statusCode ?? 0 });
      client.closing({ code: response.statusCode ?? 0, reason: "" });
      asked.destroy();
    });
    socket.on("close", (code, reason) => client.closing({ code, reason: reason.toString() }));
    socket.on("error", () => undefined);
    client.hangUp = () => socket.terminate();
    client.say = (text) => socket.send(text);
    return client;
  }

  static overEvents(url: string, headers: Record<string, string>): StreamClient {
    const client = new StreamClient();
    const asked = request(url, { headers, agent: false }, (response) => {
      client.opening({ status: response.statusCode ?? 0 });
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        const events = (text += piece).split("\n\n");
        text = events.pop() ?? "";
        for (const event of events) client.takeEvent(event);
      });
      response.on("close", () => client.closing({ code: 0, reason: "" }));
    });
    asked.on("error", () => client.closing({ code: 0, reason: "" }));
    asked.end();
    client.hangUp = () => asked.destroy();
    return client;
  }

  /** Every change so far. */
  get changes(): Change[] {
    return this.messages.flatMap(({ changes }) => changes ?? []);
  }

  /** The last cursor that it was told. */
  get cursor(): string | undefined {
    return this.messages.findLast(({ cursor }) => cursor !== undefined)?.cursor;
  }

  /** Resolves once something holds; looks at each message. */
  async until<Value>(found: (client: this) => Value | undefined | false, deadlineMs = 60_000): Promise<Value> {
    const giveUpAt = Date.now() + deadlineMs;
    for (;;) {
      const value = found(this);
      if (value !== undefined && value !== false) return value;
      const left = giveUpAt - Date.now();
      if (left <= 0) throw new Error(`not told in time; told: ${JSON.stringify(this.messages).slice(0, 2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  first(type: string): Promise<ReceivedMessage> {
    return this.until(({ messages }) => messages.find((message) => message.type === type));
  }

  close(): void {
    this.hangUp();
  }

  private takeEvent(event: string): void {
    const field = (name: string): string | undefined =>
      event
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const data = field("data");
    if (data === undefined) return;
    this.ids.push(field("id"));
    const message = JSON.parse(data) as ReceivedMessage;
    if (message.type !== field("event")) throw new Error(`event ${field("event")} carries ${message.type}`);
    this.take(message);
  }

  private take(message: ReceivedMessage): void {
    this.messages.push(message);
    this.onMessage(message);
    for (const wake of this.waiting.splice(0)) wake();
  }
}
