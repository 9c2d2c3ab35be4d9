/** Why a stream is ended by the server. */
export type DisconnectCode = "slow_reader" | "server_stopping" | "unauthorized";

/** Codes with which a WebSocket is closed. */
export const CLOSE_CODES: Readonly<Record<DisconnectCode, number>> = {
  slow_reader: 1013,
  server_stopping: 1001,
  unauthorized: 1008,
};

const DISCONNECT_MESSAGES: Readonly<Record<DisconnectCode, string>> = {
  slow_reader: "this client reads too slowly; connect again with the last cursor",
  server_stopping: "the server is stopping; connect again with the last cursor",
  unauthorized: "the token is not valid any more; open the link that the server prints now",
};

/**
 * One message to many clients: written out once, however many there are.
 */
export class StreamMessage {
  readonly type: string;
  readonly cursor: string | undefined;
  readonly text: string;
  private wsBytes: Buffer | undefined;
  private sseBytes: Buffer | undefined;

  constructor(type: string, cursor: string | undefined, text: string) {
    this.type = type;
    this.cursor = cursor;
    this.text = text;
  }

  /** Of a WebSocket's text frame. */
  get frame(): Buffer {
    return (this.wsBytes ??= Buffer.from(this.text));
  }

  /** As an event of `text/event-stream`. JSON has no line breaks of its own. */
  get event(): Buffer {
    const id = this.cursor === undefined ? "" : `id: ${this.cursor}\n`;
    return (this.sseBytes ??= Buffer.from(`event: ${this.type}\n${id}data: ${this.text}\n\n`));
  }
}

export function createStreamMessage(value: { type: string; cursor?: string } & Record<string, unknown>): StreamMessage {
  return new StreamMessage(value.type, value.cursor, JSON.stringify(value));
}

export function createDroppedMessage(code: DisconnectCode): StreamMessage {
  return createStreamMessage({ type: "dropped", code, message: DISCONNECT_MESSAGES[code] });
}
