import { describe, expect, it } from "vitest";
import type { TaskCommand } from "../../../../registry-helper/domain/task/commands.ts";
import { LOST_AFTER_MS } from "../../../../registry-helper/domain/task/decide.ts";
import type { ErrorCode } from "../../../../registry-helper/model/errors.ts";
import {
  ended,
  MINUTE,
  listNames,
  order,
  PlayedTask,
  REQUESTER,
  ROUTE,
  signal,
  working,
} from "../../../support/played-task.ts";

const REPORT = order("report", { step: { update: "half way" } });
const SILENT = order("set_notify", { notify: "silent" });
const CANCEL = order("request_cancel", { by: "me", reason: "enough" });
const ACCEPTED = order("answer_cancel", { outcome: "accepted", reason: "its owner was told to stop" });
const REFUSED = order("answer_cancel", { outcome: "refused", reason: "it has no handle" });
const RETRY = order("retry_delivery", {});
const DISMISS = order("dismiss", { reason: "seen" });
const LOST = order("declare_lost", { reason: "nothing works on it" });
const reportDelivery = (report: Extract<TaskCommand, { type: "report_delivery" }>["report"]): TaskCommand =>
  order("report_delivery", { report });
const SENT_IN_VAIN = [
  reportDelivery({ kind: "host_silent", reason: "-" }),
  reportDelivery({ kind: "refused", reason: "403", final: true }),
];

describe("an impossible task command", () => {
  it.each<[string, TaskCommand[], TaskCommand, ErrorCode]>([
    ...[REPORT, SILENT, CANCEL, ACCEPTED, RETRY, DISMISS, LOST].map(
      (command): [string, TaskCommand[], TaskCommand, ErrorCode] => [
        `${command.type} of a task that is not there`,
        [],
        command,
        "task_not_found",
      ],
    ),
    ["a report on work that is over", [working(), ended()], REPORT, "task_over"],
    ["cancelling work that is over", [working(), ended()], CANCEL, "task_over"],
    ["delivering the result of work that goes on", [working()], RETRY, "task_not_over"],
    ["dismissing the result of work that goes on", [working()], DISMISS, "task_not_over"],
    ["delivering what is on its way", [working(), ended()], RETRY, "not_deliverable"],
    [
      "delivering what is being sent",
      [working(), ended(), reportDelivery({ kind: "host_silent", reason: "-" }), reportDelivery({ kind: "sending" })],
      RETRY,
      "not_deliverable",
    ],
    ["delivering to nobody", [signal("x", { ending: { status: "failed" } })], RETRY, "not_deliverable"],
  ])("is rejected with its code and a suggested command, and writes nothing (%s)", (_what, before, command, code) => {
    const played = new PlayedTask(...before);
    expect(() => played.play(command)).toThrow(
      expect.objectContaining({ code, next: expect.stringMatching(/tasks /) as string }) as Error,
    );
    expect(played.events.filter(({ source }) => source === "test" && command.source === "test")).toHaveLength(
      before.filter((one) => one.source === "test").length,
    );
  });

  it("a delivery report for an unknown task changes nothing", () => {
    expect(new PlayedTask().play(reportDelivery({ kind: "sending" }))).toEqual([]);
  });
});

describe("the notification policy", () => {
  it("is changed once by a command, also after the end", () => {
    const played = new PlayedTask(working());
    expect(listNames(played.play(SILENT, SILENT))).toEqual(["task.notify_set"]);
    played.play(ended());
    expect(played.task).toMatchObject({ notify: "silent", delivery: { state: "none", reason: "silent by policy" } });
    played.play(order("set_notify", { notify: "done_only" }));
    expect(played.task.notify).toBe("done_only");
  });

  it("keeps its initial value when later signals differ", () => {
    const played = new PlayedTask(working({ notify: "state_changes" }));
    played.play(signal("host_row", { facts: { notify: "silent" } }));
    expect(played.task.notify).toBe("state_changes");
  });
});

describe("a cancel request", () => {
  it("is recorded once and answered once", () => {
    const played = new PlayedTask(working());
    expect(listNames(played.play(CANCEL, CANCEL))).toEqual(["task.cancel_requested"]);
    expect(played.task.cancel).toMatchObject({ by: "me", outcome: "asked", reason: "enough" });
    expect(listNames(played.play(ACCEPTED, REFUSED, CANCEL))).toEqual(["task.cancel_answered"]);
    expect(played.task).toMatchObject({ status: "running", cancel: { by: "me", outcome: "accepted" } });
  });

  it("can be repeated after it was rejected", () => {
    const played = new PlayedTask(working(), CANCEL, REFUSED);
    expect(played.task.cancel).toMatchObject({ outcome: "refused", reason: "it has no handle" });
    expect(listNames(played.play(CANCEL))).toEqual(["task.cancel_requested"]);
    expect(played.task.cancel?.outcome).toBe("asked");
  });

  it("is not answered if it was never made, and does not end the task", () => {
    const played = new PlayedTask(working());
    expect(played.play(ACCEPTED)).toEqual([]);
    expect(played.task).toMatchObject({ status: "running", cancel: null });
  });
});

