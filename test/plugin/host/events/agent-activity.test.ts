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
      { phase: "start", name: "read", args: { path: "a" }, toolCallId: "c" },
      { kind: "tool", tool: "read", callId: "c", args: { path: "a" } },
    ],
    ["tool", { phase: "start", name: "read" }, { kind: "tool", tool: "read", callId: undefined, args: {} }],
    ["tool", { phase: "result", name: "read", isError: false }, { kind: "tool_ended", tool: "read", error: undefined }],
    [
      "tool",
      { phase: "result", name: "x", isError: true, result: { content: [{ text: "no" }], details: { status: 401 } } },
      { kind: "tool_ended", tool: "x", error: { text: "no", status: 401 } },
    ],
    [
      "tool",
      { phase: "result", name: "exec", result: { details: { status: "completed", exitCode: 7, aggregated: "out" } } },
      { kind: "tool_ended", tool: "exec", error: { text: "out", status: undefined } },
    ],
    [
      "tool",
      { phase: "result", name: "x", isError: true },
      { kind: "tool_ended", error: { text: "", status: undefined } },
    ],
    [
      "plan",
      { steps: [{ step: "a", status: "completed" }, "b", { step: "c" }, 7, {}], explanation: "so far" },
      {
        kind: "plan",
        steps: [
          { step: "a", status: "completed" },
          { step: "b", status: "pending" },
          { step: "c", status: "pending" },
        ],
        note: "so far",
      },
    ],
    ["plan", {}, { kind: "plan", steps: [], note: undefined }],
    [
      "approval",
      { phase: "requested", status: "pending", command: "ls" },
      { kind: "approval_asked", what: "ls", isCommand: true },
    ],
    [
      "approval",
      { phase: "requested", status: "pending", kind: "exec", title: "Run it" },
      { kind: "approval_asked", what: "Run it", isCommand: true },
    ],
    [
      "approval",
      { phase: "requested", status: "pending", kind: "plugin" },
      { kind: "approval_asked", what: "a command", isCommand: false },
    ],
    ["approval", { phase: "resolved", status: "denied" }, { kind: "approval_answered" }],
    ["usage", { outputTokens: 7 }, { kind: "usage", output: 7 }],
    [
      "acp",
      { eventType: "tool_call", title: "Edit a" },
      { kind: "external_tool", title: "Edit a", hasEnded: false, error: undefined },
    ],
    [
      "acp",
      { eventType: "tool_call", title: "Edit a", status: "completed" },
      { kind: "external_tool", title: "Edit a", hasEnded: true, error: undefined },
    ],
    [
      "acp",
      { eventType: "tool_call", title: "Edit a", status: "failed", text: "no" },
      { kind: "external_tool", title: "Edit a", hasEnded: true, error: { text: "no", status: undefined } },
    ],
  ])("reads stream %s: %j", (stream, data, expected) => {
    expect(readActivity(event(stream, data))).toMatchObject({ ...WHO, ...expected });
  });

  it("uses the original run id of a continued run", () => {
    const wake = { runId: "announce:v1:agent:main:subagent:x:r1:wake" };
    expect(readActivity(event("usage", { outputTokens: 1 }, wake))?.runId).toBe("r1");
  });

  it.each<[string, unknown]>([
    ["the progress of a tool call", event("tool", { phase: "update", name: "read" })],
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
