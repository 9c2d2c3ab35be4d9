import { describe, expect, it } from "vitest";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import { wakeableSession, whyNotPushed } from "../../../plugin/delivery/session-fallback.ts";
import type { DeliveryRecord, DeliveryRoute } from "../../../registry-helper/index.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { openRun } from "../support/open-results.ts";
import { OutboxFixture, ours } from "../support/outbox-fixture.ts";

const SESSION: DeliveryRoute = { channel: "session", to: REQUESTER, sessionKey: REQUESTER };
const WEBCHAT: DeliveryRoute = { channel: "webchat", to: "agent:main:main", sessionKey: "agent:main:main" };
const WORKERS = ["agent:main:subagent:x", "agent:fake:acp:x", "agent:main:cron:j:run:s"];
const ID = "job";
const fixture = (route: DeliveryRoute | null, more: Partial<PendingDelivery> = {}): OutboxFixture =>
  new OutboxFixture(ours(ID, more, { route }));
/** A result that was put into its requester's session. */
async function queued(more: Partial<DeliveryRecord> = {}): Promise<OutboxFixture> {
  const table = new OutboxFixture(ours(ID, {}, { route: SESSION, ...more }));
  await table.run();
  expect(table.getDelivery(ID)?.state).toBe("session_queued");
  return table;
}

describe("a requester without an address", () => {
  it.each<[string, DeliveryRoute]>([
    ["a web chat", WEBCHAT],
    ["a session without a channel", SESSION],
  ])("(%s) gets the result through its session, with the reason on record", async (_what, route) => {
    const table = fixture(route);
    await table.run();
    expect(table.sent).toEqual([]);
    expect(table.woken).toEqual([
      { sessionKey: route.sessionKey, text: expect.stringContaining("job is done") as string },
    ]);
    expect(table.getDelivery(ID)).toMatchObject({
      state: "session_queued",
      reason: expect.stringContaining("no address") as string,
    });
  });

  it("is woken once", async () => {
    const table = fixture(SESSION);
    for (let round = 0; round < 5; round += 1) await table.run(10_000);
    expect(table.woken).toHaveLength(1);
  });

  it("that cannot be woken is a dead letter", async () => {
    const table = fixture(SESSION);
    table.wakes = () => Promise.resolve(false);
    await table.run();
    expect(table.getDelivery(ID)?.state).toBe("failed");
  });

  it("gets each of several results", async () => {
    const table = new OutboxFixture(...["a", "b", "c"].map((id) => ours(id, {}, { route: SESSION })));
    await table.run();
    expect(table.woken).toHaveLength(3);
  });
});

describe("a channel that refuses a result", () => {
  it("for good leaves the requester's session", async () => {
    const table = fixture(ROUTE);
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403: kicked", final: true });
    await table.run();
    expect(table.woken).toMatchObject([{ sessionKey: REQUESTER }]);
    expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", reason: "403: kicked" });
  });

  it("until the deadline leaves it too, and not before", async () => {
    const table = fixture(ROUTE);
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    for (let minute = 0; minute < 30; minute += 1) await table.run(60_000);
    expect(table.woken).toEqual([]);
    for (let minute = 0; minute < 6; minute += 1) await table.run(60_000);
    expect(table.woken).toHaveLength(1);
    expect(table.getDelivery(ID)?.state, "its agent told nobody").toBe("failed");
  });

  it.each(["unknown", "held"] as const)("by no clear word (%s) wakes nobody: it may have arrived", async (kind) => {
    const table = fixture(ROUTE);
    table.answer = () => Promise.resolve({ kind, reason: "?" });
    await table.run();
    expect(table.woken).toEqual([]);
  });

  it("a change of state wakes nobody for it", async () => {
    const table = fixture(ROUTE, { owner: { kind: "update", id: ID } });
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403", final: true });
    await table.run();
    expect(table.woken).toEqual([]);
    expect(table.getDelivery(ID)?.state).toBe("failed");
  });
});

describe("sessions of detached work", () => {
  it.each(WORKERS)("(%s) are never woken", async (worker) => {
    const route = { channel: "session", to: worker, sessionKey: worker };
    const table = fixture(route, { announcers: [worker] });
    await table.run();
    expect([table.woken, table.sent]).toEqual([[], []]);
    expect(table.getDelivery(ID)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("detached work itself") as string,
    });
  });

  it.each(WORKERS)("(%s) are no session for a result that a channel refused", (worker) => {
    const { sessionKey: _none, ...route } = ROUTE;
    expect(wakeableSession(ours(ID, { announcers: [worker] }, { route }))).toBeUndefined();
    expect(wakeableSession(openRun({ announcers: [worker, REQUESTER] }))).toBe(REQUESTER);
  });

  it("hear of work that a scheduled run left to a real channel", () => {
    expect(whyNotPushed(ROUTE, ours(ID, { announcers: [WORKERS[2] as string] }))).toBeUndefined();
  });
});

describe("a session that was woken with a result", () => {
  it("has told it when its agent's words arrived", async () => {
    const table = await queued();
    await table.turnEnds({ delivery: "sent", text: `${ID}: seven sheep` });
    expect(table.getDelivery(ID)).toMatchObject({ state: "delivered", receipt: "told by the agent in its session" });
  });

  it("has not when they were refused: a dead letter, with both reasons", async () => {
    const table = await queued();
    await table.turnEnds({ delivery: "failed", error: "chat not found" });
    expect(table.getDelivery(ID)).toMatchObject({
      state: "failed",
      reason: expect.stringMatching(/no address.*chat not found/) as string,
    });
    expect(table.woken, "not once more").toHaveLength(1);
  });

  it.each([
    ["of another session", { sessionKey: "agent:main:other", delivery: "sent" as const }],
    ["of no known session", { sessionKey: undefined, delivery: "sent" as const }],
    ["whose words went nowhere", { delivery: undefined }],
    ["that was about something else", { delivery: "sent" as const, text: "lunch is ready" }],
  ])("is not judged by a turn %s", async (_what, turn) => {
    for (const route of [SESSION, { channel: "session", to: REQUESTER }]) {
      const table = await queued({ route });
      await table.turnEnds(turn);
      expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", dueAt: expect.any(String) as string });
    }
  });

  it("is all that its requester has: it is told even when its agent says nothing about it", async () => {
    const table = await queued();
    await table.turnEnds({ delivery: "suppressed" });
    expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", dueAt: null });
  });

  it.each([
    ["its agent said nothing", { delivery: "suppressed" as const }],
    ["its agent's words did not arrive", { delivery: "failed" as const, error: "403" }],
  ])("because its channel refused has not told it when %s", async (why, turn) => {
    const table = fixture(ROUTE);
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403: closed", final: true });
    await table.run();
    expect(table.getDelivery(ID)?.state).toBe("session_queued");
    await table.turnEnds(turn);
    expect(table.getDelivery(ID)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining(`403: closed; put into the session, but ${why}`) as string,
    });
  });

  it("is not judged by what was said before it was woken", async () => {
    const table = new OutboxFixture(ours(ID, {}, { route: SESSION }));
    await table.turnEnds({ delivery: "sent" });
    table.now += 1;
    await table.run();
    await table.run(1_000);
    expect(table.getDelivery(ID)?.state).toBe("session_queued");
  });

  it("is left alone after five minutes", async () => {
    const table = await queued();
    await table.run(5 * 60_000 - 1);
    expect(table.getDelivery(ID)?.dueAt).not.toBeNull();
    await table.run(1);
    expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", dueAt: null });
    await table.turnEnds({ delivery: "failed" });
    expect(table.getDelivery(ID)?.state).toBe("session_queued");
  });
});
