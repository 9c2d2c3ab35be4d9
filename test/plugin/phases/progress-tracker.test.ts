import { beforeEach, describe, expect, it } from "vitest";
import type { AgentActivity } from "../../../plugin/host/events/agent-activity.ts";
import { ProgressTracker } from "../../../plugin/phases/progress-tracker.ts";
import { activity } from "../support/runtime-samples.ts";

const tool = (name: string, args: object = {}, runId?: string): AgentActivity =>
  activity("tool", { phase: "start", name, args }, runId);
const read = (path: string): AgentActivity => tool("read", { path });
const SAME_PHASE_MS = 15_000;
const IDLE_MS = 60_000;

let tracker: ProgressTracker;
let now: number;
beforeEach(() => {
  tracker = new ProgressTracker();
  now = 1_000_000;
});
const note = (one: AgentActivity, after = 0): unknown => tracker.note(one, (now += after))?.step;

describe("a step of a run", () => {
  it("has the phase and the subject of the call", () => {
    expect(tracker.note(read("src/a.ts"), now)).toEqual({
      runId: "run-1",
      sessionKey: "agent:main:subagent:x",
      step: { phase: "reading_context", update: "read: src/a.ts" },
    });
  });

  it("is noted at most every fifteen seconds in the same phase, and at once in another", () => {
    note(read("a"));
    expect(note(read("b"), SAME_PHASE_MS - 1)).toBeUndefined();
    expect(note(tool("edit", { path: "b" }))).toMatchObject({ phase: "editing" });
    expect(note(read("c"))).toMatchObject({ phase: "reading_context" });
    expect(note(read("d"), SAME_PHASE_MS)).toEqual({ phase: "reading_context", update: "read: d" });
  });

  it("is noted with its text only when it has no phase", () => {
    expect(note(tool("exec", { command: "node server.js" }), SAME_PHASE_MS)).toEqual({
      update: "exec: node server.js",
    });
    expect(note(tool("new_tool"), SAME_PHASE_MS)).toEqual({ update: "new_tool" });
  });

  it.each(["command", "path", "file_path", "filePath", "query", "url", "pattern", "prompt", "task"])(
    "is described by its argument %s",
    (name) => {
      expect(note(tool("web_search", { other: "x", [name]: "sheep" }))).toMatchObject({ update: "web_search: sheep" });
    },
  );

  it("has a short text for any call", () => {
    const step = tracker.note(tool("exec", { command: "x".repeat(1_000_000) }), now)?.step;
    expect(step?.update?.length).toBeLessThanOrEqual(160);
  });

  it("is tracked separately for each run", () => {
    note(read("a"));
    expect(note(tool("read", { path: "a" }, "run-2"))).toMatchObject({ phase: "reading_context" });
  });

  it("is recognized by its title inside an external agent", () => {
    const call = activity("acp", { eventType: "tool_call", title: "Edit src/a.ts" });
    expect(note(call)).toEqual({ phase: "editing", update: "Edit src/a.ts" });
  });
});

describe("a repeated call", () => {
  it("is noted as idle once a minute", () => {
    note(read("a"));
    expect(note(read("a"), IDLE_MS - 1)).toBeUndefined();
    expect(note(read("a"), 1)).toEqual({ isIdle: true });
    expect(note(read("a"), IDLE_MS - 1)).toBeUndefined();
    expect(note(read("a"), 1)).toEqual({ isIdle: true });
  });

  it("is recognized when other calls of the same cycle come between", () => {
    const round = ["a", "b", "c", "d"].map(read);
    for (const call of round) note(call, SAME_PHASE_MS);
    const steps = [...round, ...round].map((call) => note(call, IDLE_MS));
    expect(steps).toEqual(steps.map(() => ({ isIdle: true })));
  });

  it("is a step again after enough other calls", () => {
    note(read("a"));
    for (let index = 0; index < 8; index += 1) note(read(`other-${index}`), SAME_PHASE_MS);
    expect(note(read("a"), SAME_PHASE_MS)).toMatchObject({ update: "read: a" });
  });

  it("differs from a call with a long text that differs only at its end", () => {
    const text = "x".repeat(100_000);
    note(tool("write", { content: `${text}1` }), SAME_PHASE_MS);
    expect(note(tool("write", { content: `${text}2` }), SAME_PHASE_MS)).toMatchObject({ phase: "editing" });
    expect(note(tool("write", { content: `${text}2` }), IDLE_MS)).toEqual({ isIdle: true });
  });
});

describe("an approval", () => {
  const asked = activity("approval", { phase: "requested", status: "pending", command: "rm -r build" });
  const answered = activity("approval", { phase: "resolved", status: "approved" });

  it("is noted at once when requested, with its subject", () => {
    note(read("a"));
    expect(note(asked)).toEqual({
      phase: "waiting_approval",
      blockReason: "approval",
      update: "wants to run: rm -r build",
    });
  });

  it("restores the previous phase when answered", () => {
    note(tool("edit", { path: "a" }));
    note(asked);
    expect(note(answered)).toEqual({ phase: "editing", blockReason: null });
  });

  it("clears the wait when answered before any other step", () => {
    note(asked);
    expect(note(answered)).toEqual({ phase: null, blockReason: null });
  });
});

describe("the usage of a run", () => {
  it("is kept until it is read, and is not a step", () => {
    expect(note(activity("usage", { outputTokens: 10 }))).toBeUndefined();
    note(activity("usage", { outputTokens: 25 }));
    expect(tracker.findUsage("run-1")).toEqual({ input: null, output: 25 });
    expect(tracker.findUsage("run-2")).toBeUndefined();
  });
});
