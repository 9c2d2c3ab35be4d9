/** What a person writes in Discord. */
export interface DiscordSaid {
  /** A channel of the guild, a thread or a direct chat; see {@link DISCORD}. A new id is a new channel. */
  readonly channelId: string;
  readonly text: string;
  /** By default the owner. */
  readonly from?: string;
  /** Makes `channelId` a thread of this channel. */
  readonly parentChannelId?: string;
}

/** Ids that every fake Discord begins with. */
export const DISCORD = {
  bot: "900000000000000001",
  application: "900000000000000001",
  guild: "100000000000000001",
  /** `#general` of the guild. */
  channel: "200000000000000001",
  /** A thread of that channel. */
  thread: "210000000000000001",
  /** The direct chat with the owner. */
  direct: "220000000000000001",
  /** The person whom the host lets in and treats as its owner. */
  owner: "400000000000000001",
} as const;

/** A bot token's first part is the bot's id, from which the host reads its application id. */
export const DISCORD_TOKEN = `${Buffer.from(DISCORD.bot).toString("base64url")}.Gfake.${"fake".repeat(7)}`;

/** A JSON object of Discord's API. */
export type DiscordObject = Readonly<Record<string, unknown>>;

/** Discord's numbers for kinds of channels. */
const KIND = { text: 0, direct: 1, thread: 11 } as const;
/** The first moment of Discord's ids, in milliseconds since 1970. */
const EPOCH_MS = 1_420_070_400_000n;

const BOT_USER = { id: DISCORD.bot, username: "claw", discriminator: "0000", global_name: "Claw", bot: true };
let counter = 0n;

/** An id whose leading bits are the time, as Discord's are; unique in this process. */
export function newSnowflake(): string {
  return (((BigInt(Date.now()) - EPOCH_MS) << 22n) + (counter++ & 0xfffn)).toString();
}

/** The guild, its channels and the messages in them. */
export class DiscordWorld {
  readonly bot: DiscordObject = BOT_USER;
  private readonly channels = new Map<string, DiscordObject>();
  private readonly messages = new Map<string, DiscordObject[]>();

  constructor() {
    this.addChannel({ id: DISCORD.channel, name: "general" });
    this.addThread({ id: DISCORD.thread, parentId: DISCORD.channel, name: "a thread" });
    this.directWith(DISCORD.owner, DISCORD.direct);
  }

  channel(id: string): DiscordObject | undefined {
    return this.channels.get(id);
  }

  addThread({ id = newSnowflake(), parentId, name }: { id?: string; parentId: string; name: string }): DiscordObject {
    const state = { archived: false, auto_archive_duration: 1440, archive_timestamp: now(), locked: false };
    return this.put({
      ...inGuild(id, name, KIND.thread),
      parent_id: parentId,
      owner_id: DISCORD.bot,
      thread_metadata: state,
    });
  }

  /** The direct chat with a person, made when there is none. */
  directWith(userId: string, id: string = newSnowflake()): DiscordObject {
    const direct = [...this.channels.values()].find(
      (one) => one["type"] === KIND.direct && (one["recipients"] as DiscordObject[])[0]?.["id"] === userId,
    );
    return direct ?? this.put({ id, type: KIND.direct, recipients: [person(userId)], last_message_id: null });
  }

  /** Puts a person's message into its channel, and the channel into the world when it is new. */
  receiveMessage({ channelId, text, from = DISCORD.owner, parentChannelId }: DiscordSaid): DiscordObject {
    if (parentChannelId !== undefined && !this.channels.has(channelId))
      this.addThread({ id: channelId, parentId: parentChannelId, name: `thread ${channelId}` });
    const channel = this.channels.get(channelId) ?? this.addChannel({ id: channelId, name: `channel-${channelId}` });
    const message = this.write(channelId, { author: person(from), content: text });
    return channel["type"] === KIND.direct ? message : { ...message, guild_id: DISCORD.guild, member: memberInfo() };
  }

  /** The bot's own message. */
  post(channelId: string, body: DiscordObject): DiscordObject {
    return this.write(channelId, { author: BOT_USER, content: body["content"] ?? "", nonce: body["nonce"] });
  }

  history(channelId: string): readonly DiscordObject[] {
    return [...(this.messages.get(channelId) ?? [])].reverse();
  }

  message(channelId: string, messageId: string): DiscordObject | undefined {
    return this.messages.get(channelId)?.find((one) => one["id"] === messageId);
  }

  member(userId: string): DiscordObject {
    return { ...memberInfo(), user: userId === DISCORD.bot ? BOT_USER : person(userId) };
  }

  /** The guild as `GET /guilds/:id` has it. */
  guild(): DiscordObject {
    const everyone = { id: DISCORD.guild, name: "@everyone", permissions: "8", position: 0, color: 0, hoist: false };
    return {
      id: DISCORD.guild,
      name: "Test guild",
      owner_id: DISCORD.owner,
      roles: [everyone],
      emojis: [],
      features: [],
    };
  }

  /** The guild as the gateway tells of it. */
  guildCreate(): DiscordObject {
    const all = [...this.channels.values()];
    return {
      ...this.guild(),
      joined_at: now(),
      large: false,
      unavailable: false,
      member_count: 2,
      voice_states: [],
      presences: [],
      members: [this.member(DISCORD.bot), this.member(DISCORD.owner)],
      channels: all.filter((one) => one["type"] === KIND.text),
      threads: all.filter((one) => one["type"] === KIND.thread),
    };
  }

  private addChannel({ id, name }: { id: string; name: string }): DiscordObject {
    return this.put({
      ...inGuild(id, name, KIND.text),
      position: 0,
      permission_overwrites: [],
      topic: null,
      nsfw: false,
    });
  }

  private put(channel: DiscordObject): DiscordObject {
    this.channels.set(String(channel["id"]), channel);
    return channel;
  }

  private write(channelId: string, what: DiscordObject): DiscordObject {
    const message = {
      id: newSnowflake(),
      channel_id: channelId,
      timestamp: now(),
      edited_timestamp: null,
      type: 0,
      tts: false,
      pinned: false,
      flags: 0,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: [],
      embeds: [],
      components: [],
      ...what,
    };
    this.messages.set(channelId, [...(this.messages.get(channelId) ?? []), message]);
    return message;
  }
}

function inGuild(id: string, name: string, type: number): DiscordObject {
  return { id, name, type, guild_id: DISCORD.guild, last_message_id: null };
}

function person(id: string): DiscordObject {
  return { id, username: `person${id.slice(-4)}`, discriminator: "0000", global_name: "Person", bot: false };
}

function memberInfo(): DiscordObject {
  return { roles: [], joined_at: now(), deaf: false, mute: false, flags: 0, permissions: "8" };
}

function now(): string {
  return new Date().toISOString();
}
