import { describe, expect, it } from "vitest";
import {
  readLifecycle,
  readMessageSent,
  readSubagentEnded,
  readSubagentProgress,
  readSubagentSpawned,
  readToolCall,
} from "../../../../plugin/host/events/host-events.ts";
import { readRoute } from "../../../../plugin/host/parse-route.ts";
import * as host from "../../support/host-samples.ts";

const IDENTITY = {
  runId: host.CHILD_RUN,
  childSessionKey: host.CHILD,
  requesterSessionKey: host.REQUESTER,
};

const IDENTITY_RUN = { runId: host.CHILD_RUN };

describe("the reader of subagent events", () => {
  it("reads label, agent, model and route from subagent_spawned", () => {
    expect(readSubagentSpawned(host.SPAWNED.event, host.SPAWNED.ctx)).toEqual({
      kind: "child_started",
      source: "subagent_spawned",
      spawn: { ...IDENTITY, label: "tg-topic-job", agentId: "main", model: "mock/mock-1", route: host.ROUTE },
    });
  });

  it("reads the same route without a label from subagent_progress{started}", () => {
    expect(readSubagentProgress(host.PROGRESS_STARTED.event, host.PROGRESS_STARTED.ctx)).toEqual({
      kind: "child_started",
      source: "subagent_progress",
      spawn: { ...IDENTITY, route: host.ROUTE },
    });
  });

  it("reads the outcome and the error from subagent_progress{ended}", () => {
    expect(readSubagentProgress(host.PROGRESS_ENDED.event, host.PROGRESS_ENDED.ctx)).toEqual({
      kind: "child_progress_ended",
      spawn: IDENTITY,
      outcome: "timeout",
      error: "took too long",
    });
  });

  it("reads the outcome, not the reason, from subagent_ended", () => {
    expect(readSubagentEnded(host.ENDED.event, host.ENDED.ctx)).toEqual({
      kind: "child_ended",
      spawn: IDENTITY,
      outcome: "ok",
      error: undefined,
    });
  });

  it("reads only the session from subagent_ended of a deleted session", () => {
    const { runId: _runId, ...withoutRun } = IDENTITY;
    const { event } = host.ENDED_BY_DELETION;
    expect(readSubagentEnded(event, host.ENDED_BY_DELETION.ctx)).toMatchObject({
      spawn: withoutRun,
      outcome: "deleted",
    });
    expect(readSubagentEnded(event, {})).toMatchObject({ spawn: { childSessionKey: host.CHILD } });
  });
});

describe("after_tool_call", () => {
  it("reads the task text and the parent run from sessions_spawn", () => {
    expect(readToolCall(host.SPAWN_CALL.event, host.SPAWN_CALL.ctx)).toEqual({
      kind: "spawn_accepted",
      spawn: {
        ...IDENTITY,
        parentRunId: host.PARENT_RUN,
        label: "tg-topic-job",
        task: "Count the sheep.\nTwice.",
        wantsCompletion: true,
      },
    });
  });

  it("reads the requester, the task and the error from a rejected spawn", () => {
    expect(readToolCall(host.REJECTED_CALL.event, host.REJECTED_CALL.ctx)).toEqual({
      kind: "spawn_rejected",
      toolCallId: "call-2",
      requesterSessionKey: host.REQUESTER,
      label: "nobody",
      task: "Ask nobody.",
      error: "Unknown agent id",
    });
  });

  it.each([
    ["the details' error", { details: { status: "error", error: "not now", errorCode: "busy" } }, "not now"],
    ["the error code", { details: { status: "error", errorCode: "busy" } }, "busy"],
    ["a plain sentence when the host gives no reason", {}, "the spawn was rejected"],
  ])("falls back to %s for a rejected spawn", (_what, result, error) => {
    const event = { toolName: "sessions_spawn", params: { task: "x" }, result };
    expect(readToolCall(event, { runId: "r" })).toMatchObject({ kind: "spawn_rejected", toolCallId: "r:x", error });
  });

  it("reads exec as a command that may have started work", () => {
    expect(readToolCall(host.EXEC_CALL.event, host.EXEC_CALL.ctx)).toEqual({
      kind: "command_ran",
      sessionKey: host.REQUESTER,
    });
  });

  it("ignores other tools", () => {
    expect(readToolCall({ toolName: "read", params: {} }, host.SPAWN_CALL.ctx)).toBeUndefined();
  });
});

