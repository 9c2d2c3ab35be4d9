import { describe, expect, it } from "vitest";
import { RETRY_PAUSE_MS } from "../../../registry-helper/domain/delivery/decide.ts";
import type { DeliveryReport } from "../../../registry-helper/internal.ts";
import { formatMicros } from "../../../registry-helper/model/time.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { delivery, ENDED_AT, openRun, openTask } from "../support/open-results.ts";
import { flush, ours, OutboxTable } from "../support/outbox-table.ts";

describe("a result sent by ClawTask", () => {
  it("keeps the channel's answer until it is recorded, so that a full disk leaves no ambiguous delivery", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => {
      table.commits = false;
      return Promise.resolve({ kind: "sent", receipt: "7" });
    };
    await table.run();
    await table.run();
    expect(table.delivery.state).toBe("sending");
    table.commits = true;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "7" });
    expect(table.sends).toBe(1);
  });

  it("is sent after the answer about the sending mark was lost, and is not ambiguous", async () => {
    const table = new OutboxTable(ours());
    table.answers = false;
    await table.run();
    expect(table.sends).toBe(0);
    table.answers = true;
    await table.run();
    table.now += RETRY_PAUSE_MS + 1_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "7" });
    expect(table.sends).toBe(1);
  });

  it("wakes a session once even while that cannot be recorded", async () => {
    const table = new OutboxTable(ours({ route: { channel: "session", to: REQUESTER, sessionKey: REQUESTER } }));
    table.wakes = true;
    table.commits = false;
    for (let round = 0; round < 3; round += 1) {
      table.now += 2_000;
      await table.run();
    }
    expect(table.woken).toEqual([REQUESTER]);
    table.commits = true;
    table.now += 2_000;
    await table.run();
    expect(table.delivery.state).toBe("session_queued");
    expect(table.woken).toEqual([REQUESTER]);
  });

  it("is retried when the channel rejected it while nothing could be recorded", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => {
      table.commits = false;
      return Promise.resolve({ kind: "refused", reason: "busy", final: false });
    };
    await table.run();
    table.commits = true;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "pending", tries: 1, reason: "busy" });
  });

  it("is marked as sending before it is sent, and delivered by the channel's receipt", async () => {
    const table = new OutboxTable(ours());
    await table.run();
    expect(table.steps).toEqual(["report sending", "send ✅ Count the sheep is done.", "report sent"]);
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "7", tries: 1 });
    expect(table.sentTo).toEqual([ROUTE]);
  });

  it("is not sent when the sending mark cannot be written", async () => {
    const table = new OutboxTable(ours());
    table.commits = false;
    await table.run();
    expect(table.steps).toEqual(["report sending"]);
  });

  it("is sent no earlier than its due time", async () => {
    const table = new OutboxTable(ours({ dueAt: formatMicros((ENDED_AT + 5_000) * 1000) }));
    table.now = ENDED_AT + 4_999;
    await table.run();
    expect(table.sends).toBe(0);
    table.now = ENDED_AT + 5_000;
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });

  it("is sent once however often the outbox runs during the send", async () => {
    const table = new OutboxTable(ours());
    let arrive: (report: DeliveryReport) => void = () => undefined;
    table.answer = () => new Promise((resolve) => (arrive = resolve));
    await table.run();
    for (let round = 0; round < 5; round += 1) {
      table.outbox.tick();
      await table.run();
    }
    expect(table.sends).toBe(1);
    expect(table.delivery.state).toBe("sending");
    arrive({ kind: "sent", receipt: "7" });
    await flush();
    await table.run();
    expect(table.sends).toBe(1);
    expect(table.delivery).toMatchObject({ state: "delivered", tries: 1 });
  });

  it("is not sent again from a stale list that still contains it", async () => {
    const open = ours();
    const table = new OutboxTable(open);
    await table.run();
    table.outbox.update([open]);
    await flush();
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });

  it("waits for the sender lease", async () => {
    const table = new OutboxTable(ours());
    table.claimed = false;
    await table.run();
    table.outbox.tick();
    await flush();
    expect(table.steps).toEqual([]);
    table.claimed = true;
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });
});

