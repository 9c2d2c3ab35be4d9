import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChannelFailure, type FailureLimits, FailurePlan, type SendFate } from "./channel-failure.ts";
import { listenOnLoopback, type LoopbackServer } from "./loopback-server.ts";
import { readForm, type RequestForm, type SentFile } from "./request-form.ts";
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
  /** Pictures, films and sounds that came with it; the text is then its caption. */
  readonly files: readonly SentFile[];
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

/** How sending goes wrong. */
export type TelegramFailure = ChannelFailure;

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
  /** How the tries to send that follow end, until told otherwise or within the limits. */
  failWith(failure: TelegramFailure, limits?: FailureLimits): Promise<void>;
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
const ERROR_REPLIES: Partial<Record<ChannelFailure, object>> = {
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
  const plan = new FailurePlan();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://bot").pathname;
    const method = METHOD.exec(path)?.[1];
    const form = await readForm(request);
    const { params } = form;
    if (!method) return reply(response, { ok: false, error_code: 404, description: "Not Found" });
    if (method === "getUpdates") {
      const updates = await inbox.take(params, request);
      return reply(response, { ok: true, result: updates });
    }
    calls.push({ method, params, at: Date.now() });
    if (method === "deleteMessage") withdraw(params);
    if (!SENDING.test(method)) return reply(response, { ok: true, result: answer(method, params) });
    send({
      method,
      form,
      fate: plan.next(`${String(params.chat_id)}:${String(params.message_thread_id ?? "")}`),
      response,
    });
  }

  function send(what: { method: string; form: RequestForm; fate: SendFate; response: ServerResponse }): void {
    const { method, form, fate, response } = what;
    if (fate.failure === "hang") return hang(response, fate.forMs);
    const errorReply = ERROR_REPLIES[fate.failure];
    if (errorReply) return reply(response, errorReply);
    const result = accept(method, form);
    if (fate.failure === "drop-after-accept") return void response.destroy();
    reply(response, { ok: true, result });
  }

  function withdraw(params: RequestForm["params"]): void {
    const message = sent.find((one) => one.messageId === Number(params.message_id));
    if (message) message.deleted = true;
  }

  function accept(method: string, form: RequestForm): object {
    const { params, files } = form;
    const earlier = sent.find((one) => one.messageId === Number(params.message_id));
    if (method.startsWith("edit") && earlier) {
      earlier.text = getText(params);
      return asTelegram(earlier);
    }
    return asTelegram(store({ params, files }));
  }

  function store({ params, files }: RequestForm): SentMessage {
    const message: SentMessage = {
      chatId: String(params.chat_id),
      threadId: params.message_thread_id === undefined ? undefined : Number(params.message_thread_id),
      text: files.length > 0 ? getCaption(params) : getText(params),
      at: Date.now(),
      messageId: inbox.nextMessageId(),
      files,
      deleted: false,
    };
    sent.push(message);
    options.onSent?.(message);
    return message;
  }

  let server: LoopbackServer | undefined = await listenOnLoopback(handle);
  const { port, url } = server;
  return {
    apiRoot: url,
    sent,
    calls,
    say: (said) => inbox.put(said),
    async failWith(failure, limits) {
      plan.set(failure, limits);
      if (failure === "down") {
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

function answer(method: string, params: RequestForm["params"]): unknown {
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

/** The readable part of a message: plain text, or the source of a rich message. */
function getText(params: RequestForm["params"]): string {
  const text = params.text ?? params.caption;
  return typeof text === "string" ? text : JSON.stringify(params);
}

function getCaption({ caption }: RequestForm["params"]): string {
  return typeof caption === "string" ? caption : "";
}

/** Leaves a request without an answer; its connection breaks after a while, if one is given. */
function hang(response: ServerResponse, forMs: number | undefined): void {
  if (forMs !== undefined) setTimeout(() => response.destroy(), forMs).unref();
}

function reply(response: ServerResponse, body: object): void {
  const status = "error_code" in body ? Number(body.error_code) : 200;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
