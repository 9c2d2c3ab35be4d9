import { describe, expect, it } from "vitest";
import { flowAggregate } from "../../../../registry-helper/domain/flow/aggregate.ts";
import type { FlowRecord } from "../../../../registry-helper/model/flow-record.ts";
import { FLOW, type FlowStep, OWNER, PlayedFlow } from "../../../support/played-flow.ts";
import { NOON } from "../../../support/played-run.ts";

const wait: FlowStep = { type: "wait", wait: { kind: "event", name: "reply" } };
const block: FlowStep = { type: "block", reason: "no key" };
const resume: FlowStep = { type: "resume" };
const link: FlowStep = { type: "link_task", taskId: "t-1" };
const update: FlowStep = { type: "update", update: "half" };
const set: FlowStep = { type: "set_output", name: "a", value: 1 };
const append: FlowStep = { type: "append_output", name: "list", value: 1 };
const finish: FlowStep = { type: "finish", result: "done" };
const fail: FlowStep = { type: "fail", error: "broke" };
const cancel: FlowStep = { type: "request_cancel", by: "me" };
const cancelStep: FlowStep = { type: "settle_cancel", activeTasks: [] };
const CHANGES = { wait, block, resume, link, update, set, append, finish, fail, cancel };

const BEFORE: Record<string, FlowStep[]> = {
  queued: [],
  running: [{ type: "resume", step: "read" }],
  waiting: [wait],
  blocked: [block],
};

/** What a flow is after a change, by what it was: the status, or the code of the refusal. */
const TABLE: Record<string, Record<keyof typeof CHANGES, string>> = {
  queued: row("waiting", "blocked", "running", "running", "running", "running", "running", "queued"),
  running: row("waiting", "blocked", "running", "running", "running", "running", "running", "running"),
  waiting: row("waiting", "blocked", "running", "waiting", "waiting", "waiting", "waiting", "waiting"),
  blocked: row("waiting", "blocked", "running", "blocked", "blocked", "blocked", "blocked", "blocked"),
};

function row(
  ...[afterWait, afterBlock, afterResume, afterLink, afterUpdate, afterSet, afterAppend, afterCancel]: string[]
) {
  return {
    wait: afterWait ?? "",
    block: afterBlock ?? "",
    resume: afterResume ?? "",
    link: afterLink ?? "",
    update: afterUpdate ?? "",
    set: afterSet ?? "",
    append: afterAppend ?? "",
    finish: "succeeded",
    fail: "failed",
    cancel: afterCancel ?? "",
  };
}

const statusAfter = (played: PlayedFlow, step: FlowStep): string => {
  try {
    played.do(step);
    return played.flow.status;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("flow status after a change", () => {
  describe.each(Object.keys(BEFORE))("a flow that is %s", (status) => {
    it.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])("follows the table for %s", (name) => {
      const played = new PlayedFlow().play(...(BEFORE[status] ?? []));
      expect(played.flow.status).toBe(status);
      expect(statusAfter(played, CHANGES[name])).toBe(TABLE[status]?.[name]);
    });
  });

  it.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])("rejects %s for a flow that has ended", (name) => {
    for (const end of [finish, fail]) {
      const played = new PlayedFlow().play(end);
      const before = played.flow;
      expect(statusAfter(played, CHANGES[name])).toBe("flow_over");
      expect(played.flow).toBe(before);
    }
  });

  it.each([
    ["wait", "flow_cancelling"],
    ["block", "flow_cancelling"],
    ["resume", "flow_cancelling"],
    ["link", "flow_cancelling"],
    ["finish", "flow_cancelling"],
    ["fail", "flow_cancelling"],
    ["update", "running"],
    ["set", "running"],
    ["append", "running"],
    ["cancel", "running"],
  ] as const)("handles %s for a flow with a cancel request: %s", (name, outcome) => {
    const played = new PlayedFlow({}, "read").play(cancel);
    expect(statusAfter(played, CHANGES[name])).toBe(outcome);
    expect(played.flow.cancel).toMatchObject({ by: "me" });
  });

  it.each(Object.values(CHANGES))("rejects $type when the flow does not exist", (step) => {
    const command = { ...step, flowId: FLOW } as Parameters<typeof flowAggregate.decide>[1];
    expect(() => flowAggregate.decide(undefined, command, { now: NOON })).toThrow(
      expect.objectContaining({ code: "flow_not_found" }),
    );
  });
});

