import type { IncomingMessage, ServerResponse } from "node:http";
import { listenOnLoopback, readBody, type LoopbackServer } from "./loopback-server.ts";
import { describeChat, TelegramInbox, type Said } from "./telegram-inbox.ts";

/** A message that the gateway sent to a chat. */
export interface SentMessage {
  readonly chatId: string;
  /** Forum topic, when the message went into one. */
  readonly threadId: number | undefined;
  /** The text as it stands now: later edits change it. */
  text: string;
  /** Epoch milliseconds at which the message arrived. */
  readonly at: number;
  readonly messageId: number;
  /** Whether the gateway took it back, as it does with a preview. */
  deleted: boolean;
}

/** One call of the Bot API, of whatever method. */
export interface TelegramCall {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * How sending goes wrong; everything else (polling, `getMe`) goes on working, except for `down`.
 * - `refuse-500`, `refuse-403`: an error answer, nothing is sent
 * - `too-many-requests`: 429 with `retry_after: 1`, nothing is sent
 * - `hang`: nothing is sent and no answer ever comes
 * - `drop-after-accept`: the message IS sent, the connection breaks before the answer
 * - `down`: nobody listens on the port any more
 */
export type TelegramFailure =
  "none" | "refuse-500" | "refuse-403" | "too-many-requests" | "hang" | "drop-after-accept" | "down";

/** Options of {@link startFakeTelegram}. */
export interface FakeTelegramOptions {
  /** Called after each accepted message. */
  readonly onSent?: (message: SentMessage) => void;
}

/** A Bot API server for one bot. */
export interface FakeTelegram {
  /** For `channels.telegram.apiRoot`. */
  readonly apiRoot: string;
  readonly sent: readonly SentMessage[];
  /** Every call but the polling. */
  readonly calls: readonly TelegramCall[];
  /** A person writes in a chat; returns the id of that message. */
  say(said: Said): number;
  failWith(failure: TelegramFailure): Promise<void>;
  close(): Promise<void>;
}

const BOT = {
  id: 777,
  is_bot: true,
  first_name: "Claw",
  username: "claw_test_bot",
  can_join_groups: true,
  can_read_all_group_messages: true,
};
const METHOD = /^\/bot[^/]+\/(\w+)$/;
/** Calls that put something before a person's eyes. */
const SENDING = /^(send(?!ChatAction)|edit)/;
const REFUSALS: Partial<Record<TelegramFailure, object>> = {
  "refuse-500": { ok: false, error_code: 500, description: "Internal Server Error" },
  "refuse-403": { ok: false, error_code: 403, description: "Forbidden: bot was kicked from the supergroup chat" },
  "too-many-requests": {
    ok: false,
    error_code: 429,
    description: "Too Many Requests: retry after 1",
    parameters: { retry_after: 1 },
  },
};

/**
 * Starts a Telegram Bot API on loopback. A person's words enter by `say`, what the gateway answers
 * stands in `sent`.
 */
export async function startFakeTelegram(options: FakeTelegramOptions = {}): Promise<FakeTelegram> {
  const inbox = new TelegramInbox();
  const sent: SentMessage[] = [];
  const calls: TelegramCall[] = [];
  let failure: TelegramFailure = "none";

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://bot").pathname;
    const method = METHOD.exec(path)?.[1];
    const params = parseParams(await readBody(request), request.headers["content-type"] ?? "");
    if (!method) return reply(response, { ok: false, error_code: 404, description: "Not Found" });
    if (method === "getUpdates") {
      const updates = await inbox.take(params, request);
      return reply(response, { ok: true, result: updates });
    }
    calls.push({ method, params, at: Date.now() });
    if (method === "deleteMessage") withdraw(params);
    if (!SENDING.test(method)) return reply(response, { ok: true, result: answer(method, params) });
    if (failure === "hang") return;
    const refusal = REFUSALS[failure];
    if (refusal) return reply(response, refusal);
    const result = accept(method, params);
    if (failure === "drop-after-accept") return void request.socket.destroy();
    reply(response, { ok: true, result });
  }

  function withdraw(params: Record<string, unknown>): void {
    const message = sent.find((one) => one.messageId === Number(params.message_id));
    if (message) message.deleted = true;
  }

  function accept(method: string, params: Record<string, unknown>): object {
    const text = textOf(params);
    const earlier = sent.find((one) => one.messageId === Number(params.message_id));
    if (method.startsWith("edit") && earlier) {
      earlier.text = text;
      return asTelegram(earlier);
    }
    const message: SentMessage = {
      chatId: String(params.chat_id),
      threadId: params.message_thread_id === undefined ? undefined : Number(params.message_thread_id),
      text,
      at: Date.now(),
      messageId: inbox.nextMessageId(),
      deleted: false,
    };
    sent.push(message);
    options.onSent?.(message);
    return asTelegram(message);
  }

  let server: LoopbackServer | undefined = await listenOnLoopback(handle);
  const { port, url } = server;
  return {
    apiRoot: url,
    sent,
    calls,
    say: (said) => inbox.put(said),
    async failWith(next) {
      failure = next;
      if (next === "down") {
        await server?.close();
        server = undefined;
      } else {
        server ??= await listenOnLoopback(handle, port);
      }
    },
    async close() {
      inbox.close();
      await server?.close();
      server = undefined;
    },
  };
}

function asTelegram(message: SentMessage): object {
  return {
    message_id: message.messageId,
    date: Math.floor(message.at / 1000),
    from: BOT,
    chat: describeChat(message),
    text: message.text,
    ...(message.threadId !== undefined && { message_thread_id: message.threadId, is_topic_message: true }),
  };
}

function answer(method: string, params: Record<string, unknown>): unknown {
  switch (method) {
    case "getMe":
      return BOT;
    case "getChat":
      return { ...describeChat({ chatId: String(params.chat_id) }), accent_color_id: 0, max_reaction_count: 11 };
    case "getChatMember":
      return { status: "member", user: { id: Number(params.user_id), is_bot: false, first_name: "Someone" } };
    case "getWebhookInfo":
      return { url: "", has_custom_certificate: false, pending_update_count: 0 };
    case "getMyCommands":
    case "getForumTopicIconStickers":
      return [];
    default:
      return true;
  }
}

/** The readable part of a message: plain text, a caption, or the source of a rich message. */
function textOf(params: Record<string, unknown>): string {
  const text = params.text ?? params.caption;
  return typeof text === "string" ? text : JSON.stringify(params);
}

function parseParams(body: string, contentType: string): Record<string, unknown> {
  if (body === "") return {};
  if (contentType.includes("json")) return JSON.parse(body) as Record<string, unknown>;
  if (contentType.includes("urlencoded")) return Object.fromEntries(new URLSearchParams(body));
  return { raw: body };
}

function reply(response: ServerResponse, body: object): void {
  const status = "error_code" in body ? Number(body.error_code) : 200;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
