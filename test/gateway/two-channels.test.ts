import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRow } from "../../registry-helper/internal.ts";
import { runAgent } from "./support/cli-run.ts";
import { addCronJob, runCronJob } from "./support/cron-jobs.ts";
import { execInBackground } from "./support/detached-calls.ts";
import { DISCORD, type FakeDiscord } from "./support/fake-discord.ts";
import type { FakeTelegram } from "./support/fake-telegram.ts";
import { hostTaskThat } from "./support/host-ledger.ts";
import { ledgerTasks } from "./support/ledger-view.ts";
import { OWNER_ID } from "./support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "./support/scripted-model.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

/** Two packages are installed first, one of them from the npm registry: a minute, more where that is slow. */
const START_MS = 360_000;
const TURN_MS = 150_000;
const GROUP_ID = -4001;
const FORUM_ID = -4002;
const TOPIC_ID = 77;

/** Results of commands left running are told by ClawTask alone: the operator chose so. */
const CONFIG = { plugins: { entries: { clawtask: { config: { notify: { exec: "done_only", cli: "done_only" } } } } } };

const DIG = { toolCalls: [{ name: "sessions_spawn", args: { task: "the digging", label: "digger" } }] };

/**
 * Repeats what a person said; spawns a child, or leaves a command running until a file is there, when asked to.
 * Says nothing when the host wakes it because a command has ended.
 */
function respond(request: ModelRequest): ModelReply {
  if (request.turn === "announce") return { text: `announced: ${request.childResult}` };
  if (request.turn === "heartbeat") return { text: "NO_REPLY" };
  if (request.isSubagent)
    return request.prompt.includes("the digging") ? { text: "gold", delayMs: 3_000 } : { text: "done" };
  const digging = /^dig, and say: (.*)$/.exec(request.prompt)?.[1];
  if (digging !== undefined) return request.toolResults.length > 0 ? { text: digging } : DIG;
  if (request.toolResults.length > 0) return { text: `started: ${request.prompt}` };
  if (request.prompt === "spawn")
    return { toolCalls: [{ name: "sessions_spawn", args: { task: "work", label: "thread-child" } }] };
  const [, name = "", file = ""] = /^leave (\S+) until (\S+)$/.exec(request.prompt) ?? [];
  if (name !== "")
    return execInBackground({ command: `: ${name}; until [ -e ${file} ]; do sleep 0.05; done; echo ${name}` });
  return { text: `heard: ${request.prompt}` };
}