describe("a flow revision", () => {
  it("is the position of the last event and increases with each event", () => {
    const played = new PlayedFlow();
    expect(played.flow.revision).toBe(1);
    played.play(update, set, wait);
    expect(played.flow.revision).toBe(4);
    expect(played.do(resume)).toEqual(["flow.resumed"]);
    expect(played.flow.revision).toBe(5);
  });

  it.each(Object.values(CHANGES))(
    "rejects $type when it is stale, with the current revision in message and facts",
    (step) => {
      const played = new PlayedFlow().play(update);
      expect(() => played.do({ ...step, expectedRevision: 1 })).toThrow(
        expect.objectContaining({
          code: "revision_conflict",
          message: expect.stringContaining("at revision 2, not 1") as string,
          facts: { flowId: FLOW, expectedRevision: 1, currentRevision: 2, status: "running" },
        }),
      );
      expect(played.flow.revision).toBe(2);
      played.do({ ...step, expectedRevision: 2 });
    },
  );

  it("is checked first, even when the flow has ended", () => {
    const played = new PlayedFlow().play(finish);
    expect(statusAfter(played, { ...update, expectedRevision: 1 })).toBe("revision_conflict");
  });
});

describe("cancel", () => {
  it("is recorded once and never withdrawn", () => {
    const played = new PlayedFlow().play(link);
    expect(played.do({ ...cancel, reason: "no need" })).toEqual(["flow.cancel_requested"]);
    expect(played.do({ type: "request_cancel", by: "another" })).toEqual([]);
    expect(played.flow.cancel).toMatchObject({ by: "me", reason: "no need" });
  });

  it("ends the flow only when no task is active, and notifies no one", () => {
    const played = new PlayedFlow().play(link, cancel);
    expect(played.do({ type: "settle_cancel", activeTasks: ["t-1"] })).toEqual([]);
    expect(played.do(cancelStep)).toEqual(["flow.ended", "delivery.planned"]);
    expect(played.flow).toMatchObject({ status: "cancelled", delivery: { state: "none" } });
    expect(played.do(cancelStep)).toEqual([]);
  });

  it("does not end a flow without a cancel request", () => {
    expect(new PlayedFlow().do(cancelStep)).toEqual([]);
  });
});

describe("delivery of a flow's end", () => {
  const getDelivery = (played: PlayedFlow): FlowRecord["delivery"] => played.flow.delivery;

  it("is sent by ClawTask at once", () => {
    expect(getDelivery(new PlayedFlow().play(finish))).toMatchObject({
      state: "pending",
      sender: "clawtask",
      route: { channel: "telegram" },
    });
  });

  it("is left to the owner's agent for a minute when that agent ended the flow", () => {
    const played = new PlayedFlow().play({ type: "finish", by: OWNER });
    expect(getDelivery(played)).toMatchObject({ state: "pending", sender: "host" });
    expect(Date.parse(getDelivery(played)?.dueAt ?? "") - played.now / 1000).toBe(60_000);
  });

  it("goes to the owner's session when there is no channel, and nowhere when there is no owner", () => {
    const plain = { route: undefined } as object;
    expect(getDelivery(new PlayedFlow(plain).play(finish))?.route).toEqual({
      channel: "session",
      to: OWNER,
      sessionKey: OWNER,
    });
    const withoutOwner = new PlayedFlow({ ...plain, ownerSessionKey: undefined } as object).play(finish);
    expect(getDelivery(withoutOwner)).toMatchObject({ state: "none", route: null });
    expect(statusAfter(withoutOwner, { type: "retry_delivery" })).toBe("not_deliverable");
  });

  it("is not planned when the policy is silent", () => {
    expect(getDelivery(new PlayedFlow({ notify: "silent" }).play(fail))).toMatchObject({
      state: "none",
      reason: "silent by policy",
    });
  });

  it("is retried on request as a new generation and stays dismissed once dismissed", () => {
    const played = new PlayedFlow().play(finish);
    expect(statusAfter(played, { type: "retry_delivery" })).toBe("not_deliverable");
    played.play({ type: "report_delivery", report: { kind: "sending" } });
    played.play({ type: "report_delivery", report: { kind: "refused", reason: "403", final: true } });
    expect(getDelivery(played)).toMatchObject({ state: "failed", reason: "403" });
    played.play({ type: "retry_delivery" });
    expect(getDelivery(played)).toMatchObject({ state: "pending", generation: 2 });
    expect(played.do({ type: "report_delivery", report: { kind: "sent", receipt: "x" }, generation: 1 })).toEqual([]);
    played.play({ type: "dismiss", reason: "told by phone" });
    expect(getDelivery(played)?.state).toBe("dismissed");
    expect(played.do({ type: "dismiss", reason: "again" })).toEqual([]);
  });

  it("includes state changes when the policy asks for them", () => {
    const played = new PlayedFlow({ notify: "state_changes" });
    expect(played.do(resume)).toEqual(["flow.resumed", "delivery.planned"]);
    expect(played.flow.updateText).toBe("has started");
    played.play(wait);
    expect(played.flow).toMatchObject({ updateText: "is waiting for event reply", update: { generation: 2 } });
    played.play(block);
    expect(played.flow.updateText).toBe("is blocked: no key");
    played.play(resume);
    expect(played.flow.updateText).toBe("goes on");
    expect(played.flow.delivery).toBeNull();
    expect(new PlayedFlow().do(resume)).toEqual(["flow.resumed"]);
  });
});

