import { describe, expect, it } from "vitest";
import { confirmDelivery } from "../../../plugin/delivery/confirm-delivery.ts";
import { listTaskDeliveries, type PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import {
  ABORT_GRACE_MS,
  HOST_ANNOUNCE_TIMEOUT_MS,
  SETTLE_MS,
} from "../../../plugin/delivery/proof/announcement-rules.ts";
import type { HostAction } from "../../../plugin/delivery/recent-host-activity.ts";
import { whyNotPushed } from "../../../plugin/delivery/session-fallback.ts";
import { ended as succeeded, PlayedTask, working } from "../../support/played-task.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { announcing, childEnded, delivery, ENDED_AT, openTask } from "../support/open-results.ts";
import { OutboxFixture, ours } from "../support/outbox-fixture.ts";

const SECRET = "the password is swordfish";
const TO_SESSION = { channel: "session", to: REQUESTER, sessionKey: REQUESTER };
const privateResult = (more: Partial<PendingDelivery> = {}): PendingDelivery =>
  openTask({ isPrivate: true, body: SECRET, delivery: delivery({ route: TO_SESSION }), ...more });

describe("a private result", () => {
  it.each(["pending", "sending", "session_queued"] as const)(
    "has its session for a route, whatever was planned before (%s)",
    (state) => {
      const { task: ended } = new PlayedTask(working({ requesterSessionKey: REQUESTER }), succeeded());
      const task = { ...ended, isPrivate: true as const };
      const planned = delivery({ state, route: ROUTE, dueAt: "2026-11-20T12:00:00.000000+00:00" });
      const all = listTaskDeliveries({ ...task, delivery: planned, update: planned, updateText: "waits" });
      expect(all.map((open) => [open.owner.kind, open.delivery.route, open.isPrivate])).toEqual([
        ["task", TO_SESSION, true],
      ]);
    },
  );

  it("is never pushed, even where a route to a channel slipped through", () => {
    for (const route of [ROUTE, TO_SESSION, null])
      expect(whyNotPushed(route, privateResult({ delivery: delivery({ route }) }))).toContain("alone");
  });

  it.each<[string, HostAction[], number, string | undefined]>([
    ["is with its agent once the host has closed the child", [childEnded(0)], SETTLE_MS, "host_confirmed"],
    ["is waited for until then", [childEnded(0)], SETTLE_MS - 1, undefined],
    [
      "is put into the session when the private turn broke off",
      [announcing(0, { status: "failed" }), childEnded(0)],
      ABORT_GRACE_MS,
      "host_silent",
    ],
    ["is put into the session when nothing was heard", [], HOST_ANNOUNCE_TIMEOUT_MS, "host_silent"],
  ])("%s", (_what, facts, ms, expected) => {
    expect(confirmDelivery(privateResult(), facts, ENDED_AT + ms)?.kind).toBe(expected);
  });

  it.each<[string, Partial<PendingDelivery>]>([
    ["a private result", { isPrivate: true }],
    ["the result of a webhook's work", { announcers: ["agent:main:hook:8d2f"] }],
  ])("wakes the session without a word to a channel: %s", async (_what, more) => {
    for (const route of [ROUTE, TO_SESSION]) {
      const table = new OutboxFixture(ours("job", { body: SECRET, ...more }, { route }));
      for (let round = 0; round < 3; round += 1) await table.run(60_000);
      expect(table.sent).toEqual([]);
      expect(table.woken).toHaveLength(1);
      expect(table.woken[0]).toMatchObject({ isPrivate: true });
    }
  });
});