describe("readLifecycle", () => {
  it("reads run and session from a start", () => {
    expect(readLifecycle(host.LIFECYCLE_START)).toEqual({
      kind: "turn_started",
      runId: host.CHILD_RUN,
      sessionKey: host.CHILD,
      sessionId: "179a",
    });
  });

  it("reads the result from an end", () => {
    expect(readLifecycle(host.LIFECYCLE_END)).toEqual({
      kind: "turn_ended",
      turn: {
        runId: host.CHILD_RUN,
        continued: false,
        sessionKey: host.CHILD,
        sessionId: "179a",
        status: "succeeded",
        text: "child-result-topic",
        error: undefined,
        disposition: "visible",
        delivery: undefined,
      },
    });
  });

  it.each([
    ["a model error", { phase: "error", error: "400 no", errorObservation: {} }, "failed"],
    ["a timeout", { phase: "error", timeoutPhase: "provider", aborted: false }, "timed_out"],
    ["a timeout by its stop reason", { phase: "error", stopReason: "timeout" }, "timed_out"],
    ["an abort", { phase: "error", error: "agent run aborted", aborted: true, stopReason: "aborted" }, "cancelled"],
    [
      "a cancelled run that ends normally",
      { phase: "end", status: "cancelled", stopReason: "rpc", aborted: true },
      "cancelled",
    ],
    ["a deleted session", { phase: "end", status: "cancelled", stopReason: "delete" }, "cancelled"],
    [
      "an ACP timeout reported as aborted",
      { phase: "error", error: "AcpRuntimeError [ACP_TURN_FAILED]: ACP turn timed out after 1s.", aborted: true },
      "timed_out",
    ],
    ["a timeout that was aborted", { phase: "error", timeoutPhase: "provider", aborted: true }, "cancelled"],
  ])("reads the status of %s", (_what, data, status) => {
    expect(readLifecycle(host.lifecycle(data))).toMatchObject({ kind: "turn_ended", turn: { status } });
  });

  it.each(["sent", "suppressed", "failed"])("reads that an announcing turn's reply was %s", (status) => {
    const event = host.lifecycle({ phase: "end", terminalDelivery: { status } }, host.ANNOUNCE_RUN, host.REQUESTER);
    expect(readLifecycle(event)).toMatchObject({ turn: { runId: host.ANNOUNCE_RUN, delivery: status } });
  });

  it("reads an unknown delivery status as undefined", () => {
    const event = host.lifecycle({ phase: "end", terminalDelivery: { status: "postponed" } });
    expect(readLifecycle(event)).toMatchObject({ turn: { delivery: undefined } });
  });

  it.each([
    ["another stream", { ...host.LIFECYCLE_END, stream: "tool" }],
    ["an event without a run", { ...host.LIFECYCLE_END, runId: undefined }],
    ["another phase", host.lifecycle({ phase: "finishing" })],
  ])("ignores %s", (_what, event) => {
    expect(readLifecycle(event)).toBeUndefined();
  });
});