describe("invalid input", () => {
  it.each<[string, FlowStep, string]>([
    ["no reason", { type: "block", reason: "  " }, "argument_missing"],
    ["no error", { type: "fail", error: "" }, "argument_missing"],
    ["an update of nothing", { type: "update" }, "argument_missing"],
    ["a time that is none", { type: "wait", wait: { kind: "until", at: "soon" } }, "argument_missing"],
    ["an event without a name", { type: "wait", wait: { kind: "event", name: " " } }, "argument_missing"],
    ["a task without an id", { type: "wait", wait: { kind: "task", taskId: "" } }, "argument_missing"],
    ["a name that is none", { type: "set_output", name: "__proto__", value: 1 }, "invalid_id"],
    ["a long name", { type: "set_output", name: "x".repeat(129), value: 1 }, "invalid_id"],
    ["a large value", { type: "set_output", name: "a", value: "x".repeat(65_536) }, "too_large"],
    ["a deep value", { type: "set_output", name: "a", value: deep(65) }, "too_large"],
    ["an abyss", { type: "set_output", name: "a", value: deep(100_000) }, "too_large"],
  ])("is rejected: %s", (_what, step, code) => {
    const played = new PlayedFlow({}, "read");
    expect(statusAfter(played, step)).toBe(code);
    expect(played.flow.revision).toBe(1);
  });

  it("a title is required, and texts are truncated and sanitized", () => {
    expect(() => new PlayedFlow({ title: " \u001b[31m " })).toThrow(
      expect.objectContaining({ code: "argument_missing" }),
    );
    const played = new PlayedFlow({ title: `\u001b[31m${"x".repeat(500)}` }, "read\nit");
    expect(played.flow.title).toHaveLength(200);
    expect(played.flow.currentStep).toBe("read it");
    played.play({ type: "update", update: "y".repeat(1_000) }, { type: "finish", result: "z".repeat(100_000) });
    expect(played.flow.latestUpdate).toHaveLength(300);
    expect(played.flow.result).toHaveLength(32 * 1024);
  });
});

function deep(levels: number): never {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value as never;
}

describe("outputs", () => {
  it("are set, replaced and appended to", () => {
    const played = new PlayedFlow().play(set, { type: "set_output", name: "a", value: { b: [1] } }, append, {
      type: "append_output",
      name: "list",
      value: "two",
    });
    expect(played.flow.output).toEqual({ a: { b: [1] }, list: [1, "two"] });
    expect(statusAfter(played, { type: "append_output", name: "a", value: 1 })).toBe("output_not_a_list");
  });

  it("are limited to 100 outputs and 64 KiB in total", () => {
    const played = new PlayedFlow();
    for (let n = 0; n < 100; n += 1) played.do({ type: "set_output", name: `o${n}`, value: [] });
    expect(statusAfter(played, set)).toBe("too_large");
    const kilobyte = "x".repeat(1_000);
    let count = 0;
    while (statusAfter(played, { type: "append_output", name: "o1", value: kilobyte }) === "running") count += 1;
    expect(count).toBeGreaterThan(60);
    expect(count).toBeLessThan(65);
    expect(played.flow.output["o1"]).toHaveLength(count);
  });
});

describe("tasks", () => {
  it("are linked once and in order, and start a queued flow", () => {
    const played = new PlayedFlow().play(link);
    expect(played.do(link)).toEqual([]);
    played.play({ type: "link_task", taskId: "t-2", step: "review" });
    expect(played.flow).toMatchObject({ tasks: ["t-1", "t-2"], status: "running", currentStep: "review" });
  });

  it("are limited to 1,000", () => {
    const played = new PlayedFlow();
    for (let n = 0; n < 1_000; n += 1) played.do({ type: "link_task", taskId: `t-${n}` });
    expect(statusAfter(played, { type: "link_task", taskId: "one more" })).toBe("too_large");
  });
});
