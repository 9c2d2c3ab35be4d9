import { describe, expect, it } from "vitest";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import { wakeableSession, whyNotPushed } from "../../../plugin/delivery/session-fallback.ts";
import type { DeliveryRecord, DeliveryRoute } from "../../../registry-helper/internal.ts";
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
  ])("receives the result through its session, with the reason on record (%s)", async (_what, route) => {
    const table = fixture(route);
    await table.run();
    expect(table.sent).toEqual([]);
    expect(table.woken).toEqual([
      { sessionKey: route.sessionKey, text: expect.stringContaining("job is done") as string, isPrivate: false },
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

  it("leaves a failed delivery when it cannot be woken", async () => {
    const table = fixture(SESSION);
    table.wakes = () => Promise.resolve(false);
    await table.run();
    expect(table.getDelivery(ID)?.state).toBe("failed");
  });

  it("receives each of several results", async () => {
    const table = new OutboxFixture(...["a", "b", "c"].map((id) => ours(id, {}, { route: SESSION })));
    await table.run();
    expect(table.woken).toHaveLength(3);
  });
});

describe("a result that the channel does not accept", () => {
  it("falls back to the requester's session after a permanent rejection", async () => {
    const table = fixture(ROUTE);
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403: kicked", final: true });
    await table.run();
    expect(table.woken).toMatchObject([{ sessionKey: REQUESTER }]);
    expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", reason: "403: kicked" });
  });

  it("falls back to the requester's session at the deadline and not before", async () => {
    const table = fixture(ROUTE);
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    for (let minute = 0; minute < 30; minute += 1) await table.run(60_000);
    expect(table.woken).toEqual([]);
    for (let minute = 0; minute < 6; minute += 1) await table.run(60_000);
    expect(table.woken).toHaveLength(1);
    expect(table.getDelivery(ID)?.state, "its agent told nobody").toBe("failed");
  });

  it.each(["unknown", "held"] as const)("wakes no session after an unclear answer (%s)", async (kind) => {
    const table = fixture(ROUTE);
    table.answer = () => Promise.resolve({ kind, reason: "?" });
    await table.run();
    expect(table.woken).toEqual([]);
  });

  it("wakes no session when it is a status update", async () => {
    const table = fixture(ROUTE, { owner: { kind: "update", id: ID } });
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403", final: true });
    await table.run();
    expect(table.woken).toEqual([]);
    expect(table.getDelivery(ID)?.state).toBe("failed");
  });
});

describe("a session of detached work", () => {
  it.each(WORKERS)("is never woken (%s)", async (worker) => {
    const route = { channel: "session", to: worker, sessionKey: worker };
    const table = fixture(route, { announcers: [worker] });
    await table.run();
    expect([table.woken, table.sent]).toEqual([[], []]);
    expect(table.getDelivery(ID)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("detached work itself") as string,
    });
  });

  it.each(WORKERS)("is not used as a fallback for a rejected result (%s)", (worker) => {
    const { sessionKey: _none, ...route } = ROUTE;
    expect(wakeableSession(ours(ID, { announcers: [worker] }, { route }))).toBeUndefined();
    expect(wakeableSession(openRun({ announcers: [worker, REQUESTER] }))).toBe(REQUESTER);
  });

  it("does not block a result that has a real channel", () => {
    expect(whyNotPushed(ROUTE, ours(ID, { announcers: [WORKERS[2] as string] }))).toBeUndefined();
  });
});

describe("a session that was woken with a result", () => {
  it("confirms the result when its agent's reply was sent", async () => {
    const table = await queued();
    await table.turnEnds({ delivery: "sent", text: `${ID}: seven sheep` });
    expect(table.getDelivery(ID)).toMatchObject({ state: "delivered", receipt: "told by the agent in its session" });
  });

  it("fails the result with both reasons when the reply was rejected", async () => {
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
    ["without a delivered reply", { delivery: undefined }],
    ["about something else", { delivery: "sent" as const, text: "lunch is ready" }],
  ])("is not evaluated by a turn %s", async (_what, turn) => {
    for (const route of [SESSION, { channel: "session", to: REQUESTER }]) {
      const table = await queued({ route });
      await table.turnEnds(turn);
      expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", dueAt: expect.any(String) as string });
    }
  });

  it("keeps the result as queued when its agent does not mention it and there is no other channel", async () => {
    const table = await queued();
    await table.turnEnds({ delivery: "suppressed" });
    expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", dueAt: null });
  });

  it.each([
    ["its agent said nothing", { delivery: "suppressed" as const }],
    ["its agent's words did not arrive", { delivery: "failed" as const, error: "403" }],
  ])("fails the result after a channel rejection when %s", async (why, turn) => {
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

  it("ignores a turn from before it was woken", async () => {
    const table = new OutboxFixture(ours(ID, {}, { route: SESSION }));
    await table.turnEnds({ delivery: "sent" });
    table.now += 1;
    await table.run();
    await table.run(1_000);
    expect(table.getDelivery(ID)?.state).toBe("session_queued");
  });

  it("is no longer watched after five minutes", async () => {
    const table = await queued();
    await table.run(5 * 60_000 - 1);
    expect(table.getDelivery(ID)?.dueAt).not.toBeNull();
    await table.run(1);
    expect(table.getDelivery(ID)).toMatchObject({ state: "session_queued", dueAt: null });
    await table.turnEnds({ delivery: "failed" });
    expect(table.getDelivery(ID)?.state).toBe("session_queued");
  });
});
