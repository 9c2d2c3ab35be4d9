import { describe, expect, it } from "vitest";
import {
  STALE_QUEUED_AFTER_MS,
  STALL_AFTER_MS,
  STARTING_FOR_MS,
} from "../../../../registry-helper/domain/task/phase.ts";
import { taskStatus } from "../../../../registry-helper/domain/task/status.ts";
import { DELIVERY_STATES, type DeliveryRecord } from "../../../../registry-helper/model/delivery-record.ts";
import { STALE_AFTER_MS } from "../../../../registry-helper/model/stale-thresholds.ts";
import { TASK_RUNTIMES, type TaskRecord, type TaskRuntime } from "../../../../registry-helper/model/task-record.ts";
import type { BlockReason, StatablePhase, TaskPhase } from "../../../../registry-helper/model/task-status.ts";
import { parseMicros } from "../../../../registry-helper/model/time.ts";
import { ended, NOON, order, PlayedTask, ROUTE, signal, TASK, working } from "../../../support/played-task.ts";

const START = new PlayedTask(working()).task;
const STARTED_AT = parseMicros(START.lastProgressAt) ?? 0;
const at = (ms: number): number => STARTED_AT + ms * 1000;
const running = (more: Partial<TaskRecord> = {}): TaskRecord => ({ ...START, ...more });
const queued: TaskRecord = new PlayedTask(signal("after_tool_call", { facts: { runtime: "subagent" } })).task;

describe("the phase", () => {
  it.each<[string, TaskRecord, TaskPhase, string]>([
    ["accepted work", queued, "queued", "waiting to start"],
    ["work that has told nothing yet", running(), "starting", "starting"],
    ["work with a step that has no phase", running({ latestUpdate: "node server.js" }), "working", "working"],
    ["work that reads", running({ phase: "reading_context" }), "reading_context", "reading"],
    ["work that tests", running({ phase: "testing" }), "testing", "testing"],
    ["work that waits", running({ phase: "waiting_user" }), "waiting_user", "waiting for a person's answer"],
    ["work that succeeded", running({ status: "succeeded", phase: "testing" }), "done", "done"],
    ...(["failed", "timed_out", "cancelled", "lost"] as const).map(
      (status): [string, TaskRecord, TaskPhase, string] => [
        `work that ended ${status}`,
        running({ status, phase: "editing" }),
        "failed",
        "ended without a result",
      ],
    ),
  ])("is correct for %s", (_what, task, phase, doing) => {
    const status = taskStatus(task, at(0));
    expect(status.phase).toBe(phase);
    expect(status.answers.doing).toBe(doing);
  });
});

describe("the start", () => {
  const AT_ONCE: readonly TaskRuntime[] = ["exec", "media"];
  it.each(TASK_RUNTIMES)("is left by %s work that says nothing", (runtime) => {
    const task = running({ runtime });
    expect(taskStatus(task, at(STARTING_FOR_MS) - 1000).phase).toBe(AT_ONCE.includes(runtime) ? "working" : "starting");
    expect(taskStatus(task, at(STARTING_FOR_MS)).phase).toBe("working");
  });

  it.each(TASK_RUNTIMES)("is left by %s work with its first step", (runtime) => {
    expect(taskStatus(running({ runtime, phase: "testing" }), at(0)).phase).toBe("testing");
    expect(taskStatus(running({ runtime, latestUpdate: "a step" }), at(0)).phase).toBe("working");
  });
});

describe("the block reason", () => {
  const BLOCKS: [StatablePhase | null, BlockReason | null, BlockReason | null, needsSomebody: boolean][] = [
    [null, null, null, false],
    ["editing", null, null, false],
    ["waiting_user", null, "user_input", true],
    ["waiting_approval", null, "approval", true],
    ["waiting_dependency", null, "subagent", false],
    ["waiting_user", "confirmation", "confirmation", true],
    ["editing", "auth", "auth", true],
    ["researching", "external_api", "external_api", false],
    ["waiting_dependency", "external_api", "external_api", false],
  ];
  it.each(BLOCKS)("for phase %s and stated reason %s is %s", (phase, said, blockReason, needsSomebody) => {
    const status = taskStatus(running({ phase, blockReason: said }), at(0));
    expect(status.blockReason).toBe(blockReason);
    expect(status.answers).toMatchObject({ isBlocked: blockReason !== null, needsSomebody });
    expect(status.answers.why === null).toBe(blockReason === null);
  });

  it("is null once the task has ended", () => {
    const task = new PlayedTask(working(), signal("x", { step: { phase: "waiting_user" } }), ended()).task;
    expect(taskStatus(task, at(0))).toMatchObject({
      blockReason: null,
      answers: { isBlocked: false, why: null, needsSomebody: false },
    });
  });
});

describe("the phase stalled", () => {
  it.each(TASK_RUNTIMES)("applies to %s work after the stall time of its runtime and not before", (runtime) => {
    const task = running({ runtime });
    expect(taskStatus(task, at(STALL_AFTER_MS[runtime]) - 1000).stalledSince).toBeNull();
    expect(taskStatus(task, at(STALL_AFTER_MS[runtime]))).toMatchObject({
      phase: "stalled",
      blockReason: "suspected_stall",
      stalledSince: task.lastProgressAt,
      suggestedAction: `tasks show ${TASK} --context, then wait or tasks cancel ${TASK}`,
      answers: { doing: "not moving", isBlocked: true, needsSomebody: true },
    });
  });

  it.each<[string, Partial<TaskRecord>]>([
    ["waits for a person", { phase: "waiting_user" }],
    ["waits for other work", { phase: "waiting_dependency" }],
    ["is held up by a service", { phase: "editing", blockReason: "external_api" }],
    ["was accepted and not started", { status: "queued" }],
    ["has ended", { status: "succeeded" }],
  ])("never applies to work that %s", (_what, more) => {
    expect(taskStatus(running(more), at(100 * 3_600_000)).stalledSince).toBeNull();
  });

  it("ends with progress but not with mere activity", () => {
    const played = new PlayedTask(working()).wait(STALL_AFTER_MS.subagent * 1000);
    played.play(signal("agent_event", { step: { isIdle: true } }));
    expect(taskStatus(played.task, played.now).phase).toBe("stalled");
    expect(played.task.lastActivityAt > played.task.lastProgressAt).toBe(true);
    played.play(signal("agent_event", { step: { update: "next file" } }));
    expect(taskStatus(played.task, played.now).phase).toBe("working");
  });
});

