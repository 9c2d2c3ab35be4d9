import { describe, expect, it } from "vitest";
import { GATHER_MS } from "../../../plugin/delivery/send-batches.ts";
import type { DeliveryReport } from "../../../registry-helper/index.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { openTask } from "../support/open-results.ts";
import { OutboxDesk, ours } from "../support/outbox-desk.ts";

const ids = (count: number): string[] => Array.from({ length: count }, (_none, index) => `job-${index}`);
const told = (desk: OutboxDesk): string[][] => desk.sent.map(({ text }) => text.match(/job-\d+/g) ?? []);

describe("a burst of results for one place", () => {
  it("is told by its first at once, and by one message with all the others", async () => {
    const desk = new OutboxDesk(ours("job-0"));
    await desk.run();
    desk.add(
      ...ids(4)
        .slice(1)
        .map((id) => ours(id)),
    );
    await desk.run();
    await desk.run(GATHER_MS - 1);
    expect(told(desk)).toEqual([["job-0"]]);
    await desk.run(1);
    expect(told(desk)).toEqual([["job-0"], ["job-1", "job-2", "job-3"]]);
    expect(desk.states).toEqual(ids(4).map((id) => `${id} delivered`));
  });

  it("that comes at the same moment is one message", async () => {
    const desk = new OutboxDesk(...ids(3).map((id) => ours(id)));
    await desk.run();
    expect(told(desk)).toEqual([["job-0", "job-1", "job-2"]]);
  });

  it("is cut into messages of eight", async () => {
    const desk = new OutboxDesk(...ids(20).map((id) => ours(id)));
    for (let look = 0; look < 5; look += 1) await desk.run(GATHER_MS);
    expect(told(desk).map((names) => names.length)).toEqual([8, 8, 4]);
    expect(new Set(told(desk).flat()).size).toBe(20);
  });

  it("gathers from the end of a slow send on", async () => {
    const desk = new OutboxDesk(ours("job-0"));
    let arrive: (report: DeliveryReport) => void = () => undefined;
    desk.answer = () => new Promise((resolve) => (arrive = resolve));
    await desk.run();
    desk.now += 10_000;
    arrive({ kind: "sent", receipt: "1" });
    await desk.run();
    desk.add(ours("job-1"));
    await desk.run(GATHER_MS - 1);
    expect(desk.sent).toHaveLength(1);
    await desk.run(1);
    expect(desk.sent).toHaveLength(2);
  });

  it("shares one answer: refused together, each is tried again", async () => {
    const desk = new OutboxDesk(...ids(2).map((id) => ours(id)));
    desk.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    await desk.run();
    expect(desk.states).toEqual(["job-0 pending", "job-1 pending"]);
    desk.answer = () => Promise.resolve({ kind: "sent", receipt: "8" });
    await desk.run(10_000);
    expect(told(desk)).toHaveLength(2);
    expect(desk.states).toEqual(["job-0 delivered", "job-1 delivered"]);
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
    const desk = new OutboxDesk(
      ours("job-0", {}, { route: { ...plain, ...one } }),
      ours("job-1", {}, { route: { ...plain, ...other } as never }),
    );
    await desk.run();
    expect(told(desk)).toEqual([["job-0"], ["job-1"]]);
  });
});

describe("a result that somebody settles at the last moment", () => {
  it("is not in the message, and the others are", async () => {
    const desk = new OutboxDesk(...ids(3).map((id) => ours(id)));
    desk.dismiss("job-1");
    desk.outbox.update(ids(3).map((id) => ours(id)));
    await desk.run();
    expect(told(desk)).toEqual([["job-0", "job-2"]]);
    expect(desk.states).toEqual(["job-0 delivered", "job-1 dismissed", "job-2 delivered"]);
  });

  it("leaves no message at all when it was the only one", async () => {
    const desk = new OutboxDesk(ours("job-0"));
    desk.dismiss("job-0");
    desk.outbox.update([ours("job-0")]);
    await desk.run();
    expect(desk.sent).toEqual([]);
  });
});

describe("a message for a place", () => {
  it("takes nothing with it that is not to be told there: each asker is looked at", async () => {
    const nested = { tellers: ["agent:main:subagent:parent"] };
    for (const order of [
      [ours("job-0", nested), ours("job-1")],
      [ours("job-1"), ours("job-0", nested)],
    ]) {
      const desk = new OutboxDesk(...order);
      await desk.run();
      expect(told(desk)).toEqual([["job-1"]]);
      expect(desk.deliveryOf("job-1")?.state).toBe("delivered");
      expect(desk.deliveryOf("job-0")?.state, "its own parent hears from it").not.toBe("delivered");
    }
  });

  it("waits while work below the work goes on, and a change of state does not", async () => {
    const desk = new OutboxDesk(
      ours("job-0", { quietSince: null }),
      ours("job-1", { owner: { kind: "update", id: "job-1" }, status: "goes on", body: null }),
    );
    await desk.run(60 * 60_000);
    expect(desk.sent.map(({ text }) => text)).toEqual(["⏳ job-1 goes on."]);
    desk.add(ours("job-0"));
    await desk.run(GATHER_MS);
    expect(told(desk).at(-1)).toEqual(["job-0"]);
  });

  it("is none for what the host is about to tell", async () => {
    const desk = new OutboxDesk(openTask({ tellers: [REQUESTER] }));
    await desk.run();
    expect(desk.sent).toEqual([]);
  });
});
