import type { Change } from "../../../registry-helper/views/changes/change-log.ts";
import { type DeskClient, DeskUnavailable } from "../worker/worker-client.ts";
import type { Snapshot } from "../worker/messages.ts";
import { type DropCode, messageOf, StreamMessage } from "./stream-message.ts";
import type { Sink } from "./connections.ts";

/** How often a stream says that it lives when nothing happens, in milliseconds. */
export const HEARTBEAT_MS = 15_000;
/**
 * Bytes that may wait for one client, on top of the lists that it began with. With more it takes no part in what is
 * posted until it has taken them; then it reads on from the log.
 */
export const MOST_WAITING_BYTES = 1024 * 1024;
/** Changes that are told at once to a client that catches up. */
const CATCH_UP_PAGE = 1_000;
/** A client that does not take what waits for it within this time is dropped, in milliseconds. */
const SLOW_AFTER_MS = 10_000;
/** How often it is looked whether it has, in milliseconds. */
const ROOM_LOOK_MS = 20;
/** Clients that are written to in one turn of the event loop: in the gateway, others wait for theirs. */
const CLIENTS_AT_ONCE = 25;
/** Pause before a desk that gave no answer is asked again, in milliseconds. */
const ASK_AGAIN_MS = 250;

export interface StreamHubOptions {
  desk: DeskClient;
  now: () => number;
  problem: (message: string) => void;
  heartbeatMs?: number;
  mostWaitingBytes?: number;
  slowAfterMs?: number;
}

interface Client {
  sink: Sink;
  /** Behind the last change that was sent; undefined before the first message. */
  cursor: string | undefined;
  /** Takes what is posted. Until then it is being brought up to date. */
  isLive: boolean;
  mostWaiting: number;
  letGo: () => void;
}

/** A message on its way to those who stand where it begins. */
interface Outgoing {
  message: StreamMessage;
  from: string | undefined;
  clients: Client[];
}

/**
 * Everybody who follows the changes. What is posted is written out once and sent to all who are up to date; whoever
 * joins or fell behind reads from the log, never past what was posted, and takes part in the very moment in which both
 * stand at the same cursor: no gap and no repeat.
 */
export class StreamHub {
  private readonly options: StreamHubOptions;
  private readonly clients = new Set<Client>();
  private readonly drops = new Map<DropCode, number>();
  private readonly heartbeat: NodeJS.Timeout;
  private readonly outgoing: Outgoing[] = [];
  private isTelling = false;
  private cursor: string | undefined;
  private snapshot: Promise<Snapshot> | undefined;
  private isStopped = false;

