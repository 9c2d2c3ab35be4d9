import type { ServerResponse } from "node:http";
import type { WebSocket } from "ws";
import { CLOSE_CODES, type DisconnectCode, createDroppedMessage, type StreamMessage } from "./stream-message.ts";

/** How long a client that is dropped may take to hear why, in milliseconds: it is behind, so the reason reaches it late. */
const CLOSE_TIMEOUT_MS = 30_000;
/**
 * Pings in a row without an answer that mean that the client is gone. More than one: after this process was suspended,
 * the next ping is due before the answers that wait in the sockets are read.
 */
const MAX_UNANSWERED_PINGS = 3;

/** The connection of one client, whatever it speaks. */
export interface ClientConnection {
  send(message: StreamMessage): void;
  /** Bytes that wait for the client. */
  readonly bufferedBytes: number;
  readonly isOpen: boolean;
  /** Asks for a sign of life; a client that gives none several times in a row is cut off. */
  ping(): void;
  /** Says why, and closes. */
  disconnect(code: DisconnectCode): void;
  onClose(listener: () => void): void;
}

export class WebSocketConnection implements ClientConnection {
  private readonly socket: WebSocket;
  private unansweredPings = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("pong", () => (this.unansweredPings = 0));
    // A broken frame closes the connection; there is nothing else to do about it.
    socket.on("error", () => socket.terminate());
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  send(message: StreamMessage): void {
    // A connection that breaks meanwhile says so by closing.
    this.socket.send(message.frame, { binary: false }, () => undefined);
  }

  ping(): void {
    if (this.unansweredPings >= MAX_UNANSWERED_PINGS) return this.socket.terminate();
    this.unansweredPings += 1;
    this.socket.ping();
  }

  disconnect(code: DisconnectCode): void {
    this.send(createDroppedMessage(code));
    this.close(CLOSE_CODES[code], code);
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  onClose(listener: () => void): void {
    this.socket.once("close", listener);
  }
}

export class SseConnection implements ClientConnection {
  private readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  get bufferedBytes(): number {
    return this.response.writableLength;
  }

  send(message: StreamMessage): void {
    if (this.isOpen) this.response.write(message.event);
  }

  /** TCP alone tells whether the client is there; the heartbeat makes it look. */
  ping(): void {
    return;
  }

  disconnect(code: DisconnectCode): void {
    if (!this.isOpen) return;
    this.response.end(createDroppedMessage(code).event);
    setTimeout(() => this.response.destroy(), CLOSE_TIMEOUT_MS).unref();
  }

  onClose(listener: () => void): void {
    this.response.once("close", listener);
  }
}
