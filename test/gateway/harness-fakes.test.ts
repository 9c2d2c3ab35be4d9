import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type RawData, WebSocket } from "ws";
import type { ChannelFailure, FailureLimits } from "./support/channel-failure.ts";
import { DISCORD, startFakeDiscord } from "./support/fake-discord.ts";
import { startFakeTelegram } from "./support/fake-telegram.ts";
import { until } from "./support/until.ts";

const SHORT_MS = 5_000;

/** What both fakes have in common, and a way to send without a gateway. */
interface Channel {
  readonly sent: readonly { readonly text: string }[];
  failWith(failure: ChannelFailure, limits?: FailureLimits): Promise<void>;
  close(): Promise<void>;
  /** The status of the answer; an error when the connection breaks. */
  send(text: string): Promise<number>;
}

async function post(url: string, body: object): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  await response.text();
  return response.status;
}

async function telegram(): Promise<Channel> {
  const fake = await startFakeTelegram();
  const send = (text: string): Promise<number> => post(`${fake.apiRoot}/bot777:A/sendMessage`, { chat_id: "1", text });
  return { ...fake, send };
}

async function discord(): Promise<Channel> {
  const fake = await startFakeDiscord();
  const url = `${fake.apiUrl}/channels/${DISCORD.channel}/messages`;
  return { ...fake, send: (content) => post(url, { content }) };
}

describe.each([
  { name: "Telegram", start: telegram },
  { name: "Discord", start: discord },
])("the fake $name", ({ start }) => {
  let channel: Channel;
  const texts = (): string[] => channel.sent.map((one) => one.text);

  afterEach(async () => channel.close());

  it("rejects the given number of requests and accepts the next one", async () => {
    channel = await start();
    await channel.failWith("refuse-500", { times: 2 });
    const statuses = [await channel.send("a"), await channel.send("b"), await channel.send("c")];

    expect(statuses).toEqual([500, 500, 200]);
    expect(texts()).toEqual(["c"]);
  });

  it("rejects requests until the failure is changed", async () => {
    channel = await start();
    await channel.failWith("refuse-403");
    expect([await channel.send("a"), await channel.send("b")]).toEqual([403, 403]);
    await channel.failWith("too-many-requests");
    expect(await channel.send("c")).toBe(429);
    await channel.failWith("none");
    expect(await channel.send("d")).toBe(200);
    expect(texts()).toEqual(["d"]);
  });

  it("leaves a request unanswered for a given time or until it closes", async () => {
    channel = await start();
    await channel.failWith("hang", { forMs: 200 });
    const before = performance.now();
    await expect(channel.send("a")).rejects.toThrow("fetch failed");
    expect(performance.now() - before).toBeGreaterThan(190);

    await channel.failWith("hang");
    const open = channel.send("b").then(
      () => "answered",
      () => "broken",
    );
    expect(await Promise.race([open, pause(300, "open")])).toBe("open");
    await channel.close();
    expect(await open).toBe("broken");
    expect(texts()).toEqual([]);
  });

  it("can accept a message and break the connection before it answers", async () => {
    channel = await start();
    await channel.failWith("drop-after-accept", { times: 1 });
    await expect(channel.send("a")).rejects.toThrow("fetch failed");
    expect(await channel.send("b")).toBe(200);
    expect(texts()).toEqual(["a", "b"]);
  });

  it("can go down and come back on the same port", async () => {
    channel = await start();
    await channel.failWith("down");
    await expect(channel.send("a")).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    await channel.failWith("none");
    expect(await channel.send("b")).toBe(200);
    expect(texts()).toEqual(["b"]);
  });
});

describe("the fake Telegram", () => {
  it("reads a message with a file", async () => {
    const fake = await startFakeTelegram();
    const form = new FormData();
    form.set("chat_id", "-5");
    form.set("message_thread_id", "77");
    form.set("caption", "look");
    form.set("photo", new File(["12345"], "cat.png"));
    await fetch(`${fake.apiRoot}/bot777:A/sendPhoto`, { method: "POST", body: form });
    await fake.close();

    expect(fake.sent[0]).toMatchObject({ chatId: "-5", threadId: 77, text: "look" });
    expect(fake.sent[0]?.files).toEqual([{ field: "photo", name: "cat.png", bytes: 5 }]);
  });
});

describe("the fake Discord", () => {
  it("queues messages from people until the bot connects, and again after a disconnect", async () => {
    const fake = await startFakeDiscord();
    const received: string[] = [];
    const connect = (op: number): WebSocket => {
      const client = new WebSocket(fake.apiUrl.replace(/^http/, "ws"));
      client.on("open", () => client.send(JSON.stringify({ op, d: {} })));
      client.on("message", (raw: RawData) => {
        const { t, d } = JSON.parse((raw as Buffer).toString()) as { t?: string; d?: { content?: string } };
        if (t === "MESSAGE_CREATE") received.push(d?.content ?? "");
      });
      client.on("error", () => undefined);
      return client;
    };
    const waitForMessages = (count: number): Promise<unknown> =>
      until(() => received.length === count, { deadlineMs: SHORT_MS, what: `${count} messages` });

    fake.say({ channelId: DISCORD.thread, text: "early" });
    connect(2);
    await waitForMessages(1);
    await fake.failWith("down");
    fake.say({ channelId: DISCORD.direct, text: "while down" });
    await fake.failWith("none");
    connect(6);
    await waitForMessages(2);
    fake.say({ channelId: "230000000000000001", parentChannelId: DISCORD.channel, text: "now" });
    await waitForMessages(3);

    expect(received).toEqual(["early", "while down", "now"]);
    await fake.close();
  });
});