describe("the clocks", () => {
  it("count queued time until the start, then keep the time from accepted to started", () => {
    const played = new PlayedTask(signal("after_tool_call")).wait(7_000_000);
    expect(taskStatus(played.task, played.now).clocks).toEqual({
      queuedMs: 7_000,
      progressGapMs: 7_000,
      totalMs: 7_000,
    });
    played.play(signal("lifecycle", { started: true }));
    played.wait(2_000_000);
    expect(taskStatus(played.task, played.now).clocks).toEqual({
      queuedMs: 8_000,
      progressGapMs: 2_000,
      totalMs: 10_000,
    });
  });

  it("stop at the end, even if the task never started", () => {
    const played = new PlayedTask(signal("after_tool_call")).wait(3_000_000);
    played.play(ended("failed"));
    const clocks = { queuedMs: 4_000, progressGapMs: 0, totalMs: 4_000 };
    expect(taskStatus(played.task, played.now).clocks).toEqual(clocks);
    expect(taskStatus(played.task, played.now + 1e12).clocks).toEqual(clocks);
  });

  it("are never negative when the system clock was set back", () => {
    const { clocks } = taskStatus(START, NOON - 1e12);
    expect(Object.values(clocks).every((ms) => ms >= 0)).toBe(true);
  });
});

describe("a task that was accepted but has not started", () => {
  it("needs attention after five minutes", () => {
    const acceptedAt = NOON + 1_000_000;
    const soon = taskStatus(queued, acceptedAt + STALE_QUEUED_AFTER_MS * 1000 - 1000);
    expect(soon).toMatchObject({ suggestedAction: null, answers: { needsSomebody: false } });
    const late = taskStatus(queued, acceptedAt + STALE_QUEUED_AFTER_MS * 1000);
    expect(late.answers.needsSomebody).toBe(true);
    expect(late.suggestedAction).toContain(`tasks cancel ${TASK}`);
  });
});

describe("a task that is done but not reported", () => {
  const withReport = (report: "refused" | "unknown"): TaskRecord =>
    new PlayedTask(
      working(),
      ended(),
      order("report_delivery", { report: { kind: "host_silent", reason: "nothing" } }),
      order("report_delivery", {
        report:
          report === "refused" ? { kind: "refused", reason: "no", final: true } : { kind: "unknown", reason: "?" },
      }),
    ).task;

  it("has a failed delivery and the command to send it again", () => {
    expect(taskStatus(withReport("refused"), at(0))).toMatchObject({
      phase: "done",
      suggestedAction: `tasks retry ${TASK}`,
      answers: { isDoneNotReported: true, needsSomebody: true, isBlocked: false },
    });
  });

  it("may have an ambiguous delivery, with the advice to check first", () => {
    const status = taskStatus(withReport("unknown"), at(0));
    expect(status.answers.isDoneNotReported).toBe(true);
    expect(status.suggestedAction).toMatch(/look whether.*tasks retry .*tasks dismiss/);
  });

  it("includes a task whose delivery is on its way, which needs attention only once it is overdue", () => {
    const { task } = new PlayedTask(working(), ended());
    expect(task.delivery).toMatchObject({ state: "pending", route: ROUTE });
    expect(taskStatus(task, at(0)).answers).toMatchObject({ isDoneNotReported: true, needsSomebody: false });
    const overdue = (parseMicros(task.delivery?.deadlineAt) ?? 0) + STALE_AFTER_MS.delivery * 1000;
    expect(taskStatus(task, overdue).answers).toMatchObject({ isDoneNotReported: true, needsSomebody: true });
  });

  it.each(DELIVERY_STATES)("is done and not reported until there is a receipt: %s", (state) => {
    const { task } = new PlayedTask(working(), ended());
    const delivery = { ...(task.delivery as DeliveryRecord), state };
    const isOwed = ["pending", "sending", "failed", "ambiguous"].includes(state);
    expect(taskStatus({ ...task, delivery }, at(0)).answers.isDoneNotReported).toBe(isOwed);
  });
});

describe("the suggested action", () => {
  it.each<[BlockReason | null, RegExp | null]>([
    [null, null],
    ["user_input", /answer it/],
    ["confirmation", /answer it/],
    ["approval", /approve or deny/],
    ["auth", /log the agent in/],
    ["subagent", null],
    ["external_api", null],
  ])("is correct for the block reason %s", (blockReason, action) => {
    const { suggestedAction } = taskStatus(running({ blockReason }), at(0));
    if (action === null) expect(suggestedAction).toBeNull();
    else expect(suggestedAction).toMatch(action);
  });

  it("is the agent's own next action when it gave one", () => {
    const { task } = new PlayedTask(
      working(),
      order("report", { step: { phase: "waiting_user", nextAction: "press 1" } }),
    );
    expect(taskStatus(task, at(0)).suggestedAction).toBe("press 1");
  });
});
