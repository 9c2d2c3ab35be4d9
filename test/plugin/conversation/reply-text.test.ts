import { describe, expect, it } from "vitest";
import { attentionText, cancelText, errorText, deliveryActionText } from "../../../plugin/conversation/reply-text.ts";
import type { OperationDocument, OperationError } from "../../../registry-helper/internal.ts";

const saying = { now: Date.UTC(2026, 10, 20, 12), word: "/tasks" };
const taskId = "t-20261120-0rk3m9zq7x4w";

describe("cancelText", () => {
  it.each<[Partial<OperationDocument<"tasks.cancel">>, string]>([
    [{ outcome: "ended", status: "cancelled" }, "🚫 0rk3m9zq7x4w is stopped."],
    [{ outcome: "ended", status: "succeeded" }, "0rk3m9zq7x4w had ended already: done."],
    [{ outcome: "refused", reason: "no [owner]" }, "⚠️ 0rk3m9zq7x4w cannot be stopped: no (owner)"],
    [{ outcome: "accepted" }, "0rk3m9zq7x4w is being stopped."],
    [{ outcome: "asked" }, "Noted. 0rk3m9zq7x4w is stopped as soon as its owner can be reached."],
  ])("describes %j", (document, words) => {
    expect(
      cancelText({ ok: true, taskId, outcome: "asked", status: "running", reason: null, ...document }, saying),
    ).toContain(words);
  });
});

describe("a chat reply", () => {
  it("suggests commands of the chat", () => {
    const item = {
      kind: "undelivered" as const,
      subject: { kind: "task" as const, id: taskId },
      title: "alpha",
      since: "2026-11-20T11:58:00.000000Z",
      reason: "403: kicked",
      command: `clawtask tasks retry ${taskId}`,
      suggestion: { name: "tasks retry", args: [taskId] },
    };
    expect(attentionText([item], saying)).toBe(
      `1 need somebody\n⚠️ alpha: not delivered, 2m\n403: kicked\n/tasks retry ${taskId}`,
    );
    const error: OperationError = {
      code: "task_not_found",
      message: "task not found: x",
      remedy: { commands: [{ name: "tasks list", args: [] }] },
    };
    expect(errorText(error, saying)).toBe("⚠️ task not found: x (task_not_found)\n/tasks");
  });

  it("reports the outcome of one delivery action", () => {
    type Retried = OperationDocument<"tasks.retry">;
    const results = (one: object): Retried =>
      ({ ok: true, action: "retry", results: [{ ref: taskId, ...one }] }) as unknown as Retried;
    expect(deliveryActionText(results({ ok: true, id: taskId }), saying)).toBe(
      "0rk3m9zq7x4w: its result is sent again.",
    );
    const error = { code: "not_deliverable", message: "it has no result yet" };
    expect(deliveryActionText(results({ ok: false, error }), saying)).toContain("(not_deliverable)");
  });
});
