import { describe, expect, it } from "vitest";
import type { TaskCommand, TaskSignal } from "../../../../registry-helper/domain/task/commands.ts";
import { HOST_ANNOUNCE_WAIT_MS } from "../../../../registry-helper/domain/task/plan-result-delivery.ts";
import type { TaskEvent } from "../../../../registry-helper/model/task-events.ts";
import type { TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { formatMicros } from "../../../../registry-helper/model/time.ts";
import { NOON, permutations, PlayedTask, ROUTE, signal } from "../../../support/played-task.ts";

const SPAWNED = signal("subagent_spawned", {
  names: ["run:r1", "session:child"],
  facts: {
    runtime: "subagent",
    label: "review",
    requesterSessionKey: "agent:main:main",
    childSessionKey: "child",
    runId: "r1",
    route: ROUTE,
  },
});
const ASKED = signal("spawn_tool", { names: ["session:child"], facts: { task: "look at it", parentRunId: "p1" } });
const STARTED = signal("lifecycle_start", { names: ["run:r1"], facts: { runId: "r1", model: "m" }, started: true });
const ENDED = signal("lifecycle_end", { names: ["run:r1"], facts: { runId: "r1" }, ending: { status: "succeeded" } });
const RESULT = signal("subagent_ended", {
  names: ["session:child"],
  ending: { status: "succeeded", result: "all good" },
});

function play(commands: readonly TaskCommand[]): { task: TaskRecord; events: TaskEvent[] } {
  const { task, events } = new PlayedTask(...commands);
  return { task, events };
}

describe("signals of one task", () => {
  const orders = permutations([SPAWNED, ASKED, STARTED, ENDED, RESULT]);

  it("give the same record in any order", () => {
    expect(orders).toHaveLength(120);
    for (const order of orders) {
      const sources = order.map(({ source }) => source).join(" ");
      const { task } = play(order);
      expect({ ...task, names: [...task.names].sort() }, sources).toMatchObject({
        status: "succeeded",
        result: "all good",
        error: null,
        label: "review",
        task: "look at it",
        childSessionKey: "child",
        requesterSessionKey: "agent:main:main",
        parentRunId: "p1",
        route: ROUTE,
        names: ["run:r1", "session:child"],
        lateSignals: 0,
        attempts: [{ attempt: 1, status: "succeeded", runId: "r1", worker: { sessionKey: "child", model: "m" } }],
      });
    }
  });

  it("plan one delivery to the requester's route in any order", () => {
    for (const order of orders) {
      const { task } = play(order);
      expect(task.delivery, order.map(({ source }) => source).join(" ")).toMatchObject({
        state: "pending",
        route: ROUTE,
        generation: 1,
      });
    }
  });

  it("write nothing when they are repeated", () => {
    for (const order of orders.slice(0, 24)) {
      const once = play(order);
      const twice = play([...order, ...order]);
      expect(twice.events.map(({ event }) => event)).toEqual(once.events.map(({ event }) => event));
    }
  });
});

describe("the end of a task", () => {
  it("is final, so a contradicting signal is recorded and counted but not applied", () => {
    const { task, events } = play([SPAWNED, ENDED, signal("sweeper", { ending: { status: "lost", error: "gone" } })]);
    expect(task).toMatchObject({ status: "succeeded", lateSignals: 1, error: null });
    expect(events.at(-1)).toMatchObject({ event: "task.late_signal", source: "sweeper", ending: { status: "lost" } });
  });

  it("takes a missing result once from a later signal that agrees", () => {
    const { task, events } = play([SPAWNED, ENDED, RESULT, RESULT]);
    expect(task.result).toBe("all good");
    expect(events.filter(({ event }) => event === "task.late_signal")).toHaveLength(1);
  });

  it("keeps the first result when a second one differs", () => {
    const other = signal("other", { ending: { status: "succeeded", result: "something else" } });
    expect(play([SPAWNED, RESULT, other]).task.result).toBe("all good");
  });

  it("prevents progress and a late start", () => {
    const { task } = play([SPAWNED, ENDED, STARTED, signal("tool", { step: { update: "still at it" } })]);
    expect(task).toMatchObject({ status: "succeeded", latestUpdate: null });
  });

  it("plans the delivery in the same append and gives the host time to announce it", () => {
    const { events } = play([SPAWNED, ENDED]);
    expect(events.slice(-2).map(({ event }) => event)).toEqual(["task.ended", "delivery.planned"]);
    const now = NOON + 2_000_000;
    expect(events.at(-1)?.delivery).toMatchObject({
      sender: "host",
      route: ROUTE,
      dueAt: formatMicros(now + HOST_ANNOUNCE_WAIT_MS * 1000),
    });
  });

  it.each([
    ["cancelled work", signal("x", { ending: { status: "cancelled" } }), /cancelled/],
    [
      "work that nobody wants to hear about",
      signal("x", { facts: { wantsCompletion: false }, ending: { status: "failed" } }),
      /asked not to be told/,
    ],
  ])("plans no message for %s and says why", (_what, ending, reason) => {
    const { task } = play([SPAWNED, ending]);
    expect(task.delivery).toMatchObject({
      state: "none",
      route: null,
      dueAt: null,
      reason: expect.stringMatching(reason) as string,
    });
  });

  it("reports that there is no channel when there is no route", () => {
    const { task } = play([signal("x", { ending: { status: "failed", error: "boom" } })]);
    expect(task.delivery).toMatchObject({ state: "none", reason: "the requester has no channel to send to" });
  });
});

describe("a host row that contradicts the end", () => {
  const row = (delivery: string): TaskSignal =>
    signal("host_row", {
      host: { taskId: "h1", status: "failed", delivery },
      ending: { status: "failed", error: "interrupted" },
    });

  it("counts as late once for repeated comparisons, and again when its content changes", () => {
    expect(play([SPAWNED, ENDED, row("pending"), row("pending"), row("pending")]).task.lateSignals).toBe(1);
    expect(play([SPAWNED, ENDED, row("pending"), row("delivered")]).task.lateSignals).toBe(2);
  });
});

describe("a job whose own delivery is unknown to the host because it was interrupted", () => {
  const cutOff = (facts: TaskSignal["facts"]): TaskRecord =>
    play([
      signal("cron_finished", {
        facts: { runtime: "cron", ...facts },
        ending: { status: "failed", error: "interrupted", hostDelivery: { state: "unknown", reason: "interrupted" } },
      }),
    ]).task;

  it("has the delivery state none when it has no address", () => {
    expect(cutOff({}).delivery).toMatchObject({ state: "none", reason: "interrupted", dueAt: null });
  });

  it("has the delivery state ambiguous when it has an address", () => {
    expect(cutOff({ route: ROUTE }).delivery).toMatchObject({ state: "ambiguous", reason: "interrupted" });
  });
});

describe("the text of a signal", () => {
  it("is truncated and stripped of control characters before it is stored", () => {
    const { task } = play([
      signal("x", {
        facts: { label: "\u001b[31mred\u001b[0m\nline", task: "a\u202eb\u0007" },
        step: { update: "one\ntwo" },
        ending: { status: "failed", error: `bad\n${"x".repeat(10_000)}`, result: "r".repeat(100_000) },
      }),
    ]);
    expect(task).toMatchObject({ label: "red line", task: "ab", latestUpdate: "one two" });
    expect(task.result).toHaveLength(32 * 1024);
    expect(task.result?.endsWith("…")).toBe(true);
    expect(task.error).toHaveLength(2 * 1024);
    expect(task.errorSummary?.length).toBeLessThanOrEqual(160);
    expect(task.errorSummary).not.toContain("\n");
  });
});

describe("progress", () => {
  it("is written only when it has changed", () => {
    const { task, events } = play([
      SPAWNED,
      signal("t", { step: { update: "one" } }),
      signal("t", { step: { update: "one" } }),
      signal("t", { step: { update: "two" } }),
    ]);
    expect(task.latestUpdate).toBe("two");
    expect(events.filter(({ event }) => event === "task.progressed")).toHaveLength(2);
  });
});
