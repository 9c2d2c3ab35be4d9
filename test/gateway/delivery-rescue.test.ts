import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRow } from "../../registry-helper/internal.ts";
import { finish, heldChildren } from "./scenario/held-children.ts";
import type { FakeTelegram, TelegramFailure } from "./support/fake-telegram.ts";
import { ledgerTasks, taskThat } from "./support/ledger-view.ts";
import { type Host, OWNER_ID } from "./support/openclaw-host.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const START_MS = 360_000;
const STEP_MS = 180_000;
const GROUP = { error: -2001, refused: -2002, down: -2003 };
type Case = keyof typeof GROUP;
const TOPIC_ID = 77;

/** Where alerts go. */
const ALERT_CHAT = "-8001";

describe("a result whose announcement fails", () => {
  let stage: Stage;
  let telegram: FakeTelegram;
  let host: Host;

  const said = (of: Case): string[] =>
    telegram.sent.filter((one) => one.chatId === String(GROUP[of])).map((one) => one.text);
  const task = (label: Case, what: string, is: (task: TaskRow) => boolean): Promise<TaskRow> =>
    taskThat(host, telegram, label, { what, is, deadlineMs: STEP_MS });
  const getLastId = (of: Case): string =>
    String(telegram.sent.findLast((one) => one.chatId === String(GROUP[of]))?.messageId);
  const notice = (of: Case): string => `✅ ${of} is done.\n\nresult of ${of}`;
  /** A child is at work, its requester was told so, and the channel is broken by the time it ends. */
  const breakBeforeEnd = async (label: Case, failure: TelegramFailure): Promise<void> => {
    telegram.say({ chatId: GROUP[label], threadId: TOPIC_ID, from: OWNER_ID, text: `do ${label}` });
    const end = await until(() => said(label).length > 0 && finish.get(label), {
      deadlineMs: STEP_MS,
      what: `the child ${label} to be at work`,
    });
    await telegram.failWith(failure);
    end();
  };

  beforeAll(async () => {
    const alerts = { route: { channel: "telegram", to: `telegram:${ALERT_CHAT}` }, kinds: ["undelivered"] };
    stage = await startStage({ respond: heldChildren, pluginConfig: { alerts } });
    ({ telegram, host } = stage);
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("is delivered by ClawTask once the channel recovers from an error, with the reason on record", async () => {
    await breakBeforeEnd("error", "refuse-500");
    const waiting = await task("error", "to be ours to tell", ({ delivery }) => delivery?.sender === "clawtask");
    expect(waiting.delivery).toMatchObject({ state: "pending", reason: expect.stringContaining("500") as string });

    await telegram.failWith("none");
    const delivered = await task("error", "to be told", ({ delivery }) => delivery?.state === "delivered");
    expect(said("error")).toEqual(["started error", notice("error")]);
    expect(delivered.delivery).toMatchObject({ sender: "clawtask", receipt: getLastId("error") });
    expect(delivered.delivery?.tries).toBeGreaterThanOrEqual(1);
  });

  it("is queued by the host while the channel is down, and confirmed by the host's receipt", async () => {
    await breakBeforeEnd("down", "refuse-500");
    await task("down", "to be ours to tell", ({ delivery }) => delivery?.sender === "clawtask");
    await telegram.failWith("down");
    await task("down", "to be kept by the host", ({ delivery }) => delivery?.sender === "host");

    await telegram.failWith("none");
    const delivered = await task("down", "to be told", ({ delivery }) => delivery?.state === "delivered");
    expect(said("down")).toEqual(["started down", notice("down")]);
    expect(delivered.delivery?.receipt).toBe(getLastId("down"));
  });

  it("is recorded as failed with the reason, and not retried, when the chat blocks the bot", async () => {
    await breakBeforeEnd("refused", "refuse-403");
    const failed = await task("refused", "to be given up", ({ delivery }) => delivery?.state === "failed");
    expect(failed).toMatchObject({ status: "succeeded", result: "result of refused" });
    expect(failed.delivery).toMatchObject({ tries: 1, reason: expect.stringContaining("403") as string });
    await telegram.failWith("none");
    expect(said("refused")).toEqual(["started refused"]);
  });

  it("is announced once in the monitoring channel when it cannot be delivered", async () => {
    const alerts = (): string[] => telegram.sent.filter(({ chatId }) => chatId === ALERT_CHAT).map(({ text }) => text);
    await until(() => alerts().length > 0, { deadlineMs: STEP_MS, what: "the alert" });
    const { taskId } = await task("refused", "to be there", () => true);
    expect(alerts()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^⚠️ 1 new item needs attention:\\n\\n• refused: not delivered\\n.*403.*\\n.*/tasks show ${taskId}$`,
        ),
      ),
    ]);
  });

  it("is delivered only once although the host retries its own announcement", async () => {
    const runs = ledgerTasks(host)
      .filter((one) => one.label !== "refused")
      .map((one) => one.names.find((name) => name.startsWith("run:"))?.slice("run:".length) ?? "");
    expect(runs).toHaveLength(2);
    const triedTwice = async (): Promise<boolean> => {
      const log = await host.log();
      return runs.every((run) => log.split(`direct announce failed for run ${run}`).length > 2);
    };
    await until(triedTwice, { deadlineMs: STEP_MS, what: "the host to try its announcements again", everyMs: 250 });
    for (const label of ["error", "down"] as const) expect(said(label), label).toHaveLength(2);
    expect(said("refused")).toHaveLength(1);
  });
});
