/** Why a stream is ended by the server. */
export type DropCode = "slow_reader" | "server_stopping" | "unauthorized";

/** Codes with which a WebSocket is closed. */
export const CLOSE_CODES: Readonly<Record<DropCode, number>> = {
  slow_reader: 1013,
  server_stopping: 1001,
  unauthorized: 1008,
};

const DROP_WORDS: Readonly<Record<DropCode, string>> = {
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

export function messageOf(value: { type: string; cursor?: string } & Record<string, unknown>): StreamMessage {
  return new StreamMessage(value.type, value.cursor, JSON.stringify(value));
}

export function droppedMessage(code: DropCode): StreamMessage {
  return messageOf({ type: "dropped", code, message: DROP_WORDS[code] });
}
