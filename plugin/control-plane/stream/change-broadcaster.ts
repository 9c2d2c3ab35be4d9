import type { Change } from "../../../registry-helper/internal.ts";
import { WorkerUnavailable } from "../../worker/supervised-worker.ts";
import type { StreamSnapshot } from "../worker/messages.ts";
import type { ApiWorkerClient } from "../worker/worker-client.ts";
import type { ClientConnection } from "./connections.ts";
import { type DisconnectCode, createStreamMessage, StreamMessage } from "./stream-message.ts";

/** How often a stream says that it lives when nothing happens, in milliseconds. */
export const HEARTBEAT_MS = 15_000;
/**
 * Bytes that may wait for one client, on top of the lists that it began with. With more it takes no part in what is
 * posted until it has taken them; then it reads on from the log.
 */
export const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Changes that are told at once to a client that catches up. */
const CATCH_UP_PAGE = 1_000;
/** A client that does not take what waits for it within this time is dropped, in milliseconds. */
const SLOW_AFTER_MS = 10_000;
/** How often it is looked whether it has, in milliseconds. */
const DRAIN_POLL_MS = 20;
/** Clients that are written to in one turn of the event loop: in the gateway, others wait for theirs. */
const CLIENTS_PER_TICK = 25;
/** Pause before an API worker that gave no answer is asked again, in milliseconds. */
const RETRY_DELAY_MS = 250;

export interface ChangeBroadcasterOptions {
  worker: ApiWorkerClient;
  now: () => number;
  problem: (message: string) => void;
  heartbeatMs?: number;
  maxBufferedBytes?: number;
  slowAfterMs?: number;
}

interface Client {
  connection: ClientConnection;
  /** Behind the last change that was sent; undefined before the first message. */
  cursor: string | undefined;
  /** Takes what is posted. Until then it is being brought up to date. */
  isLive: boolean;
  maxBuffered: number;
  unfollow: () => void;
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
export class ChangeBroadcaster {
  private readonly options: ChangeBroadcasterOptions;
  private readonly clients = new Set<Client>();
  private readonly disconnectCounts = new Map<DisconnectCode, number>();
  private readonly heartbeat: NodeJS.Timeout;
  private readonly outgoing: Outgoing[] = [];
  private isSending = false;
  private cursor: string | undefined;
  private snapshot: Promise<StreamSnapshot> | undefined;
  private isStopped = false;