  constructor(options: StreamHubOptions) {
    this.options = options;
    options.desk.listen({
      ready: (cursor) => this.begin(cursor),
      changes: (changes, cursor) => this.post(changes, cursor),
      reset: (cursor) => this.begin(cursor),
    });
    this.heartbeat = setInterval(() => this.beat(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  get size(): number {
    return this.clients.size;
  }

  /** How many were dropped so far, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.drops);
  }

  /**
   * A new client.
   *
   * @param after the last cursor that it has; without one it begins with what lists say
   */
  join(sink: Sink, after: string | undefined): void {
    const client: Client = {
      sink,
      cursor: undefined,
      isLive: false,
      mostWaiting: this.options.mostWaitingBytes ?? MOST_WAITING_BYTES,
      letGo: this.options.desk.follow(),
    };
    this.clients.add(client);
    sink.onClose(() => this.leave(client));
    void this.bring(client, after);
  }

  /** Ends all streams, such as when the token has changed. */
  dropAll(code: DropCode): void {
    for (const client of [...this.clients]) this.drop(client, code);
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.heartbeat);
    this.dropAll("server_stopping");
  }

  private post(changes: readonly Change[], cursor: string): void {
    const from = this.cursor;
    this.cursor = cursor;
    this.tellAll(messageOf({ type: "changes", cursor, changes }), from);
  }

  private tellAll(message: StreamMessage, from: string | undefined): void {
    const clients = [...this.clients].filter(({ isLive }) => isLive);
    if (clients.length > 0) this.outgoing.push({ message, from, clients });
    if (!this.isTelling) this.tellSome();
  }

  /** Message after message, a few clients in each turn of the event loop. */
  private tellSome(): void {
    let room = CLIENTS_AT_ONCE;
    for (let [first] = this.outgoing; first !== undefined && room > 0; [first] = this.outgoing) {
      const some = first.clients.splice(0, room);
      room -= some.length;
      // Who fell behind and has caught up since has it already.
      for (const client of some) if (client.isLive && client.cursor === first.from) this.send(client, first.message);
      if (first.clients.length === 0) this.outgoing.shift();
    }
    this.isTelling = this.outgoing.length > 0;
    if (this.isTelling) setImmediate(() => this.tellSome());
  }

  private beat(): void {
    if (this.cursor === undefined) return;
    const at = new Date(this.options.now()).toISOString();
    const message = messageOf({ type: "heartbeat", cursor: this.cursor, at });
    for (const client of this.clients) client.sink.check();
    this.tellAll(message, this.cursor);
  }

  /** A desk began, or its log did: nobody heard what happened in between. */
  private begin(cursor: string): void {
    this.cursor = cursor;
    for (const client of this.clients) {
      if (!client.isLive || client.cursor === cursor) continue;
      client.isLive = false;
      void this.bring(client, client.cursor, true);
    }
  }

  private send(client: Client, message: StreamMessage): void {
    if (!client.sink.isOpen) return;
    client.sink.send(message);
    client.cursor = message.cursor ?? client.cursor;
    if (client.sink.waiting <= client.mostWaiting || !client.isLive) return;
    // A burst is more than anybody takes at once: from here on at its own pace.
    client.isLive = false;
    void this.bring(client, client.cursor, true);
  }

  private drop(client: Client, code: DropCode): void {
    this.drops.set(code, (this.drops.get(code) ?? 0) + 1);
    this.leave(client);
    client.sink.drop(code);
  }

  private leave(client: Client): void {
    client.isLive = false;
    if (this.clients.delete(client)) client.letGo();
  }

  /** Brings a client to where everybody is. */
  private async bring(client: Client, after: string | undefined, isAgain = false): Promise<void> {
    let from = after;
    let isGreeted = isAgain;
    while (this.clients.has(client)) {
      try {
        if (from === undefined) {
          from = await this.greet(client, after !== undefined || isGreeted);
          isGreeted = true;
        }
        if (!(await this.hasRoom(client))) return;
        const page = await this.options.desk.read(from, CATCH_UP_PAGE);
        if (!this.clients.has(client)) return;
        if (page === undefined) {
          from = undefined;
          continue;
        }
        if (!isGreeted) this.send(client, messageOf({ type: "resumed", cursor: from }));
        isGreeted = true;
        client.cursor = from = page.cursor;
        if (page.changes.length > 0)
          this.send(client, messageOf({ type: "changes", cursor: page.cursor, changes: page.changes }));
        if (page.cursor === this.cursor) {
          client.isLive = true;
          return;
        }
      } catch (error) {
        if (!(error instanceof DeskUnavailable)) this.options.problem(`stream: ${String(error)}`);
        if (this.isStopped) return;
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS).unref());
      }
    }
  }

  /** The first message of a client that has no usable cursor. Many that come at once get the same one. */
  private async greet(client: Client, reset: boolean): Promise<string> {
    this.snapshot ??= this.options.desk.snapshot().finally(() => (this.snapshot = undefined));
    const { cursor, members } = await this.snapshot;
    const text = `{"type":"snapshot","cursor":${JSON.stringify(cursor)},"reset":${reset},${members}}`;
    const message = new StreamMessage("snapshot", cursor, text);
    client.mostWaiting = (this.options.mostWaitingBytes ?? MOST_WAITING_BYTES) + message.frame.length;
    client.cursor = cursor;
    if (client.sink.isOpen) client.sink.send(message);
    return cursor;
  }

  /** Waits until a client has taken what waits for it. False when it does not, or is gone. */
  private async hasRoom(client: Client): Promise<boolean> {
    const giveUpAt = performance.now() + (this.options.slowAfterMs ?? SLOW_AFTER_MS);
    while (this.clients.has(client) && client.sink.waiting > client.mostWaiting) {
      if (performance.now() > giveUpAt) this.drop(client, "slow_reader");
      else await new Promise((resolve) => setTimeout(resolve, ROOM_LOOK_MS).unref());
    }
    return this.clients.has(client);
  }
}
