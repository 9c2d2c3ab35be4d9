import { describe, expect, it } from "vitest";
import { noticeText } from "../../../plugin/delivery/message-text.ts";
import { REANNOUNCE_TIMEOUT_MS } from "../../../plugin/delivery/outbox.ts";
import { RETRY_PAUSE_MS } from "../../../registry-helper/domain/delivery/decide.ts";
import { ANNOUNCE_RUN, REQUESTER } from "../support/host-samples.ts";
import { announcing, ENDED_AT, openTask } from "../support/open-results.ts";
import { OutboxFixture, ours as oursToSend } from "../support/outbox-fixture.ts";
import { flush, ours, OutboxTable } from "../support/outbox-table.ts";

describe("a message queued by the host", () => {
  const held = async (): Promise<OutboxTable> => {
    const table = new OutboxTable(ours());
    table.answer = () => Promise.resolve({ kind: "held", reason: "ECONNREFUSED" });
    await table.run();
    return table;
  };
  const content = noticeText(ours());

  it("is delivered by the host's final report, with the channel's id as its receipt", async () => {
    const table = await held();
    expect(table.delivery).toMatchObject({ state: "pending", sender: "host", reason: "ECONNREFUSED" });
    table.now += 20_000;
    await table.run();
    expect(table.delivery.state).toBe("pending");

    await table.run();
    await table.handleEvent({ content });
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "12" });
    expect(table.sends).toBe(1);
  });

  it("becomes ambiguous when the host gives up", async () => {
    const table = await held();
    await table.run();
    await table.handleEvent({ content, success: false, error: "gave up" });
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: "gave up" });
    expect(table.sends).toBe(1);
  });

  it("ignores the host's report on an earlier attempt", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    await table.run();
    await table.handleEvent({ content, success: false, error: "refusing blind replay" });
    table.answer = () => Promise.resolve({ kind: "held", reason: "ECONNREFUSED" });
    table.now += RETRY_PAUSE_MS;
    await table.run();
    await table.run();
    expect(table.delivery).toMatchObject({ state: "pending", sender: "host" });
    await table.handleEvent({ content });
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "12" });
  });
});

describe("two children of a direct chat that say the same", () => {
  const words = { content: "There are seven sheep.", sessionKey: REQUESTER };
  const twins = ["one", "two"].map((id) => openTask({ owner: { kind: "task", id }, hostRunId: id }));

  it.each([
    ["both are open", (table: OutboxFixture) => table.run()],
    ["the second one ends later", (table: OutboxFixture) => table.run(1)],
  ])("need a message each, when %s", async (_what, before) => {
    const table = new OutboxFixture(...twins);
    await before(table);
    await table.messageSent({ ...words, messageId: "1" });
    for (let round = 0; round < 3; round += 1) await table.run(1_000);
    expect(table.states).toEqual(["one delivered", "two pending"]);
    await table.messageSent({ ...words, messageId: "2" });
    await table.run();
    expect(table.states).toEqual(["one delivered", "two delivered"]);
    expect(table.getDelivery("two")?.receipt).toBe("announced, message 2");
  });
});

describe("a result announced by the host", () => {
  it("is confirmed and never sent by ClawTask", async () => {
    const table = new OutboxTable(openTask());
    await table.run();
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN, sessionKey: REQUESTER });
    expect(table.steps).toEqual(["report host_confirmed"]);
    expect(table.delivery).toMatchObject({ state: "delivered", tries: 0, receipt: "announced, message 12" });
  });

  it("is confirmed although the announcement arrived before the record was written", async () => {
    const table = new OutboxTable(openTask());
    table.now = ENDED_AT + 5;
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN });
    expect(table.steps).toEqual([]);
    await table.run();
    expect(table.delivery.state).toBe("delivered");
  });

  it("is sent by ClawTask as soon as the announcement has failed", async () => {
    const table = new OutboxTable(openTask());
    await table.run();
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN, success: false, error: "500" });
    await table.run();
    expect(table.steps).toEqual([
      "report host_silent",
      "report sending",
      "send ✅ Count the sheep is done.",
      "report sent",
    ]);
  });
});

describe("a result taken over by ClawTask, after a gateway restart", () => {
  const table = async (): Promise<OutboxTable> => {
    const started = new OutboxTable({ ...ours({ tries: 1 }), hostMayRetry: true });
    started.restart();
    await started.run();
    return started;
  };

  it("is left to the host, which announces it again", async () => {
    const one = await table();
    expect(one.sends).toBe(0);
    await one.handleEvent({ runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send" });
    await one.handleEvent({ runId: ANNOUNCE_RUN });
    expect(one.delivery).toMatchObject({ state: "delivered", tries: 1 });
    expect(one.sends).toBe(0);
  });

  it("is sent by ClawTask as soon as that announcement has failed too", async () => {
    const one = await table();
    // The host's queue gives up the message of before: that says nothing of the announcement to come.
    await one.handleEvent({ runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send" });
    expect(one.sends).toBe(0);
    const failed = announcing(2_000, { delivery: "failed" });
    if (failed.kind === "turn_end") one.outbox.handleEvent({ kind: "turn_ended", turn: failed.turn });
    await flush();
    expect(one.sends).toBe(1);
    expect(one.delivery.state).toBe("delivered");
  });

  it("is sent by ClawTask when no announcement follows in time", async () => {
    const one = await table();
    one.now += REANNOUNCE_TIMEOUT_MS;
    one.outbox.tick();
    await flush();
    expect(one.sends).toBe(1);
  });

  it("is sent at once when the host will not retry or a person requested it", async () => {
    for (const open of [ours(), { ...ours({ generation: 2 }), hostMayRetry: true }]) {
      const one = new OutboxTable(open);
      await one.run();
      expect(one.sends).toBe(1);
    }
  });
});

describe("a machine that slept", () => {
  const HOUR = 3_600_000;
  const refused = { kind: "refused", reason: "no connection", final: false } as const;
  const sleeper = (): OutboxFixture => {
    const table = new OutboxFixture(oursToSend("nightly"));
    table.wakes = () => Promise.resolve(false);
    table.answer = () => Promise.resolve(refused);
    return table;
  };

  it.each([0, 1, 3])("goes on trying right after it wakes up, with %i tries before", async (tries) => {
    const table = sleeper();
    for (let done = 0; done < tries; done += 1) await table.run(10_000);
    await table.run(8 * HOUR);
    expect(table.states).toEqual(["nightly pending"]);
    table.answer = () => Promise.resolve({ kind: "sent", receipt: "9" });
    for (let round = 0; round < 12; round += 1) await table.run(60_000);
    expect(table.states).toEqual(["nightly delivered"]);
  });

  it("gives up half an hour after the first try when it was awake all the time", async () => {
    const table = sleeper();
    let failedAfterMs = 0;
    for (let ms = 0; ms < HOUR && table.states[0] !== "nightly failed"; ms += 5_000) {
      await table.run(5_000);
      failedAfterMs = ms;
    }
    expect(table.states).toEqual(["nightly failed"]);
    expect(failedAfterMs).toBeGreaterThanOrEqual(HOUR / 2 - 10_000);
  });
});
