import { DISCORD, type DiscordWorld, newSnowflake } from "./discord-world.ts";

/** An answer of the REST API: a status with a body, or none for "no content". */
export type DiscordAnswer = readonly [status: number, body?: unknown];

/** A request to the REST API. */
export interface DiscordRequest {
  readonly method: string;
  /** The route's parts, without `/api/v10`. */
  readonly parts: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  /** Host and port that the request came to. */
  readonly host: string;
}

export const NO_CONTENT: DiscordAnswer = [204];
export const UNKNOWN_CHANNEL: DiscordAnswer = [404, { message: "Unknown Channel", code: 10003 }];
export const UNKNOWN_MESSAGE: DiscordAnswer = [404, { message: "Unknown Message", code: 10008 }];
const NOT_FOUND: DiscordAnswer = [404, { message: "404: Not Found", code: 0 }];
/** The flag says that the bot may read what people write. */
const APPLICATION = { id: DISCORD.application, name: "claw", flags: 1 << 19 };

/** Answers all that puts nothing before a person's eyes. */
export function findObject(world: DiscordWorld, request: DiscordRequest): DiscordAnswer {
  const [root, id = "", rest = "", last = ""] = request.parts;
  switch (root) {
    case "gateway":
      return [200, gatewayInfo(request.host)];
    case "users":
      if (rest === "channels") return [200, world.directWith(String(request.params["recipient_id"]))];
      return [200, id === "@me" ? world.bot : world.member(id)["user"]];
    case "oauth2":
      return [200, APPLICATION];
    case "applications":
      return [200, rest === "" ? APPLICATION : []];
    case "guilds":
      if (rest === "members") return [200, world.member(last)];
      return [200, rest === "" ? world.guild() : []];
    case "channels":
      return world.channel(id) ? inChannel(world, request) : UNKNOWN_CHANNEL;
    default:
      return NOT_FOUND;
  }
}

function inChannel(world: DiscordWorld, { method, parts, params }: DiscordRequest): DiscordAnswer {
  const [, channelId = "", rest, messageId] = parts;
  switch (rest) {
    case undefined:
      return [200, world.channel(channelId)];
    case "typing":
      return NO_CONTENT;
    case "threads":
      return [201, world.addThread({ parentId: channelId, name: String(params["name"]) })];
    case "webhooks":
      return [200, method === "POST" ? newWebhook(channelId) : []];
    case "messages":
      if (messageId === undefined) return [200, world.history(channelId)];
      return parts.length > 4 ? NO_CONTENT : [200, world.message(channelId, messageId)];
    default:
      return NOT_FOUND;
  }
}

function newWebhook(channelId: string): object {
  return { id: newSnowflake(), token: "webhook-token", type: 1, channel_id: channelId };
}

function gatewayInfo(host: string): object {
  const limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };
  return { url: `ws://${host}`, shards: 1, session_start_limit: limit };
}
