import { describe, expect, it } from "vitest";
import type { TaskSignal } from "../../../../registry-helper/domain/task/commands.ts";
import { DEFAULT_NOTIFY } from "../../../../registry-helper/domain/task/default-notify-policy.ts";
import type { DeliveryRecord } from "../../../../registry-helper/model/delivery-record.ts";
import type { HostDelivery } from "../../../../registry-helper/model/task-events.ts";
import type { NotifyPolicy } from "../../../../registry-helper/model/task-status.ts";
import { listNames, order, PlayedTask, REQUESTER, ROUTE, signal } from "../../../support/played-task.ts";

const STATES = ["delivered", "failed", "unknown", "pending", "not_requested", "suppressed"] as const;
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
  suppressed: [
    { state: "none", reason: "host: suppressed" },
    { state: "none", reason: "host: suppressed" },
  ],
};

describe.each(STATES)("a task with the host delivery state %s", (state) => {
  const [silent, announced] = TABLE[state];

  it("has that state whether it arrives with the end or after it", () => {
    expect(play(started(), finished(said(state)))).toMatchObject(silent);
    expect(play(started(), finished(), finished(said(state)))).toMatchObject(silent);
  });

  it("has that state when the requester wants to be notified", () => {
    expect(play(started("done_only"), finished(said(state)))).toMatchObject(announced);
    expect(play(started("done_only"), finished(), finished(said(state)))).toMatchObject(announced);
  });

  it("writes nothing when both host sources report the state", () => {
    for (const notify of ["silent", "done_only"] as const) {
      const played = new PlayedTask(started(notify), finished(said(state)));
      expect(listNames(played.play(finished(said(state)))), notify).toEqual([]);
    }
  });

  it("plans no delivery when it is cancelled, and says so once", () => {
    const cancelled = signal("cron_finished", { ending: { status: "cancelled", hostDelivery: said(state) } });
    const played = new PlayedTask(started(), cancelled);
    expect(played.task.delivery).toMatchObject({
      state: "none",
      reason: expect.stringContaining("cancelled") as string,
    });
    expect(played.play(cancelled)).toEqual([]);
  });
});

describe("the host's delivery report", () => {
  it("is ignored once ClawTask has started to send", () => {
    const played = new PlayedTask(
      started("done_only"),
      finished(),
      order("report_delivery", { report: { kind: "sending" } }),
    );
    expect(played.play(finished(said("failed")))).toEqual([]);
    played.play(order("report_delivery", { report: { kind: "sent", receipt: "7" } }), finished(said("failed")));
    expect(played.task.delivery).toMatchObject({ state: "delivered", receipt: "7" });
  });

  it("is awaited for a few seconds after the end of a cron task, and not for other tasks", () => {
    const getDelay = (runtime: "cron" | "exec"): number => {
      const record = play(started("done_only", { runtime }), finished());
      return Date.parse(record?.dueAt ?? "") - Date.parse(record?.plannedAt ?? "");
    };
    expect([getDelay("cron"), getDelay("exec")]).toEqual([5_000, 0]);
  });

  it("of a failure is shown with its reason when there is no recipient", () => {
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

  it("gets a channel that becomes known later, as long as nothing was sent", () => {
    const facts = { runtime: "subagent", requesterSessionKey: REQUESTER } as const;
    const played = new PlayedTask(signal("x", { facts, ending: { status: "succeeded" } }));
    played.play(signal("subagent_spawned", { facts: { route: ROUTE } }));
    expect(played.task.delivery).toMatchObject({ state: "pending", route: ROUTE, generation: 1 });
    expect(played.play(signal("subagent_spawned", { facts: { route: ROUTE } }))).toEqual([]);
  });

  it("gets no delivery for a channel that becomes known later when the policy is silent", () => {
    const played = new PlayedTask(signal("x", { facts: { runtime: "exec" }, ending: { status: "succeeded" } }));
    played.play(signal("x", { facts: { route: ROUTE } }));
    expect(played.task.delivery?.state).toBe("none");
  });

  it("keeps the generation of a retry when a channel becomes known later", () => {
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

describe("the default notification policy", () => {
  it("is done_only for subagents and ACP children, and silent for all other tasks", () => {
    expect(DEFAULT_NOTIFY).toEqual({
      subagent: "done_only",
      acp: "done_only",
      cron: "silent",
      cli: "silent",
      exec: "silent",
      media: "silent",
    });
  });

  it("follows the runtime when that becomes known later", () => {
    const played = new PlayedTask(
      signal("x", { facts: { runtime: "subagent" } }),
      signal("x", { facts: { runtime: "exec" } }),
    );
    expect(played.task).toMatchObject({ runtime: "exec", notify: "silent" });
  });
});
