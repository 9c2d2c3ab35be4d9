import { describe, expect, it } from "vitest";
import { BATCH_WINDOW_MS } from "../../../plugin/delivery/send-batches.ts";
import type { DeliveryReport } from "../../../registry-helper/internal.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { openTask } from "../support/open-results.ts";
import { OutboxFixture, ours } from "../support/outbox-fixture.ts";

const ids = (count: number): string[] => Array.from({ length: count }, (_none, index) => `job-${index}`);
const sentJobs = (fixture: OutboxFixture): string[][] => fixture.sent.map(({ text }) => text.match(/job-\d+/g) ?? []);

describe("a burst of results for one recipient", () => {
  it("is sent as the first result at once and one message with the others", async () => {
    const fixture = new OutboxFixture(ours("job-0"));
    await fixture.run();
    fixture.add(
      ...ids(4)
        .slice(1)
        .map((id) => ours(id)),
    );
    await fixture.run();
    await fixture.run(BATCH_WINDOW_MS - 1);
    expect(sentJobs(fixture)).toEqual([["job-0"]]);
    await fixture.run(1);
    expect(sentJobs(fixture)).toEqual([["job-0"], ["job-1", "job-2", "job-3"]]);
    expect(fixture.states).toEqual(ids(4).map((id) => `${id} delivered`));
  });

  it("is sent as one message when all arrive together", async () => {
    const fixture = new OutboxFixture(...ids(3).map((id) => ours(id)));
    await fixture.run();
    expect(sentJobs(fixture)).toEqual([["job-0", "job-1", "job-2"]]);
  });

  it("is split into messages of eight results", async () => {
    const fixture = new OutboxFixture(...ids(20).map((id) => ours(id)));
    for (let round = 0; round < 5; round += 1) await fixture.run(BATCH_WINDOW_MS);
    expect(sentJobs(fixture).map((names) => names.length)).toEqual([8, 8, 4]);
    expect(new Set(sentJobs(fixture).flat()).size).toBe(20);
  });

  it("starts its next batch window at the end of a slow send", async () => {
    const fixture = new OutboxFixture(ours("job-0"));
    let arrive: (report: DeliveryReport) => void = () => undefined;
    fixture.answer = () => new Promise((resolve) => (arrive = resolve));
    await fixture.run();
    fixture.now += 10_000;
    arrive({ kind: "sent", receipt: "1" });
    await fixture.run();
    fixture.add(ours("job-1"));
    await fixture.run(BATCH_WINDOW_MS - 1);
    expect(fixture.sent).toHaveLength(1);
    await fixture.run(1);
    expect(fixture.sent).toHaveLength(2);
  });

  it("shares the outcome of a rejected message, and retries every result in it", async () => {
    const fixture = new OutboxFixture(...ids(2).map((id) => ours(id)));
    fixture.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    await fixture.run();
    expect(fixture.states).toEqual(["job-0 pending", "job-1 pending"]);
    fixture.answer = () => Promise.resolve({ kind: "sent", receipt: "8" });
    await fixture.run(10_000);
    expect(sentJobs(fixture)).toHaveLength(2);
    expect(fixture.states).toEqual(["job-0 delivered", "job-1 delivered"]);
  });
});

describe("results for different recipients", () => {
  it.each([
    ["chats", { to: "telegram:1" }, { to: "telegram:2" }],
    ["topics of one group", { threadId: 1 }, { threadId: 2 }],
    ["a topic and its group", { threadId: 1 }, { threadId: undefined }],
    ["accounts", { accountId: "a" }, { accountId: "b" }],
    ["channels", { channel: "telegram" }, { channel: "discord" }],
  ])("are sent separately without waiting for each other (%s)", async (_what, one, other) => {
    const { threadId: _threadId, ...plain } = ROUTE;
    const fixture = new OutboxFixture(
      ours("job-0", {}, { route: { ...plain, ...one } }),
      ours("job-1", {}, { route: { ...plain, ...other } as never }),
    );
    await fixture.run();
    expect(sentJobs(fixture)).toEqual([["job-0"], ["job-1"]]);
  });
});

describe("a result that is dismissed just before it is sent", () => {
  it("is left out of the message that contains the others", async () => {
    const fixture = new OutboxFixture(...ids(3).map((id) => ours(id)));
    fixture.dismiss("job-1");
    fixture.outbox.update(ids(3).map((id) => ours(id)));
    await fixture.run();
    expect(sentJobs(fixture)).toEqual([["job-0", "job-2"]]);
    expect(fixture.states).toEqual(["job-0 delivered", "job-1 dismissed", "job-2 delivered"]);
  });

  it("sends no message when it was the only one", async () => {
    const fixture = new OutboxFixture(ours("job-0"));
    fixture.dismiss("job-0");
    fixture.outbox.update([ours("job-0")]);
    await fixture.run();
    expect(fixture.sent).toEqual([]);
  });
});

describe("a batched message", () => {
  it("contains no result that its parent session should announce", async () => {
    const nested = { announcers: ["agent:main:subagent:parent"] };
    for (const order of [
      [ours("job-0", nested), ours("job-1")],
      [ours("job-1"), ours("job-0", nested)],
    ]) {
      const fixture = new OutboxFixture(...order);
      await fixture.run();
      expect(sentJobs(fixture)).toEqual([["job-1"]]);
      expect(fixture.getDelivery("job-1")?.state).toBe("delivered");
      expect(fixture.getDelivery("job-0")?.state, "its own parent hears from it").not.toBe("delivered");
    }
  });

  it("waits for a result with active child work, but not for a status update", async () => {
    const fixture = new OutboxFixture(
      ours("job-0", { subtreeEndedAt: null }),
      ours("job-1", { owner: { kind: "update", id: "job-1" }, status: "goes on", body: null }),
    );
    await fixture.run(60 * 60_000);
    expect(fixture.sent.map(({ text }) => text)).toEqual(["⏳ job-1 goes on."]);
    fixture.add(ours("job-0"));
    await fixture.run(BATCH_WINDOW_MS);
    expect(sentJobs(fixture).at(-1)).toEqual(["job-0"]);
  });

  it("is not sent for a result that the host is about to announce", async () => {
    const fixture = new OutboxFixture(openTask({ announcers: [REQUESTER] }));
    await fixture.run();
    expect(fixture.sent).toEqual([]);
  });
});
