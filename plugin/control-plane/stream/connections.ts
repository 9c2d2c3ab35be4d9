import type { ServerResponse } from "node:http";
import type { WebSocket } from "ws";
import { CLOSE_CODES, type DropCode, droppedMessage, type StreamMessage } from "./stream-message.ts";

/** How long a client that is dropped may take to hear why, in milliseconds. */
const GOODBYE_MS = 1_000;

/** The connection of one client, whatever it speaks. */
export interface Sink {
  send(message: StreamMessage): void;
  /** Bytes that wait for the client. */
  readonly waiting: number;
  readonly isOpen: boolean;
  /** Asks for a sign of life; a client that gave none since the last time is cut off. */
  check(): void;
  /** Says why, and closes. */
  drop(code: DropCode): void;
  onClose(listener: () => void): void;
}

export class WebSocketSink implements Sink {
  private readonly socket: WebSocket;
  private isAlive = true;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("pong", () => (this.isAlive = true));
    // A broken frame closes the connection; there is nothing else to do about it.
    socket.on("error", () => socket.terminate());
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  get waiting(): number {
    return this.socket.bufferedAmount;
  }

  send(message: StreamMessage): void {
    // A connection that breaks meanwhile says so by closing.
    this.socket.send(message.frame, { binary: false }, () => undefined);
  }

  check(): void {
    if (!this.isAlive) return this.socket.terminate();
    this.isAlive = false;
    this.socket.ping();
  }

  drop(code: DropCode): void {
    this.send(droppedMessage(code));
    this.close(CLOSE_CODES[code], code);
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), GOODBYE_MS).unref();
  }

  onClose(listener: () => void): void {
    this.socket.once("close", listener);
  }
}

export class EventStreamSink implements Sink {
  private readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  get waiting(): number {
    return this.response.writableLength;
  }

  send(message: StreamMessage): void {
    if (this.isOpen) this.response.write(message.event);
  }

  /** TCP alone tells whether the client is there; the heartbeat makes it look. */
  check(): void {
    return;
  }

  drop(code: DropCode): void {
    if (!this.isOpen) return;
    this.response.end(droppedMessage(code).event);
    setTimeout(() => this.response.destroy(), GOODBYE_MS).unref();
  }

  onClose(listener: () => void): void {
    this.response.once("close", listener);
  }
}
