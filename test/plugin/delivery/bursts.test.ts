import { describe, expect, it } from "vitest";
import { BATCH_WINDOW_MS } from "../../../plugin/delivery/send-batches.ts";
import type { DeliveryReport } from "../../../registry-helper/index.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { openTask } from "../support/open-results.ts";
import { OutboxFixture, ours } from "../support/outbox-fixture.ts";

const ids = (count: number): string[] => Array.from({ length: count }, (_none, index) => `job-${index}`);
const sentJobs = (fixture: OutboxFixture): string[][] => fixture.sent.map(({ text }) => text.match(/job-\d+/g) ?? []);

describe("a burst of results for one place", () => {
  it("is told by its first at once, and by one message with all the others", async () => {
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

  it("that comes at the same moment is one message", async () => {
    const fixture = new OutboxFixture(...ids(3).map((id) => ours(id)));
    await fixture.run();
    expect(sentJobs(fixture)).toEqual([["job-0", "job-1", "job-2"]]);
  });

  it("is cut into messages of eight", async () => {
    const fixture = new OutboxFixture(...ids(20).map((id) => ours(id)));
    for (let round = 0; round < 5; round += 1) await fixture.run(BATCH_WINDOW_MS);
    expect(sentJobs(fixture).map((names) => names.length)).toEqual([8, 8, 4]);
    expect(new Set(sentJobs(fixture).flat()).size).toBe(20);
  });

  it("gathers from the end of a slow send on", async () => {
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

  it("shares one answer: refused together, each is tried again", async () => {
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

describe("results for different places", () => {
  it.each([
    ["chats", { to: "telegram:1" }, { to: "telegram:2" }],
    ["topics of one group", { threadId: 1 }, { threadId: 2 }],
    ["a topic and its group", { threadId: 1 }, { threadId: undefined }],
    ["accounts", { accountId: "a" }, { accountId: "b" }],
    ["channels", { channel: "telegram" }, { channel: "discord" }],
  ])("(%s) go apart, and none waits for another", async (_what, one, other) => {
    const { threadId: _threadId, ...plain } = ROUTE;
    const fixture = new OutboxFixture(
      ours("job-0", {}, { route: { ...plain, ...one } }),
      ours("job-1", {}, { route: { ...plain, ...other } as never }),
    );
    await fixture.run();
    expect(sentJobs(fixture)).toEqual([["job-0"], ["job-1"]]);
  });
});

describe("a result that somebody settles at the last moment", () => {
  it("is not in the message, and the others are", async () => {
    const fixture = new OutboxFixture(...ids(3).map((id) => ours(id)));
    fixture.dismiss("job-1");
    fixture.outbox.update(ids(3).map((id) => ours(id)));
    await fixture.run();
    expect(sentJobs(fixture)).toEqual([["job-0", "job-2"]]);
    expect(fixture.states).toEqual(["job-0 delivered", "job-1 dismissed", "job-2 delivered"]);
  });

  it("leaves no message at all when it was the only one", async () => {
    const fixture = new OutboxFixture(ours("job-0"));
    fixture.dismiss("job-0");
    fixture.outbox.update([ours("job-0")]);
    await fixture.run();
    expect(fixture.sent).toEqual([]);
  });
});

describe("a message for a place", () => {
  it("takes nothing with it that is not to be told there: each asker is looked at", async () => {
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

  it("waits while work below the work goes on, and a change of state does not", async () => {
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

  it("is none for what the host is about to tell", async () => {
    const fixture = new OutboxFixture(openTask({ announcers: [REQUESTER] }));
    await fixture.run();
    expect(fixture.sent).toEqual([]);
  });
});
