import { describe, expect, it } from "vitest";
import { readActivity } from "../../../../plugin/host/events/agent-activity.ts";

const event = (stream: string, data: unknown, more: object = {}): object => ({
  runId: "r1",
  sessionKey: "agent:main:main",
  stream,
  data,
  ...more,
});
const WHO = { runId: "r1", sessionKey: "agent:main:main" };

describe("readActivity", () => {
  it.each<[string, object, object]>([
    [
      "tool",
      { phase: "start", name: "read", args: { path: "a" } },
      { kind: "tool", tool: "read", args: { path: "a" } },
    ],
    ["tool", { phase: "start", name: "read" }, { kind: "tool", tool: "read", args: {} }],
    ["approval", { phase: "requested", status: "pending", command: "ls" }, { kind: "approval_asked", what: "ls" }],
    [
      "approval",
      { phase: "requested", status: "pending", title: "Run it" },
      { kind: "approval_asked", what: "Run it" },
    ],
    ["approval", { phase: "requested", status: "pending" }, { kind: "approval_asked", what: "a command" }],
    ["approval", { phase: "resolved", status: "denied" }, { kind: "approval_answered" }],
    ["usage", { outputTokens: 7 }, { kind: "usage", output: 7 }],
    ["acp", { eventType: "tool_call", title: "Edit a" }, { kind: "external_tool", title: "Edit a" }],
  ])("reads stream %s: %j", (stream, data, expected) => {
    expect(readActivity(event(stream, data))).toEqual({ ...WHO, ...expected });
  });

  it("uses the original run id of a continued run", () => {
    const wake = { runId: "announce:v1:agent:main:subagent:x:r1:wake" };
    expect(readActivity(event("usage", { outputTokens: 1 }, wake))?.runId).toBe("r1");
  });

  it.each<[string, unknown]>([
    ["the end of a tool call", event("tool", { phase: "end", name: "read" })],
    ["a tool without a name", event("tool", { phase: "start" })],
    ["usage without a number", event("usage", { outputTokens: "many" })],
    ["another event of an external agent", event("acp", { eventType: "done" })],
    ["an external call without a title", event("acp", { eventType: "tool_call" })],
    ["the assistant stream", event("assistant", { text: "hi" })],
    ["an event without a run", { stream: "tool", data: { phase: "start", name: "read" } }],
    ["invalid data", event("tool", "start")],
    ["nothing", undefined],
    ["null", null],
    ["a number", 7],
  ])("ignores %s", (_what, value) => {
    expect(readActivity(value)).toBeUndefined();
  });
});