function isNoticeFor(name: string, text: string): boolean {
  return /^(✅|⚠️)/u.test(text) && text.includes(`: ${name};`);
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
    stage = await startStage({ respond, discord: true, config: CONFIG });
    ({ telegram, discord } = stage);
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it(
    "receives and answers messages in every kind of conversation",
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
      // A direct chat shares its session with the other channel's: the host may say first that it could not answer.
      const answers = inDiscord(DISCORD.direct).filter((text) => !text.startsWith("⚠️ OpenClaw couldn't"));
      expect(answers).toEqual(["heard: discord, direct"]);
    },
    TURN_MS,
  );

  it(
    "delivers a child's result to the Discord thread that spawned it",
    async () => {
      discord.say({ channelId: DISCORD.thread, text: "spawn" });
      await arrives("announced: done");

      expect(inDiscord(DISCORD.thread).slice(1)).toEqual(["started: spawn", "announced: done"]);
      const row = await hostTaskThat(stage.host, {
        what: "told",
        is: ({ label, deliveryStatus }) => label === "thread-child" && deliveryStatus === "delivered",
        deadlineMs: TURN_MS,
      });
      expect(row.requesterSessionKey).toBe(`agent:main:discord:channel:${DISCORD.thread}`);
    },
    TURN_MS,
  );

  /** Notices of ClawTask that name this work, with where they stand. */
  const findNotices = (name: string): string[] => [
    ...telegram.sent.flatMap(({ chatId, threadId, text }) =>
      isNoticeFor(name, text) ? [`telegram ${chatId}${threadId === undefined ? "" : ` ${threadId}`}`] : [],
    ),
    ...discord.sent.flatMap(({ channelId, text }) => (isNoticeFor(name, text) ? [`discord ${channelId}`] : [])),
  ];
  const task = (name: string): TaskRow | undefined =>
    ledgerTasks(stage.host).find(({ label }) => label?.startsWith(`: ${name};`) === true);
  const running = (name: string): Promise<unknown> =>
    until(() => task(name)?.route && task(name)?.status === "running", {
      deadlineMs: TURN_MS,
      what: `${name} is running`,
    });
  const waitForMessage = (name: string): Promise<unknown> =>
    until(() => findNotices(name)[0], {
      deadlineMs: TURN_MS,
      what: `a notice of ${name}`,
      explain: () => JSON.stringify({ task: task(name), telegram: telegram.sent, discord: discord.sent }, null, 1),
    });

  it(
    "delivers a command's result where it was requested, even if its session has since been used elsewhere",
    async () => {
      const end = join(stage.host.workspaceDir, "end-of-commands");
      discord.say({ channelId: DISCORD.thread, text: `leave in-thread until ${end}` });
      telegram.say({ chatId: FORUM_ID, threadId: TOPIC_ID, from: OWNER_ID, text: `leave in-topic until ${end}` });
      discord.say({ channelId: DISCORD.direct, text: `leave in-direct until ${end}` });
      for (const name of ["in-thread", "in-topic", "in-direct"]) await running(name);
      // Both direct chats are one session: its last conversation is Telegram's now.
      telegram.say({ chatId: OWNER_ID, from: OWNER_ID, text: "somewhere else" });
      await arrives("heard: somewhere else");
      await writeFile(end, "");
      for (const name of ["in-thread", "in-topic", "in-direct"]) await waitForMessage(name);

      expect(findNotices("in-thread")).toEqual([`discord ${DISCORD.thread}`]);
      expect(findNotices("in-topic")).toEqual([`telegram ${FORUM_ID} ${TOPIC_ID}`]);
      expect(findNotices("in-direct")).toEqual([`discord ${DISCORD.direct}`]);
      await until(() => task("in-direct")?.delivery?.state === "delivered", { deadlineMs: TURN_MS, what: "delivered" });
    },
    TURN_MS,
  );

  it(
    "batches a burst of results into few messages, with each result in exactly one",
    async () => {
      const names = ["burst-1", "burst-2", "burst-3", "burst-4", "burst-5"];
      const end = join(stage.host.workspaceDir, "end-of-burst");
      const before = telegram.sent.length;
      for (const name of names) {
        telegram.say({ chatId: GROUP_ID, from: OWNER_ID, text: `leave ${name} until ${end}` });
        await running(name);
      }
      await writeFile(end, "");
      for (const name of names) await waitForMessage(name);

      const notices = telegram.sent.slice(before).filter(({ text }) => /^(✅|⚠️)/u.test(text));
      expect(notices.length).toBeLessThan(names.length);
      for (const name of names) expect(findNotices(name), name).toEqual([`telegram ${GROUP_ID}`]);
    },
    TURN_MS,
  );

  it.each([
    { said: "on it", waitForMessage: "instead of it", isNotified: false },
    { said: "the report is being dug", waitForMessage: "besides it", isNotified: true },
  ])(
    "delivers the last child's result once when a scheduled run said \"$said\" (run's message sent: $isNotified)",
    async ({ said, waitForMessage, isNotified }) => {
      const job = await addCronJob(stage.host, {
        name: `dig, told ${waitForMessage}`,
        payload: { message: `dig, and say: ${said}` },
        deliverTo: { channel: "telegram", to: OWNER_ID },
      });
      const before = telegram.sent.length;
      const sent = (part: string): string[] =>
        telegram.sent.slice(before).flatMap(({ text }) => (text.includes(part) ? [text] : []));
      await runCronJob(stage.host, job.id);
      const [run, digger] = await until(
        () => {
          const run = ledgerTasks(stage.host).find(({ sourceId }) => sourceId === job.id);
          const digger = ledgerTasks(stage.host).find(({ parentTaskId }) => parentTaskId === run?.taskId);
          return run?.delivery?.state === "delivered" && digger?.delivery?.state === "delivered" && [run, digger];
        },
        {
          deadlineMs: TURN_MS,
          what: "both are told",
          explain: () => JSON.stringify({ tasks: ledgerTasks(stage.host), sent: telegram.sent.slice(before) }, null, 1),
        },
      );
      expect(sent("gold"), JSON.stringify(telegram.sent.slice(before))).toHaveLength(1);
      expect(sent(said)).toHaveLength(isNotified ? 1 : 0);
      expect(run).toMatchObject({ status: "succeeded", runtime: "cron" });
      expect(digger).toMatchObject({ status: "succeeded", result: "gold" });
    },
    TURN_MS,
  );

  it(
    "queues the result of a command-line run in its session, which has no channel",
    async () => {
      await runAgent(stage.host, { message: "hello", session: "terminal" });
      const run = (): TaskRow | undefined => ledgerTasks(stage.host).find(({ runtime }) => runtime === "cli");
      const queued = await until(() => run()?.delivery?.state === "session_queued" && run(), {
        deadlineMs: TURN_MS,
        what: "the run in its session",
        explain: () => JSON.stringify(run(), null, 1),
      });
      expect(queued).toMatchObject({ status: "succeeded", result: "heard: hello" });
      expect(queued.delivery?.reason).toMatch(/no address/);
    },
    TURN_MS,
  );

  it(
    "retries after Discord errors and posts the message once",
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
    "reconnects to Discord after an outage and receives the messages sent meanwhile",
    async () => {
      await discord.failWith("down");
      discord.say({ channelId: DISCORD.channel, text: "while you were away" });
      await discord.failWith("none");
      await arrives("heard: while you were away");
    },
    TURN_MS,
  );
});
