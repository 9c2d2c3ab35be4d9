import { describe, expect, it } from "vitest";
import { noticeText } from "../../../../plugin/delivery/message-text.ts";
import { listTaskDeliveries } from "../../../../plugin/delivery/pending-delivery.ts";
import { findTaskAttention, needsLook } from "../../../../registry-helper/domain/task/attention.ts";
import { taskStatus } from "../../../../registry-helper/domain/task/status.ts";
import type { TaskEnding } from "../../../../registry-helper/model/task-events.ts";
import { MINUTE, order, PlayedTask, signal, working } from "../../../support/played-task.ts";

const late = (ending: TaskEnding) => signal("lifecycle", { ending });
const LATE = late({ status: "succeeded", result: "seven sheep" });

/** Taken for lost; told so, or not yet. */
function lost(told: "delivered" | "pending" | "dismissed" | "silent"): PlayedTask {
  const facts = told === "silent" ? { notify: "silent" as const } : {};
  const played = new PlayedTask(working(facts), signal("reconcile", { isBacked: false }));
  played.now += 10 * MINUTE;
  played.play(order("declare_lost", { reason: "nothing works on it" }));
  expect(played.task.status).toBe("lost");
  if (told === "delivered") {
    const reports = [
      { kind: "host_silent", reason: "no word" },
      { kind: "sending" },
      { kind: "sent", receipt: "5" },
    ] as const;
    for (const report of reports) played.play(order("report_delivery", { report }));
    expect(played.task.delivery?.state).toBe("delivered");
  }
  if (told === "dismissed") played.play(order("dismiss", { reason: "nobody waits" }));
  return played;
}

describe("an end that comes after the work was taken for lost", () => {
  it.each([
    ["succeeded", { status: "succeeded", result: "seven sheep" }, "seven sheep"],
    ["failed", { status: "failed", error: "HTTP 503" }, "HTTP 503"],
    ["timed_out", { status: "timed_out", error: "too slow" }, "too slow"],
  ] as const)("is kept beside the conclusion, shown, and delivered on demand: %s", (status, ending, words) => {
    const played = lost("delivered");
    played.play(late(ending));
    const { task } = played;
    expect(task).toMatchObject({ status: "lost", lateSignals: 1, lateResult: { status } });
    expect(findTaskAttention(task, played.now)).toMatchObject({
      kind: "late_result",
      reason: `taken for lost, and ended after all (${status}): ${words}`,
      suggestion: { name: "tasks retry", args: [task.taskId] },
    });
    expect(needsLook(task)).toBe(true);
    expect(taskStatus(task, played.now).answers).toMatchObject({ isDoneNotReported: true, needsSomebody: true });
    played.play(order("retry_delivery", {}));
    const [open] = listTaskDeliveries(played.task);
    if (open === undefined) throw new Error("nothing is delivered");
    expect(noticeText(open)).toContain(words);
    expect(noticeText(open)).toContain("it had been taken for lost");
    for (const report of [{ kind: "sending" }, { kind: "sent", receipt: "6" }] as const)
      played.play(order("report_delivery", { report }));
    expect(findTaskAttention(played.task, played.now)?.kind).not.toBe("late_result");
    expect(taskStatus(played.task, played.now).answers.isDoneNotReported).toBe(false);
  });

  it("goes with the message that has not been sent yet", () => {
    const played = lost("pending");
    played.play(LATE);
    const [open] = listTaskDeliveries(played.task);
    expect(open).toMatchObject({ status: "late_succeeded", body: "seven sheep" });
    expect(findTaskAttention(played.task, played.now)?.kind).not.toBe("late_result");
  });

  it.each(["dismissed", "silent"] as const)("needs nobody when nobody is to be told: %s", (told) => {
    const played = lost(told);
    played.play(LATE);
    expect(played.task.lateResult).toMatchObject({ status: "succeeded" });
    expect(findTaskAttention(played.task, played.now)).toBeUndefined();
  });

  it("is recorded once, however many sources tell it, and takes what the first one left out", () => {
    const played = lost("delivered");
    played.play(late({ status: "succeeded" }));
    expect(played.play(late({ status: "succeeded" }))).toEqual([]);
    played.play(LATE);
    expect(played.play(LATE)).toEqual([]);
    expect(played.task).toMatchObject({ lateSignals: 2, lateResult: { result: "seven sheep" } });
  });

  it("is kept of lost work alone: an end that was seen stands", () => {
    const played = new PlayedTask(working(), late({ status: "failed", error: "no" }), LATE);
    expect(played.task).toMatchObject({ status: "failed", lateSignals: 1 });
    expect(played.task).not.toHaveProperty("lateResult");
  });
});

describe("a result that is sent elsewhere", () => {
  const redirect = { route: { channel: "discord", to: "channel:1" }, by: "ana" };

  it("is a new delivery with a route of its own, and who chose it", () => {
    const played = lost("delivered");
    played.play(order("retry_delivery", { redirect }));
    expect(played.task.delivery).toMatchObject({
      state: "pending",
      generation: 2,
      route: { channel: "discord", to: "channel:1", sessionKey: "agent:main:main" },
      redirectedBy: "ana",
    });
    expect(played.task.route).toMatchObject({ channel: "telegram" });
  });

  it("is refused for a result that is for its agent alone", () => {
    const played = new PlayedTask(working({ isPrivate: true }), late({ status: "succeeded", result: "x" }));
    played.play(order("dismiss", { reason: "x" }));
    expect(() => played.play(order("retry_delivery", { redirect }))).toThrow("it goes to no channel");
  });
});