  constructor(options: ChangeBroadcasterOptions) {
    this.options = options;
    options.worker.listen({
      ready: (cursor) => this.restartFrom(cursor),
      changes: (changes, cursor) => this.post(changes, cursor),
      reset: (cursor) => this.restartFrom(cursor),
    });
    this.heartbeat = setInterval(() => this.sendHeartbeat(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  get size(): number {
    return this.clients.size;
  }

  /** How many were dropped so far, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.disconnectCounts);
  }

  /**
   * A new client.
   *
   * @param after the last cursor that it has; without one it begins with what lists say
   */
  subscribe(connection: ClientConnection, after: string | undefined): void {
    const client: Client = {
      connection,
      cursor: undefined,
      isLive: false,
      maxBuffered: this.options.maxBufferedBytes ?? MAX_BUFFERED_BYTES,
      unfollow: this.options.worker.follow(),
    };
    this.clients.add(client);
    connection.onClose(() => this.unsubscribe(client));
    void this.catchUp(client, after);
  }

  /** Ends all streams, such as when the token has changed. */
  disconnectAll(code: DisconnectCode): void {
    for (const client of [...this.clients]) this.disconnect(client, code);
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.heartbeat);
    this.disconnectAll("server_stopping");
  }

  private post(changes: readonly Change[], cursor: string): void {
    const from = this.cursor;
    this.cursor = cursor;
    this.broadcast(createStreamMessage({ type: "changes", cursor, changes }), from);
  }

  private broadcast(message: StreamMessage, from: string | undefined): void {
    const clients = [...this.clients].filter(({ isLive }) => isLive);
    if (clients.length > 0) this.outgoing.push({ message, from, clients });
    if (!this.isSending) this.flushSome();
  }

  /** Message after message, a few clients in each turn of the event loop. */
  private flushSome(): void {
    let budget = CLIENTS_PER_TICK;
    for (let [first] = this.outgoing; first !== undefined && budget > 0; [first] = this.outgoing) {
      const some = first.clients.splice(0, budget);
      budget -= some.length;
      // Who fell behind and has caught up since has it already.
      for (const client of some) if (client.isLive && client.cursor === first.from) this.send(client, first.message);
      if (first.clients.length === 0) this.outgoing.shift();
    }
    this.isSending = this.outgoing.length > 0;
    if (this.isSending) setImmediate(() => this.flushSome());
  }

  private sendHeartbeat(): void {
    if (this.cursor === undefined) return;
    const at = new Date(this.options.now()).toISOString();
    const message = createStreamMessage({ type: "heartbeat", cursor: this.cursor, at });
    for (const client of this.clients) client.connection.ping();
    this.broadcast(message, this.cursor);
  }

  /** An API worker began, or its log did: nobody heard what happened in between. */
  private restartFrom(cursor: string): void {
    this.cursor = cursor;
    for (const client of this.clients) {
      if (!client.isLive || client.cursor === cursor) continue;
      client.isLive = false;
      void this.catchUp(client, client.cursor, true);
    }
  }

  private send(client: Client, message: StreamMessage): void {
    if (!client.connection.isOpen) return;
    client.connection.send(message);
    client.cursor = message.cursor ?? client.cursor;
    if (client.connection.bufferedBytes <= client.maxBuffered || !client.isLive) return;
    // A burst is more than anybody takes at once: from here on at its own pace.
    client.isLive = false;
    void this.catchUp(client, client.cursor, true);
  }

  private disconnect(client: Client, code: DisconnectCode): void {
    this.disconnectCounts.set(code, (this.disconnectCounts.get(code) ?? 0) + 1);
    this.unsubscribe(client);
    client.connection.disconnect(code);
  }

  private unsubscribe(client: Client): void {
    client.isLive = false;
    if (this.clients.delete(client)) client.unfollow();
  }

  /** Brings a client to where everybody is. */
  private async catchUp(client: Client, after: string | undefined, isResync = false): Promise<void> {
    let from = after;
    let isInitialized = isResync;
    while (this.clients.has(client)) {
      try {
        if (from === undefined) {
          from = await this.sendSnapshot(client, after !== undefined || isInitialized);
          isInitialized = true;
        }
        if (!(await this.waitForDrain(client))) return;
        const page = await this.options.worker.read(from, CATCH_UP_PAGE);
        if (!this.clients.has(client)) return;
        if (page === undefined) {
          from = undefined;
          continue;
        }
        if (!isInitialized) this.send(client, createStreamMessage({ type: "resumed", cursor: from }));
        isInitialized = true;
        client.cursor = from = page.cursor;
        if (page.changes.length > 0)
          this.send(client, createStreamMessage({ type: "changes", cursor: page.cursor, changes: page.changes }));
        if (page.cursor === this.cursor) {
          client.isLive = true;
          return;
        }
      } catch (error) {
        if (!(error instanceof WorkerUnavailable)) this.options.problem(`stream: ${String(error)}`);
        if (this.isStopped) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS).unref());
      }
    }
  }

  /** The first message of a client that has no usable cursor. Many that come at once get the same one. */
  private async sendSnapshot(client: Client, reset: boolean): Promise<string> {
    this.snapshot ??= this.options.worker.snapshot().finally(() => (this.snapshot = undefined));
    const { cursor, members } = await this.snapshot;
    const text = `{"type":"snapshot","cursor":${JSON.stringify(cursor)},"reset":${reset},${members}}`;
    const message = new StreamMessage("snapshot", cursor, text);
    client.maxBuffered = (this.options.maxBufferedBytes ?? MAX_BUFFERED_BYTES) + message.frame.length;
    client.cursor = cursor;
    if (client.connection.isOpen) client.connection.send(message);
    return cursor;
  }

  /** Waits until a client has taken what waits for it. False when it does not, or is gone. */
  private async waitForDrain(client: Client): Promise<boolean> {
    const giveUpAt = performance.now() + (this.options.slowAfterMs ?? SLOW_AFTER_MS);
    while (this.clients.has(client) && client.connection.bufferedBytes > client.maxBuffered) {
      if (performance.now() > giveUpAt) this.disconnect(client, "slow_reader");
      else await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS).unref());
    }
    return this.clients.has(client);
  }
}
