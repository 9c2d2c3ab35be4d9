import { pick } from "../../support/seeded-random.ts";
import type { ChannelFailure, FailureLimits } from "../support/channel-failure.ts";
import { DISCORD } from "../support/fake-discord.ts";
import { OWNER_ID } from "../support/openclaw-host.ts";
import { getKind, type KindName, KINDS, type Piece, type Place } from "./chaos-pieces.ts";

/** How sending goes wrong in a channel for a while. */
export interface Trouble {
  readonly channel: Place["channel"];
  readonly failure: ChannelFailure;
  readonly limits?: FailureLimits;
}

/** Pieces of work that are set going together, and what strikes while they are at work. */
export interface Round {
  readonly title: string;
  readonly pieces: readonly Piece[];
  /** Held pieces whose requester is kept busy while they end. */
  readonly busy: readonly string[];
  /** Held commands that end one by one before trouble strikes: how fast ClawTask pushes is measured on them. */
  readonly measured: readonly string[];
  /** Whether that is over before trouble strikes; else it goes on through it. */
  readonly endsBusyFirst: boolean;
  readonly troubles: readonly Trouble[];
  readonly stop: "SIGTERM" | "kill -9" | undefined;
  /** How many things happen between the moment at which half of the held work ends and the stop. */
  readonly stopAfterEvents: number;
  /** Whether the channels work again before the gateway does. */
  readonly repairsFirst: boolean;
}

/** Everything that happens, decided by the seed. */
export interface ChaosPlan {
  readonly form: "short" | "long";
  readonly usesDiscord: boolean;
  readonly rounds: readonly Round[];
}

/** What a round is made from; a kind with a `!` is held. */
type Draft = Pick<Round, "title"> & {
  readonly stop?: NonNullable<Round["stop"]>;
  readonly kinds: readonly (KindName | `${KindName}!`)[];
  readonly troubles?: readonly Trouble[];
  readonly busy?: number;
  readonly endsBusyFirst?: true;
  /** How many of the held commands are measured. */
  readonly measured?: number;
};

const on = (channel: Place["channel"], failure: ChannelFailure, limits?: FailureLimits): Trouble => ({
  channel,
  failure,
  ...(limits === undefined ? {} : { limits }),
});
/** A connection that breaks after this time without an answer. */
const HANG = { forMs: 1_500 };

/** A minute and a half: no work is left that only the host's own five minutes would close. */
function shortDrafts(random: () => number): Draft[] {
  return [
    {
      title: "calm, then the channel answers 500, then SIGTERM",
      kinds: [
        ...(["sub-good", "sub-bad", "sub-stopped", "sub-nested", "sub-quiet", "acp-good", "exec-good"] as const),
        ...(["exec-bad", "image-good", "cron-good", "command-mute", "cli-good"] as const),
        ...(["sub-good!", "sub-good!", "exec-good!", "exec-good!", "exec-good!", "exec-good!"] as const),
      ],
      measured: 3,
      troubles: [on("telegram", "refuse-500")],
      busy: 1,
      endsBusyFirst: true,
      stop: "SIGTERM",
    },
    {
      title: "the channel hangs or is down, then kill -9",
      kinds: ["sub-good!", "sub-good!", "sub-good!", "cron-mute!", "command-mute!", "cli-good!", "exec-good"],
      troubles: [pick(random, [on("telegram", "hang", HANG), on("telegram", "down")])],
      busy: 1,
      stop: "kill -9",
    },
  ];
}

/**
 * Left out until ClawTask can tell these apart: a nested child that a kill cuts off after its own child has ended (it
 * counts as ended with its interim words), and a busy requester whose own words are lost in a failing channel or a stop
 * (what was handed to its session counts as delivered).
 */
