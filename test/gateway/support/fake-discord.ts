import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChannelFailure, type FailureLimits, FailurePlan } from "./channel-failure.ts";
import { DiscordGateway } from "./discord-gateway.ts";
import {
  type DiscordAnswer,
  type DiscordRequest,
  findObject,
  NO_CONTENT,
  UNKNOWN_CHANNEL,
  UNKNOWN_MESSAGE,
} from "./discord-lookups.ts";
import { DISCORD, type DiscordSaid, DiscordWorld } from "./discord-world.ts";
import { listenOnLoopback, type LoopbackServer } from "./loopback-server.ts";
import { readForm, type RequestForm, type SentFile } from "./request-form.ts";

export { DISCORD, type DiscordSaid } from "./discord-world.ts";

/** A message that the gateway sent. */
export interface SentDiscordMessage {
  /** The channel, thread or direct chat that it went into. */
  readonly channelId: string;
  /** The text as it stands now: later edits change it. */
  text: string;
  /** Epoch milliseconds at which the message arrived. */
  readonly at: number;
  readonly messageId: string;
  readonly files: readonly SentFile[];
  /** Whether the gateway took it back. */
  deleted: boolean;
}

/** One call of the REST API. */
export interface DiscordCall {
  /** For example `POST /channels/200000000000000001/messages`. */
  readonly route: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Options of {@link startFakeDiscord}. */
export interface FakeDiscordOptions {
  /** Called after each accepted message. */
  readonly onSent?: (message: SentDiscordMessage) => void;
}

/** Discord's REST API and gateway for one bot in one guild. */
export interface FakeDiscord {
  /** For the environment variable `DISCORD_API_URL` of the gateway. */
  readonly apiUrl: string;
  readonly sent: readonly SentDiscordMessage[];
  readonly calls: readonly DiscordCall[];
  /** Whether the host is connected to the gateway; what is said before then waits for it. */
  readonly connected: boolean;
  /** A person writes in a channel, a thread or a direct chat; returns the id of that message. */
  say(said: DiscordSaid): string;
  /** How the tries to send that follow end, until told otherwise or within the limits. */
  failWith(failure: ChannelFailure, limits?: FailureLimits): Promise<void>;
  close(): Promise<void>;
}

/** A request, with what it carries. */
type Call = DiscordRequest & RequestForm;

const BASE = "/api/v10";
const ERROR_REPLIES: Partial<Record<ChannelFailure, DiscordAnswer>> = {
  "refuse-500": [500, { message: "Internal Server Error", code: 0 }],
  "refuse-403": [403, { message: "Missing Access", code: 50001 }],
  "too-many-requests": [429, { message: "You are being rate limited.", retry_after: 1, global: false }],
};

/** Starts Discord on loopback: a person's words enter by `say`, what the gateway answers stands in `sent`. */
export async function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const world = new DiscordWorld();
  const gateway = new DiscordGateway(world);
  const sent: SentDiscordMessage[] = [];
  const calls: DiscordCall[] = [];
  const plan = new FailurePlan();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://discord");
    const call: Call = {
      ...(await readForm(request)),
      method: request.method ?? "GET",
      parts: pathname.replace(BASE, "").split("/").filter(Boolean),
      host: request.headers.host ?? "",
    };
    calls.push({ route: `${call.method} /${call.parts.join("/")}`, params: call.params, at: Date.now() });
    if (isSending(call)) return send(call, response);
    reply(response, isAboutMessage(call) ? oneMessage(call) : findObject(world, call));
  }

  function send(call: Call, response: ServerResponse): void {
    const { failure, forMs } = plan.next(call.parts.slice(0, 2).join("/"));
    if (failure === "hang") {
      if (forMs !== undefined) setTimeout(() => response.destroy(), forMs).unref();
      return;
    }
    const result = ERROR_REPLIES[failure] ?? accept(call);
    if (failure === "drop-after-accept") return void response.destroy();
    reply(response, result);
  }

  /** A message by the bot or by a webhook; one with a known nonce is the same message again. */
  function accept({ parts, params, files }: Call): DiscordAnswer {
    const channelId = parts[0] === "channels" ? parts[1]! : webhookTarget(params);
    if (!world.channel(channelId)) return UNKNOWN_CHANNEL;
    const before = world
      .history(channelId)
      .find((one) => one["nonce"] !== undefined && one["nonce"] === params["nonce"]);
    if (before && params["enforce_nonce"] === true) return [200, before];
    const body = world.post(channelId, params);
    const message: SentDiscordMessage = {
      channelId,
      text: String(params["content"] ?? ""),
      at: Date.now(),
      messageId: String(body["id"]),
      files,
      deleted: false,
    };
    sent.push(message);
    options.onSent?.(message);
    return [200, body];
  }

  function webhookTarget(params: RequestForm["params"]): string {
    return String(params["thread_id"] ?? DISCORD.channel);
  }

  /** Looks at, edits or takes back one message. */
  function oneMessage({ method, parts, params }: Call): DiscordAnswer {
    const [, channelId = "", , messageId = ""] = parts;
    const body = world.message(channelId, messageId);
    if (!body) return UNKNOWN_MESSAGE;
    const mine = sent.find((one) => one.messageId === messageId);
    if (mine && method === "PATCH") mine.text = String(params["content"] ?? mine.text);
    if (mine && method === "DELETE") mine.deleted = true;
    return method === "DELETE" ? NO_CONTENT : [200, { ...body, ...(mine && { content: mine.text }) }];
  }

  async function listen(port?: number): Promise<LoopbackServer> {
    const started = await listenOnLoopback(handle, port);
    started.http.on("upgrade", (request: IncomingMessage, socket, head: Buffer) =>
      gateway.upgrade(request, socket, head),
    );
    return started;
  }

  async function stopListening(): Promise<void> {
    gateway.drop();
    await server?.close();
    server = undefined;
  }

  let server: LoopbackServer | undefined = await listen();
  const { port, url } = server;
  return {
    apiUrl: `${url}${BASE}`,
    sent,
    calls,
    get connected() {
      return gateway.connected;
    },
    say(said) {
      const message = world.receiveMessage(said);
      gateway.dispatch("MESSAGE_CREATE", message);
      return String(message["id"]);
    },
    async failWith(failure, limits) {
      plan.set(failure, limits);
      if (failure === "down") await stopListening();
      else server ??= await listen(port);
    },
    close: stopListening,
  };
}

/** Whether a call puts something before a person's eyes. */
function isSending({ method, parts }: Call): boolean {
  if (method !== "POST") return false;
  return parts[0] === "webhooks" || (parts[0] === "channels" && parts[2] === "messages" && parts.length === 3);
}

/** Whether a call is about one message that stands there. */
function isAboutMessage({ parts }: Call): boolean {
  return parts[0] === "channels" && parts[2] === "messages" && parts.length === 4;
}

function reply(response: ServerResponse, [status, body]: DiscordAnswer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