describe("a child continued by the host after its own children", () => {
  const WAKE = `announce:v1:${host.CHILD}:${host.CHILD_RUN}:wake`;
  const WAKE_AGAIN = `announce:v1:${host.CHILD}:${WAKE}:wake`;

  it.each([WAKE, WAKE_AGAIN])("is read as its original run, not as an announcement (%s)", (runId) => {
    expect(readLifecycle(host.lifecycle({ phase: "start" }, runId))).toMatchObject({ runId: host.CHILD_RUN });
    expect(readLifecycle(host.lifecycle({ phase: "end" }, runId))).toMatchObject({
      turn: { runId: host.CHILD_RUN, continued: true },
    });
    expect(readSubagentEnded({ ...host.ENDED.event, runId }, { runId })).toMatchObject({ spawn: IDENTITY_RUN });
  });

  it.each([WAKE, WAKE_AGAIN])("is announced as its original run (%s)", (runId) => {
    const announcement = `announce:v1:${host.CHILD}:${runId}`;
    const ctx = { ...host.ANNOUNCED.ctx, runId: announcement };
    expect(readMessageSent(host.ANNOUNCED.event, ctx)).toMatchObject({ message: { runId: host.ANNOUNCE_RUN } });
    expect(readLifecycle(host.lifecycle({ phase: "end" }, announcement, host.REQUESTER))).toMatchObject({
      turn: { runId: host.ANNOUNCE_RUN, continued: false },
    });
  });
});

describe("message_sent", () => {
  it("includes the announcing run", () => {
    expect(readMessageSent(host.ANNOUNCED.event, host.ANNOUNCED.ctx)).toEqual({
      kind: "message_sent",
      message: {
        channel: "telegram",
        to: "telegram:-100123:topic:77",
        content: "announced: child-result-topic",
        success: true,
        error: undefined,
        messageId: "12",
        sessionKey: host.REQUESTER,
        runId: host.ANNOUNCE_RUN,
      },
    });
  });

  it("is successful only when success is true", () => {
    for (const success of [undefined, "true", 1, false]) {
      expect(readMessageSent({ ...host.ANNOUNCED.event, success }, {})).toMatchObject({ message: { success: false } });
    }
  });

  it("falls back to the address in the context", () => {
    const message = readMessageSent({ content: "x", success: true }, { conversationId: "telegram:1", messageId: "9" });
    expect(message).toMatchObject({ message: { to: "telegram:1", messageId: "9" } });
  });
});

describe("readRoute", () => {
  it("keeps the type of a thread id: a number for Telegram, text for Discord", () => {
    expect(readRoute({ channel: "discord", to: "channel:1", threadId: "2" }, undefined)).toEqual({
      channel: "discord",
      to: "channel:1",
      threadId: "2",
    });
    expect(readRoute({ channel: "telegram", to: "telegram:1", threadId: 2 }, "s")?.threadId).toBe(2);
  });

  it.each([
    ["without an address", { channel: "telegram" }],
    ["without a channel", { to: "telegram:1" }],
    ["of another type", "telegram:1"],
  ])("returns nothing for a value %s", (_what, value) => {
    expect(readRoute(value, "s")).toBeUndefined();
  });
});

describe("an invalid event from the host", () => {
  const GARBAGE: unknown[] = [
    undefined,
    null,
    0,
    "text",
    [],
    {},
    { runId: 7, childSessionKey: {}, requester: "x", label: [], data: 3, result: { details: "x" }, params: [] },
    Object.create(null),
  ];
  const readers = { readSubagentSpawned, readSubagentProgress, readSubagentEnded, readToolCall, readMessageSent };

  it.each(Object.entries(readers))("does not make %s throw", (_name, read) => {
    for (const event of GARBAGE) for (const ctx of GARBAGE) expect(() => read(event, ctx)).not.toThrow();
  });

  it("has no names and no facts", () => {
    for (const event of GARBAGE) {
      expect(readSubagentSpawned(event, event)).toMatchObject({ spawn: {} });
      expect(Object.keys((readSubagentSpawned(event, event) as { spawn: object }).spawn)).toEqual([]);
      expect(readLifecycle(event)).toBeUndefined();
      expect(readToolCall(event, event)).toBeUndefined();
    }
  });
});