describe("a send interrupted by a crash", () => {
  it("becomes ambiguous and is not repeated", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => new Promise(() => undefined);
    await table.run();
    expect(table.delivery.state).toBe("sending");

    table.restart();
    await table.run();
    await table.run();
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: expect.stringContaining("stopped") as string });
    expect(table.sends).toBe(1);
  });
});

describe("a message rejected by the channel", () => {
  it("is neither retried before its pause nor considered lost when an event arrives in the meantime", async () => {
    const table = new OutboxTable(ours());
    table.answer = async () => {
      await table.handleEvent({ content: "other news" });
      return { kind: "refused", reason: "500", final: false };
    };
    await table.run();
    await table.handleEvent({ content: "more news" });
    expect(table.delivery).toMatchObject({ state: "pending", sender: "clawtask", tries: 1 });
    expect(table.sends).toBe(1);
  });

  it("is retried after its pause when the error may be temporary", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    await table.run();
    expect(table.delivery).toMatchObject({ state: "pending", sender: "clawtask", reason: "500", tries: 1 });

    table.now += RETRY_PAUSE_MS - 1;
    await table.run();
    expect(table.sends).toBe(1);
    table.answer = () => Promise.resolve({ kind: "sent", receipt: "8" });
    table.now += 1;
    await table.run();
    expect(table.sends).toBe(2);
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "8" });
  });

  it("fails at once with the reason when the error is permanent", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403: kicked", final: true });
    await table.run();
    table.now += 10 * 60_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "failed", reason: "403: kicked" });
    expect(table.sends).toBe(1);
  });

  it("fails after the deadline", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    for (let minute = 0; minute < 40; minute += 1) {
      table.now = ENDED_AT + minute * 60_000;
      await table.run();
    }
    expect(table.delivery).toMatchObject({ state: "failed", reason: "500" });
  });

  it("becomes ambiguous and is not repeated when the answer was lost", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => Promise.resolve({ kind: "unknown", reason: "socket hang up" });
    await table.run();
    table.now += 60_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: "socket hang up" });
    expect(table.sends).toBe(1);
  });
});

describe("a requester that cannot receive messages", () => {
  it.each([
    [
      "a web chat",
      openTask({ delivery: delivery({ sender: "clawtask", dueAt: null, route: { channel: "webchat", to: "x" } }) }),
      /webchat/,
    ],
    [
      "no channel at all",
      openTask({ delivery: delivery({ sender: "clawtask", dueAt: null, route: null }) }),
      /no channel/,
    ],
    [
      "another subagent",
      openTask({ delivery: delivery({ sender: "clawtask", dueAt: null }), announcers: ["agent:main:subagent:parent"] }),
      /subagent itself/,
    ],
  ])("gets no message, with the reason on record (%s)", async (_what, open, reason) => {
    const table = new OutboxTable(open);
    await table.run();
    expect(table.sends).toBe(0);
    expect(table.delivery).toMatchObject({ state: "failed", reason: expect.stringMatching(reason) as string });
  });

  it("is not assumed for the sessions of a run", async () => {
    const table = new OutboxTable(
      openRun({ delivery: delivery({ sender: "clawtask", dueAt: null }), announcers: ["agent:main:subagent:x"] }),
    );
    await table.run();
    expect(table.sends).toBe(1);
  });
});

describe("the outbox", () => {
  it("reports a delivery that throws as a problem", async () => {
    const table = new OutboxTable(ours());
    table.answer = () => Promise.reject(new Error("broken"));
    await table.run();
    expect(table.problems).toEqual([expect.stringContaining("broken")]);
  });

  it("stops after the sends in progress have finished, and starts no others", async () => {
    const table = new OutboxTable(ours());
    let arrive: (report: DeliveryReport) => void = () => undefined;
    table.answer = () => new Promise((resolve) => (arrive = resolve));
    await table.run();
    let stopped = false;
    const stopping = table.outbox.stop().then(() => (stopped = true));
    await flush();
    expect(stopped).toBe(false);
    arrive({ kind: "sent", receipt: "7" });
    await stopping;
    expect(table.delivery.state).toBe("delivered");

    table.outbox.update([ours({ generation: 2 })]);
    await flush();
    expect(table.sends).toBe(1);
  });
});