function longDrafts(random: () => number): Draft[] {
  const all = (Object.keys(KINDS) as KindName[]).filter((kind) => kind !== "sub-below");
  const fast: readonly `${KindName}!`[] = ["sub-good!", "exec-good!", "acp-good!", "image-good!"];
  return [
    {
      title: "calm: every runtime with every ending",
      kinds: [...all, "exec-good!", "exec-good!", "exec-bad!", "exec-good!"],
      measured: 4,
    },
    {
      title: "Telegram answers 500, Discord hangs",
      kinds: [...fast, "sub-nested!", "sub-good!", "exec-bad!", "cron-good!", "command-good!"],
      troubles: [on("telegram", "refuse-500"), on("discord", "hang", HANG)],
      busy: 1,
      endsBusyFirst: true,
    },
    {
      title: "Telegram hangs, Discord answers 500, then SIGTERM",
      kinds: [...fast, "sub-nested!", "sub-good!", "cli-good!", "cron-good!"],
      troubles: [on("telegram", "hang", HANG), on("discord", "refuse-500")],
      busy: 2,
      endsBusyFirst: true,
      stop: "SIGTERM",
    },
    {
      title: "kill -9 with every runtime at work, Telegram down",
      kinds: [...fast, "sub-good!", "video-good!", "cron-mute!", "cron-good!", "command-mute!", "cli-good!"],
      troubles: [on("telegram", "down")],
      busy: 1,
      stop: "kill -9",
    },
    {
      title: "answers of the channels are lost, then kill -9",
      kinds: [...fast, "sub-good!", "cli-good!", "cron-good!"],
      troubles: [
        on("telegram", pick(random, ["drop-after-accept", "too-many-requests"]), { times: 3 }),
        on("discord", "drop-after-accept", { times: 1 }),
      ],
      stop: "kill -9",
    },
    { title: "SIGTERM in peace", kinds: ["sub-good!", "exec-good!", "cron-mute!", "acp-good!"], stop: "SIGTERM" },
  ];
}

/** The plan of a run: the same for the same seed. */
export function chaosPlan(form: ChaosPlan["form"], random: () => number): ChaosPlan {
  const drafts = form === "short" ? shortDrafts(random) : longDrafts(random);
  const usesDiscord = form === "long";
  const places = new Places(random, usesDiscord);
  let count = 0;
  const rounds = drafts.map((draft, index) => {
    const pieces = shuffled(random, draft.kinds).flatMap((word) => {
      const isHeld = word.endsWith("!");
      const kind = word.replace("!", "") as KindName;
      const made = (of: KindName, more: Partial<Piece>): Piece => ({
        name: `p${String(++count).padStart(2, "0")}-${of}`,
        kind: of,
        place: places.next(of, { mayBeDirect: index === 0 && !isHeld && (form === "long" || of.startsWith("exec-")) }),
        isHeld,
        ...more,
      });
      if (kind !== "sub-nested") return [made(kind, {})];
      const above = made(kind, {});
      const below = made("sub-below", { above: above.name, place: above.place });
      return [{ ...above, below: below.name }, below];
    });
    const inChat = pieces.filter((one) => one.isHeld && one.kind === "sub-good" && one.place.channel === "telegram");
    const commands = pieces.filter((one) => one.isHeld && getKind(one).runtime === "exec");
    return {
      title: draft.title,
      pieces,
      busy: inChat.slice(0, draft.busy ?? 0).map(({ name }) => name),
      measured: commands.slice(0, draft.measured ?? 0).map(({ name }) => name),
      endsBusyFirst: draft.endsBusyFirst ?? false,
      troubles: draft.troubles ?? [],
      stop: draft.stop,
      stopAfterEvents: Math.floor(random() * 8),
      repairsFirst: random() < 0.5,
    };
  });
  return { form, usesDiscord, rounds };
}

/** Gives pieces their places: most a topic or channel of their own, some the owner's direct chat. */
class Places {
  private readonly random: () => number;
  private readonly usesDiscord: boolean;
  private count = 0;

  constructor(random: () => number, usesDiscord: boolean) {
    this.random = random;
    this.usesDiscord = usesDiscord;
  }

  /**
   * @param options.mayBeDirect while something is announced in the owner's direct chat the host loses words that are
   * said there ("Session transcript anchor was not returned"), and the announcement too: what is asked for in trouble
   * has a place of its own, and in the short form everything that the host announces
   */
  next(kind: KindName, { mayBeDirect }: { mayBeDirect: boolean }): Place {
    const id = 1 + this.count++;
    const dice = this.random();
    const { trigger } = getKind({ kind });
    if (this.usesDiscord && dice < 0.3) {
      // A job cannot be sent to a channel in which nobody has spoken: the fake knows only these two from the start.
      if (trigger === "cron")
        return { channel: "discord", channelId: pick(this.random, [DISCORD.channel, DISCORD.thread]) };
      const channelId = String(230_000_000_000_000_000n + BigInt(id));
      return { channel: "discord", channelId, ...(dice < 0.15 ? { parentChannelId: DISCORD.channel } : {}) };
    }
    if (mayBeDirect && dice > 0.8) return { channel: "telegram", chatId: OWNER_ID };
    return { channel: "telegram", chatId: String(-7000 - id), threadId: 77 };
  }
}

function shuffled<T>(random: () => number, from: readonly T[]): T[] {
  const rest = [...from];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return result;
}
