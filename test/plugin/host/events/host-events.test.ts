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

describe("events about a child", () => {
  it("subagent_spawned tells label, agent, model and the requester's route", () => {
    expect(readSubagentSpawned(host.SPAWNED.event, host.SPAWNED.ctx)).toEqual({
      kind: "child_started",
      source: "subagent_spawned",
      spawn: { ...IDENTITY, label: "tg-topic-job", agentId: "main", model: "mock/mock-1", route: host.ROUTE },
    });
  });

  it("subagent_progress{started} tells the same route, without a label", () => {
    expect(readSubagentProgress(host.PROGRESS_STARTED.event, host.PROGRESS_STARTED.ctx)).toEqual({
      kind: "child_started",
      source: "subagent_progress",
      spawn: { ...IDENTITY, route: host.ROUTE },
    });
  });

  it("subagent_progress{ended} tells the outcome and the error", () => {
    expect(readSubagentProgress(host.PROGRESS_ENDED.event, host.PROGRESS_ENDED.ctx)).toEqual({
      kind: "child_progress_ended",
      spawn: IDENTITY,
      outcome: "timeout",
      error: "took too long",
    });
  });

  it("subagent_ended tells the outcome, not the reason", () => {
    expect(readSubagentEnded(host.ENDED.event, host.ENDED.ctx)).toEqual({
      kind: "child_ended",
      spawn: IDENTITY,
      outcome: "ok",
      error: undefined,
    });
  });

  it("subagent_ended of a deleted session is known by the session alone", () => {
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
  it("of sessions_spawn tells the task text and the parent run", () => {
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

  it("of a rejected spawn tells who asked, for what, and why not", () => {
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
  ])("of a rejected spawn falls back to %s", (_what, result, error) => {
    const event = { toolName: "sessions_spawn", params: { task: "x" }, result };
    expect(readToolCall(event, { runId: "r" })).toMatchObject({ kind: "spawn_rejected", toolCallId: "r:x", error });
  });

  it("of exec says that a run may have changed", () => {
    expect(readToolCall(host.EXEC_CALL.event, host.EXEC_CALL.ctx)).toEqual({
      kind: "command_ran",
      sessionKey: host.REQUESTER,
    });
  });

  it("of any other tool says nothing", () => {
    expect(readToolCall({ toolName: "read", params: {} }, host.SPAWN_CALL.ctx)).toBeUndefined();
  });
});

describe("lifecycle", () => {
  it("start tells run and session", () => {
    expect(readLifecycle(host.LIFECYCLE_START)).toEqual({
      kind: "turn_started",
      runId: host.CHILD_RUN,
      sessionKey: host.CHILD,
      sessionId: "179a",
    });
  });

  it("end tells the result", () => {
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
    ["a cancel that ends well", { phase: "end", status: "cancelled", stopReason: "rpc", aborted: true }, "cancelled"],
    ["a deleted session", { phase: "end", status: "cancelled", stopReason: "delete" }, "cancelled"],
    [
      "an ACP timeout that is told as aborted",
      { phase: "error", error: "AcpRuntimeError [ACP_TURN_FAILED]: ACP turn timed out after 1s.", aborted: true },
      "timed_out",
    ],
    ["a timeout that was aborted", { phase: "error", timeoutPhase: "provider", aborted: true }, "cancelled"],
  ])("tells %s as what it is", (_what, data, status) => {
    expect(readLifecycle(host.lifecycle(data))).toMatchObject({ kind: "turn_ended", turn: { status } });
  });

  it.each(["sent", "suppressed", "failed"])("tells that an announcing turn's words were %s", (status) => {
    const event = host.lifecycle({ phase: "end", terminalDelivery: { status } }, host.ANNOUNCE_RUN, host.REQUESTER);
    expect(readLifecycle(event)).toMatchObject({ turn: { runId: host.ANNOUNCE_RUN, delivery: status } });
  });

  it("does not take a delivery status that it does not know for one that it knows", () => {
    const event = host.lifecycle({ phase: "end", terminalDelivery: { status: "postponed" } });
    expect(readLifecycle(event)).toMatchObject({ turn: { delivery: undefined } });
  });

  it.each([
    ["another stream", { ...host.LIFECYCLE_END, stream: "tool" }],
    ["an event without a run", { ...host.LIFECYCLE_END, runId: undefined }],
    ["another phase", host.lifecycle({ phase: "finishing" })],
  ])("says nothing for %s", (_what, event) => {
    expect(readLifecycle(event)).toBeUndefined();
  });
});

describe("a child that the host continues after its own children", () => {
  const WAKE = `announce:v1:${host.CHILD}:${host.CHILD_RUN}:wake`;
  const WAKE_AGAIN = `announce:v1:${host.CHILD}:${WAKE}:wake`;

  it.each([WAKE, WAKE_AGAIN])("is the run that it began with, not an announcement (%s)", (runId) => {
    expect(readLifecycle(host.lifecycle({ phase: "start" }, runId))).toMatchObject({ runId: host.CHILD_RUN });
    expect(readLifecycle(host.lifecycle({ phase: "end" }, runId))).toMatchObject({
      turn: { runId: host.CHILD_RUN, continued: true },
    });
    expect(readSubagentEnded({ ...host.ENDED.event, runId }, { runId })).toMatchObject({ spawn: IDENTITY_RUN });
  });

  it.each([WAKE, WAKE_AGAIN])("is announced as the run that it began with (%s)", (runId) => {
    const announcement = `announce:v1:${host.CHILD}:${runId}`;
    const ctx = { ...host.ANNOUNCED.ctx, runId: announcement };
    expect(readMessageSent(host.ANNOUNCED.event, ctx)).toMatchObject({ message: { runId: host.ANNOUNCE_RUN } });
    expect(readLifecycle(host.lifecycle({ phase: "end" }, announcement, host.REQUESTER))).toMatchObject({
      turn: { runId: host.ANNOUNCE_RUN, continued: false },
    });
  });
});

describe("message_sent", () => {
  it("of an announcement carries the announcing run", () => {
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

  it("counts as a success only when the host says so in so many words", () => {
    for (const success of [undefined, "true", 1, false]) {
      expect(readMessageSent({ ...host.ANNOUNCED.event, success }, {})).toMatchObject({ message: { success: false } });
    }
  });

  it("takes the address from the context when the event has none", () => {
    const message = readMessageSent({ content: "x", success: true }, { conversationId: "telegram:1", messageId: "9" });
    expect(message).toMatchObject({ message: { to: "telegram:1", messageId: "9" } });
  });
});

describe("a route", () => {
  it("keeps a thread as the host gave it: number for Telegram, text for Discord", () => {
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
    ["of another kind", "telegram:1"],
  ])("%s is none", (_what, value) => {
    expect(readRoute(value, "s")).toBeUndefined();
  });
});

describe("garbage from the host", () => {
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

  it.each(Object.entries(readers))("does not disturb %s", (_name, read) => {
    for (const event of GARBAGE) for (const ctx of GARBAGE) expect(() => read(event, ctx)).not.toThrow();
  });

  it("gives no names and no facts", () => {
    for (const event of GARBAGE) {
      expect(readSubagentSpawned(event, event)).toMatchObject({ spawn: {} });
      expect(Object.keys((readSubagentSpawned(event, event) as { spawn: object }).spawn)).toEqual([]);
      expect(readLifecycle(event)).toBeUndefined();
      expect(readToolCall(event, event)).toBeUndefined();
    }
  });
});
