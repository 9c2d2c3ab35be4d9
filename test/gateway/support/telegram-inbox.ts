import type { IncomingMessage } from "node:http";

/** What a person writes. */
export interface Said {
  /** A private chat has the id of the person, a group a negative one. */
  readonly chatId: string | number;
  readonly from: string | number;
  readonly text: string;
  /** By default a negative chat id is a supergroup, any other a private chat. */
  readonly chatType?: "private" | "group" | "supergroup";
  /** Forum topic. */
  readonly threadId?: number | undefined;
  /** Whether the chat is a forum; by default it is one when a topic is given. */
  readonly isForum?: boolean;
}

interface Update {
  readonly update_id: number;
  readonly message: object;
}

/** Seconds that `getUpdates` stays open at most, whatever the client asks for. */
const MAX_POLL_S = 20;

/**
 * Update ids start at the clock's seconds since 1970, so that a new server never begins below the
 * offset that a gateway remembers from an older one. Counted per process, not per server.
 */
let lastUpdateId = Math.floor(Date.now() / 1000);
let lastMessageId = 0;

/** The updates that the bot has not confirmed yet, handed out by long polling. */
export class TelegramInbox {
  private waiting: Update[] = [];
  private wake = new Set<() => void>();

  /** Adds a person's message and wakes the poll that waits for one. */
  put(said: Said): number {
    const messageId = this.nextMessageId();
    this.waiting.push({ update_id: ++lastUpdateId, message: asMessage(said, messageId) });
    for (const wake of this.wake) wake();
    return messageId;
  }

  nextMessageId(): number {
    return ++lastMessageId;
  }

  /** Answers `getUpdates`: waits for the first update, the end of the poll or the caller's leaving. */
  async take(params: Readonly<Record<string, unknown>>, request: IncomingMessage): Promise<Update[]> {
    const offset = Number(params.offset ?? 0);
    const seconds = Math.min(Number(params.timeout ?? 0), MAX_POLL_S);
    this.waiting = this.waiting.filter((update) => update.update_id >= offset);
    if (this.waiting.length === 0 && seconds > 0) await this.something(seconds * 1000, request);
    return this.waiting.slice(0, Number(params.limit ?? 100));
  }

  /** Ends every open poll. */
  close(): void {
    for (const wake of this.wake) wake();
  }

  private something(waitMs: number, request: IncomingMessage): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wake.delete(done);
        request.socket.off("close", done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.wake.add(done);
      request.socket.once("close", done);
    });
  }
}

/** A chat object as the Bot API gives it. */
export function describeChat(chat: Pick<Said, "chatId" | "chatType" | "threadId" | "isForum">): object {
  const id = Number(chat.chatId);
  const type = chat.chatType ?? (id < 0 ? "supergroup" : "private");
  if (type === "private") return { id, type, first_name: "Person" };
  return { id, type, title: "Test group", ...((chat.isForum ?? chat.threadId !== undefined) && { is_forum: true }) };
}

function asMessage(said: Said, messageId: number): object {
  return {
    message_id: messageId,
    date: Math.floor(Date.now() / 1000),
    from: { id: Number(said.from), is_bot: false, first_name: "Person", username: `person${said.from}` },
    chat: describeChat(said),
    text: said.text,
    ...(said.threadId !== undefined && { message_thread_id: said.threadId, is_topic_message: true }),
  };
}
