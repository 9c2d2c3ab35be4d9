import { describe, expect, it } from "vitest";
import type { TaskSignal } from "../../../../registry-helper/domain/task/commands.ts";
import { DEFAULT_NOTIFY } from "../../../../registry-helper/domain/task/default-notify-policy.ts";
import type { DeliveryRecord } from "../../../../registry-helper/model/delivery-record.ts";
import type { HostDelivery } from "../../../../registry-helper/model/task-events.ts";
import type { NotifyPolicy } from "../../../../registry-helper/model/task-status.ts";
import { listNames, order, PlayedTask, REQUESTER, ROUTE, signal } from "../../../support/played-task.ts";

const STATES = ["delivered", "failed", "unknown", "pending", "not_requested"] as const;
const said = (state: HostDelivery["state"]): HostDelivery => ({ state, reason: `host: ${state}` });
const started = (notify: NotifyPolicy = "silent", more: TaskSignal["facts"] = {}): TaskSignal =>
  signal("cron_started", { facts: { runtime: "cron", notify, route: ROUTE, ...more }, started: true });
const finished = (hostDelivery?: HostDelivery): TaskSignal =>
  signal("cron_finished", {
    ending: { status: "succeeded", result: "done", ...(hostDelivery === undefined ? {} : { hostDelivery }) },
  });
const play = (...signals: TaskSignal[]): DeliveryRecord | null => new PlayedTask(...signals).task.delivery;

/** What stands of the delivery, by what the host says of its own, for work that is silent and work that is not. */
const TABLE: Record<HostDelivery["state"], [silent: object, announced: object]> = {
  delivered: [
    { state: "delivered", receipt: "host: delivered" },
    { state: "delivered", receipt: "host: delivered" },
  ],
  failed: [
    { state: "pending", sender: "clawtask", reason: "host: failed" },
    { state: "pending", sender: "clawtask", reason: "host: failed" },
  ],
  unknown: [
    { state: "ambiguous", reason: "host: unknown" },
    { state: "ambiguous", reason: "host: unknown" },
  ],
  pending: [
    { state: "pending", sender: "host" },
    { state: "pending", sender: "host" },
  ],
  not_requested: [
    { state: "none", reason: "silent by policy" },
    { state: "pending", sender: "clawtask", reason: null },
  ],
};

describe.each(STATES)("work whose own delivery by the host is %s", (state) => {
  const [silent, announced] = TABLE[state];

  it("stands so, whether that is told with the end or after it", () => {
    expect(play(started(), finished(said(state)))).toMatchObject(silent);
    expect(play(started(), finished(), finished(said(state)))).toMatchObject(silent);
  });

  it("stands so for work that its requester wants to hear of", () => {
    expect(play(started("done_only"), finished(said(state)))).toMatchObject(announced);
    expect(play(started("done_only"), finished(), finished(said(state)))).toMatchObject(announced);
  });

  it("writes nothing when both sources of the host tell it", () => {
    for (const notify of ["silent", "done_only"] as const) {
      const played = new PlayedTask(started(notify), finished(said(state)));
      expect(listNames(played.play(finished(said(state)))), notify).toEqual([]);
    }
  });

  it("plans nothing for cancelled work, and says so once", () => {
    const cancelled = signal("cron_finished", { ending: { status: "cancelled", hostDelivery: said(state) } });
    const played = new PlayedTask(started(), cancelled);
    expect(played.task.delivery).toMatchObject({
      state: "none",
      reason: expect.stringContaining("cancelled") as string,
    });
    expect(played.play(cancelled)).toEqual([]);
  });
});

describe("the host's word about its delivery", () => {
  it("comes too late once ClawTask has sent", () => {
    const played = new PlayedTask(
      started("done_only"),
      finished(),
      order("report_delivery", { report: { kind: "sending" } }),
    );
    expect(played.play(finished(said("failed")))).toEqual([]);
    played.play(order("report_delivery", { report: { kind: "sent", receipt: "7" } }), finished(said("failed")));
    expect(played.task.delivery).toMatchObject({ state: "delivered", receipt: "7" });
  });

  it("is waited for a few seconds after the end of an automation, and not of other work", () => {
    const getDelay = (runtime: "cron" | "exec"): number => {
      const record = play(started("done_only", { runtime }), finished());
      return Date.parse(record?.dueAt ?? "") - Date.parse(record?.plannedAt ?? "");
    };
    expect([getDelay("cron"), getDelay("exec")]).toEqual([5_000, 0]);
  });

  it("that it failed, where there is nobody to tell, is shown with the reason", () => {
    const record = play(signal("x", { facts: { runtime: "cron" }, started: true }), finished(said("failed")));
    expect(record).toMatchObject({ state: "none", reason: "host: failed" });
  });
});

describe("a requester without a channel", () => {
  it("is reached through its session", () => {
    const record = play(
      signal("x", { facts: { runtime: "subagent", requesterSessionKey: REQUESTER }, ending: { status: "succeeded" } }),
    );
    expect(record?.route).toEqual({ channel: "session", to: REQUESTER, sessionKey: REQUESTER });
  });

  it("gets a channel when that is told late, as long as nothing was sent", () => {
    const facts = { runtime: "subagent", requesterSessionKey: REQUESTER } as const;
    const played = new PlayedTask(signal("x", { facts, ending: { status: "succeeded" } }));
    played.play(signal("subagent_spawned", { facts: { route: ROUTE } }));
    expect(played.task.delivery).toMatchObject({ state: "pending", route: ROUTE, generation: 1 });
    expect(played.play(signal("subagent_spawned", { facts: { route: ROUTE } }))).toEqual([]);
  });

  it("that hears nothing by policy hears nothing when a channel is told late", () => {
    const played = new PlayedTask(signal("x", { facts: { runtime: "exec" }, ending: { status: "succeeded" } }));
    played.play(signal("x", { facts: { route: ROUTE } }));
    expect(played.task.delivery?.state).toBe("none");
  });

  it("that asked for the result once more keeps that generation when a channel is told late", () => {
    const facts = { runtime: "subagent", requesterSessionKey: REQUESTER } as const;
    const played = new PlayedTask(
      signal("x", { facts, ending: { status: "succeeded" } }),
      order("dismiss", { reason: "-" }),
      order("retry_delivery", {}),
      signal("subagent_spawned", { facts: { route: ROUTE } }),
    );
    expect(played.task.delivery).toMatchObject({ state: "pending", generation: 2 });
  });
});

describe("who hears by default", () => {
  it("is whoever asked for subagents and ACP children; all other work reaches somebody by its own way", () => {
    expect(DEFAULT_NOTIFY).toEqual({
      subagent: "done_only",
      acp: "done_only",
      cron: "silent",
      cli: "silent",
      exec: "silent",
      media: "silent",
    });
  });

  it("follows the runtime when that is only found out later", () => {
    const played = new PlayedTask(
      signal("x", { facts: { runtime: "subagent" } }),
      signal("x", { facts: { runtime: "exec" } }),
    );
    expect(played.task).toMatchObject({ runtime: "exec", notify: "silent" });
  });
});