describe("retrying a delivery", () => {
  it("starts a new generation to the same route, sent by ClawTask with a new deadline", () => {
    const played = new PlayedTask(working(), ended(), ...SENT_IN_VAIN).wait(60 * MINUTE);
    played.play(RETRY);
    expect(played.task.delivery).toMatchObject({
      state: "pending",
      generation: 2,
      sender: "clawtask",
      route: ROUTE,
      tries: 0,
      receipt: null,
      sentText: null,
    });
    const { deadlineAt = "", plannedAt = "" } = played.task.delivery ?? {};
    expect(Date.parse(deadlineAt) - Date.parse(plannedAt)).toBe(30 * 60_000);
  });

  it("is possible after a dismissal and after a delivery", () => {
    for (const before of [[DISMISS], [reportDelivery({ kind: "host_confirmed", receipt: "r" })]]) {
      const { task } = new PlayedTask(working(), ended(), ...before, RETRY);
      expect(task.delivery).toMatchObject({ state: "pending", generation: 2 });
    }
  });

  it("goes to the requester's session when there is no channel, even if the policy was silent", () => {
    const exec = {
      facts: { runtime: "exec" as const, requesterSessionKey: REQUESTER },
      ending: { status: "failed" as const },
    };
    const played = new PlayedTask(signal("host_row", exec));
    expect(played.task.delivery).toMatchObject({ state: "none", reason: "silent by policy" });
    played.play(RETRY);
    expect(played.task.delivery).toMatchObject({
      state: "pending",
      route: { channel: "session", to: REQUESTER, sessionKey: REQUESTER },
    });
  });

  it("keeps its generation, whatever the host reports about the first one", () => {
    const cron = signal("cron_finished", {
      facts: { runtime: "cron", route: ROUTE },
      ending: { status: "succeeded", hostDelivery: { state: "failed", reason: "no" } },
    });
    const played = new PlayedTask(cron, reportDelivery({ kind: "refused", reason: "403", final: true }), RETRY);
    expect(played.play(cron)).toEqual([]);
    expect(played.task.delivery).toMatchObject({ state: "pending", generation: 2 });
  });
});

describe("a dismissal", () => {
  it("closes an open delivery once", () => {
    const played = new PlayedTask(working(), ended());
    expect(listNames(played.play(DISMISS, DISMISS))).toEqual(["delivery.dismissed"]);
    expect(played.task.delivery).toMatchObject({ state: "dismissed", dueAt: null, reason: "seen" });
    expect(played.play(reportDelivery({ kind: "sending" }))).toEqual([]);
  });
});

describe("marking a task as lost", () => {
  const MISSING = signal("reconcile", { isBacked: false });
  const missing = (): PlayedTask => new PlayedTask(working(), MISSING);

  it("has no effect when the task was only recently found missing", () => {
    const played = missing().wait(LOST_AFTER_MS * 1000 - 2_000_000);
    expect(played.play(LOST)).toEqual([]);
    expect(played.task.status).toBe("running");
  });

  it("ends the task after five minutes without a worker, with a reason and a delivery", () => {
    const played = missing().wait(LOST_AFTER_MS * 1000);
    expect(listNames(played.play(LOST, LOST))).toEqual(["task.ended", "delivery.planned"]);
    expect(played.task).toMatchObject({
      status: "lost",
      error: "nothing works on it",
      missingSince: null,
      attempts: [{ status: "lost" }],
      delivery: { state: "pending", route: ROUTE },
    });
  });

  it("has no effect on a task that was never missing or has ended", () => {
    expect(new PlayedTask(working()).wait(60 * MINUTE).play(LOST)).toEqual([]);
    expect(
      missing()
        .wait(60 * MINUTE)
        .play(ended(), LOST)
        .map(({ event }) => event),
    ).not.toContain("task.late_signal");
  });

  it.each([
    ["it reappears", signal("host_row", { isBacked: true })],
    ["it starts", signal("lifecycle", { started: true })],
    ["it takes a step", signal("agent_event", { step: { update: "next" } })],
    ["it shows a sign of life", signal("agent_event", { step: { isIdle: true } })],
  ])("restarts the waiting time when %s", (_what, sign) => {
    const played = missing().wait(LOST_AFTER_MS * 1000);
    played.play(sign);
    expect(played.task.missingSince).toBeNull();
    expect(played.play(LOST)).toEqual([]);
    played.play(MISSING);
    expect(played.wait(LOST_AFTER_MS * 500).play(LOST)).toEqual([]);
    expect(played.wait(LOST_AFTER_MS * 500).play(LOST)).not.toEqual([]);
  });

  it("counts from the first check that found the task missing, not from the last", () => {
    const played = missing().wait(3 * MINUTE);
    expect(played.play(MISSING)).toEqual([]);
    played.wait(3 * MINUTE).play(LOST);
    expect(played.task.status).toBe("lost");
  });
});
