import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DISCORD, type FakeDiscord } from "./support/fake-discord.ts";
import type { FakeTelegram } from "./support/fake-telegram.ts";
import { hostTaskThat } from "./support/host-ledger.ts";
import { OWNER_ID } from "./support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "./support/scripted-model.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

/** The Discord package is installed first, which takes up to 15 s. */
const START_MS = 120_000;
const TURN_MS = 45_000;
const GROUP_ID = -4001;
const FORUM_ID = -4002;
const TOPIC_ID = 77;

/** Repeats what a person said; spawns a child when asked to. */
function respond(request: ModelRequest): ModelReply {
  if (request.turn === "announce") return { text: `announced: ${request.childResult}` };
  if (request.isSubagent) return { text: "done" };
  if (request.prompt === "spawn" && request.toolResults.length === 0)
    return { toolCalls: [{ name: "sessions_spawn", args: { task: "work", label: "thread-child" } }] };
  return { text: `heard: ${request.prompt}` };
}

describe("a gateway with two channels", () => {
  let stage: Stage;
  let telegram: FakeTelegram;
  let discord: FakeDiscord;

  const inDiscord = (channelId: string): string[] =>
    discord.sent.filter((one) => one.channelId === channelId).map((one) => one.text);
  const arrives = (text: string): Promise<unknown> =>
    until(() => [...telegram.sent, ...discord.sent].find((one) => one.text === text), {
      deadlineMs: TURN_MS,
      what: `the message "${text}"`,
      explain: () => JSON.stringify({ telegram: telegram.sent, discord: discord.sent }),
    });

  beforeAll(async () => {
    stage = await startStage({ respond, bare: true, discord: true });
    ({ telegram, discord } = stage);
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it(
    "hears and answers in every kind of place",
    async () => {
      telegram.say({ chatId: OWNER_ID, from: OWNER_ID, text: "telegram, direct" });
      telegram.say({ chatId: GROUP_ID, from: OWNER_ID, text: "telegram, group" });
      telegram.say({ chatId: FORUM_ID, threadId: TOPIC_ID, from: OWNER_ID, text: "telegram, topic" });
      discord.say({ channelId: DISCORD.channel, text: "discord, channel" });
      discord.say({ channelId: DISCORD.thread, text: "discord, thread" });
      // One session holds the direct chats of both channels: the second waits for the first.
      await arrives("heard: telegram, direct");
      discord.say({ channelId: DISCORD.direct, text: "discord, direct" });
      for (const place of [
        "telegram, group",
        "telegram, topic",
        "discord, channel",
        "discord, thread",
        "discord, direct",
      ])
        await arrives(`heard: ${place}`);

      const places = telegram.sent.map(({ chatId, threadId, text }) => ({ chatId, threadId, text }));
      expect(places).toHaveLength(3);
      expect(places).toEqual(
        expect.arrayContaining([
          { chatId: OWNER_ID, threadId: undefined, text: "heard: telegram, direct" },
          { chatId: String(GROUP_ID), threadId: undefined, text: "heard: telegram, group" },
          { chatId: String(FORUM_ID), threadId: TOPIC_ID, text: "heard: telegram, topic" },
        ]),
      );
      expect(inDiscord(DISCORD.channel)).toEqual(["heard: discord, channel"]);
      expect(inDiscord(DISCORD.thread)).toEqual(["heard: discord, thread"]);
      expect(inDiscord(DISCORD.direct)).toEqual(["heard: discord, direct"]);
    },
    TURN_MS,
  );

  it(
    "brings a child's result into the Discord thread from which it was spawned",
    async () => {
      discord.say({ channelId: DISCORD.thread, text: "spawn" });
      await arrives("announced: done");

      expect(inDiscord(DISCORD.thread).slice(1)).toEqual(["heard: spawn", "announced: done"]);
      const row = await hostTaskThat(stage.host, {
        what: "told",
        is: ({ label, deliveryStatus }) => label === "thread-child" && deliveryStatus === "delivered",
        deadlineMs: TURN_MS,
      });
      expect(row.requesterSessionKey).toBe(`agent:main:discord:channel:${DISCORD.thread}`);
    },
    TURN_MS,
  );

  it(
    "tries again after errors of Discord, and the message stands there once",
    async () => {
      await discord.failWith("refuse-500", { times: 2 });
      discord.say({ channelId: DISCORD.channel, text: "in spite of errors" });
      await arrives("heard: in spite of errors");

      expect(inDiscord(DISCORD.channel).slice(1)).toEqual(["heard: in spite of errors"]);
      expect(discord.calls.filter((one) => one.params["content"] === "heard: in spite of errors")).toHaveLength(3);
    },
    TURN_MS,
  );

  it(
    "finds Discord again after it was gone, and hears what was said in between",
    async () => {
      await discord.failWith("down");
      discord.say({ channelId: DISCORD.channel, text: "while you were away" });
      await discord.failWith("none");
      await arrives("heard: while you were away");
    },
    TURN_MS,
  );
});
