import { describe, expect, it } from "vitest";
import type { TaskCommand } from "../../../../registry-helper/domain/task/commands.ts";
import type { TaskStep } from "../../../../registry-helper/model/task-events.ts";
import type { NotifyPolicy } from "../../../../registry-helper/model/task-status.ts";
import { ended, listNames, order, PlayedTask, ROUTE, signal, working } from "../../../support/played-task.ts";

/** Work whose requester chose after its start what to hear. */
const notifiedTask = (notify: NotifyPolicy = "state_changes"): PlayedTask =>
  new PlayedTask(working({ notify: "done_only" }), order("set_notify", { notify }));
const step = (more: TaskStep): TaskCommand => signal("agent_event", { step: more });
const WAITS = step({ phase: "waiting_user", update: "which one?" });
const WORKS = step({ phase: "editing" });
const about = (report: Extract<TaskCommand, { type: "report_delivery" }>["report"], generation?: number): TaskCommand =>
  order("report_delivery", { report, of: "update", ...(generation === undefined ? {} : { generation }) });

describe("a state change with a notice", () => {
  it.each<[string, TaskCommand[], string | null]>([
    ["it waits for a person", [WAITS], "is waiting for an answer: which one?"],
    ["it waits for an approval", [step({ phase: "waiting_approval" })], "is waiting for an approval"],
    ["it waits for other work", [step({ phase: "waiting_dependency" })], "is waiting for other work"],
    ["it reports that it waits", [order("report", { step: { phase: "waiting_user" } })], "is waiting for an answer"],
    ["it goes on", [WAITS, WORKS], "goes on"],
    ["it begins again", [signal("host_row", { names: ["run:r2"], resumes: true })], "was interrupted and goes on"],
    ["it goes from one kind of work to the next", [WORKS, step({ phase: "testing" })], null],
    ["it says something", [step({ update: "half way" })], null],
    ["it still waits", [step({ phase: "editing" }), step({ update: "x" })], null],
  ])("plans the expected notice when %s", (_what, commands, text) => {
    const played = notifiedTask();
    played.play(...commands);
    const { task } = played;
    expect(task.updateText).toBe(text);
    if (text === null) expect(task.update).toBeNull();
    else expect(task.update).toMatchObject({ state: "pending", sender: "clawtask", route: ROUTE });
  });

  it("is the start when the first signal reports it", () => {
    const { task } = new PlayedTask(working({ notify: "state_changes" }));
    expect(task).toMatchObject({ updateText: "has started", update: { state: "pending", route: ROUTE } });
  });

  it("is the start of a task that was accepted before", () => {
    const { task } = new PlayedTask(
      signal("after_tool_call", { facts: { notify: "state_changes", route: ROUTE } }),
      signal("lifecycle", { started: true }),
    );
    expect(task.updateText).toBe("has started");
  });

  it("replaces a notice that has not been delivered, as the next generation", () => {
    const played = notifiedTask();
    played.play(WAITS);
    expect(played.task.update).toMatchObject({ generation: 1 });
    played.play(WORKS);
    expect(played.task).toMatchObject({ updateText: "goes on", update: { generation: 2, state: "pending", tries: 0 } });
  });

  it("is planned in the same append as the change", () => {
    expect(listNames(notifiedTask().play(WAITS))).toEqual(["task.progressed", "delivery.planned"]);
  });

  it("does not affect the delivery of the result", () => {
    const played = notifiedTask();
    played.play(WAITS, about({ kind: "sending" }), about({ kind: "sent", receipt: "1" }));
    expect(played.task).toMatchObject({ delivery: null, update: { state: "delivered" } });
    played.play(ended());
    expect(played.task).toMatchObject({ delivery: { state: "pending" }, update: { state: "delivered" } });
  });

  it("is not completed by the receipt of the previous notice", () => {
    const played = notifiedTask();
    played.play(WAITS, about({ kind: "sending" }, 1), WORKS, about({ kind: "sent", receipt: "1" }, 1));
    expect(played.task.update).toMatchObject({ generation: 2, state: "pending", receipt: null });
    played.play(about({ kind: "sending" }, 2), about({ kind: "sent", receipt: "2" }, 2));
    expect(played.task.update).toMatchObject({ generation: 2, state: "delivered", receipt: "2" });
  });
});

describe("a state change without a notice", () => {
  it.each(["done_only", "silent"] as const)("has the policy %s", (notify) => {
    const played = notifiedTask(notify);
    played.play(WAITS, WORKS);
    expect(played.task.update).toBeNull();
  });

  it("belongs to a task without a channel", () => {
    const played = new PlayedTask(signal("x", { facts: { notify: "state_changes" }, started: true }), WAITS);
    expect(played.task.update).toBeNull();
  });

  it("comes with the end, which has its own delivery", () => {
    const played = notifiedTask();
    played.play(signal("x", { step: { phase: "waiting_user" }, ending: { status: "succeeded" } }));
    expect(played.task).toMatchObject({ status: "succeeded", update: null });
  });

  it("follows a switch to the policy done_only", () => {
    const played = notifiedTask();
    played.play(order("set_notify", { notify: "done_only" }), WAITS);
    expect(played.task.update).toBeNull();
  });
});
