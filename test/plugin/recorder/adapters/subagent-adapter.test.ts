import { describe, expect, it } from "vitest";
import type { HostEvent } from "../../../../plugin/host/events/host-events.ts";
import { subagentSignals } from "../../../../plugin/recorder/adapters/subagent-adapter.ts";
import { ANNOUNCE_RUN, CHILD, CHILD_RUN, REQUESTER, ROUTE } from "../../support/host-samples.ts";

const SPAWN = { runId: CHILD_RUN, childSessionKey: CHILD, requesterSessionKey: REQUESTER, route: ROUTE };
const NAMES = [`run:${CHILD_RUN}`, `session:${CHILD}`];
const FACTS = { ...SPAWN, runtime: "subagent" };

function only(event: HostEvent): object | undefined {
  const signals = subagentSignals(event);
  expect(signals.length).toBeLessThanOrEqual(1);
  return signals[0];
}

function turnEnd(more: Partial<Extract<HostEvent, { kind: "turn_ended" }>["turn"]>): HostEvent {
  const nothing = { text: undefined, error: undefined, disposition: undefined, delivery: undefined };
  return {
    kind: "turn_ended",
    turn: { runId: CHILD_RUN, continued: false, sessionKey: CHILD, status: "succeeded", ...nothing, ...more },
  };
}

describe("subagentSignals", () => {
  it("creates a task that is not running yet for an accepted spawn", () => {
    const spawn = { ...SPAWN, task: "count" };
    expect(only({ kind: "spawn_accepted", spawn })).toEqual({
      source: "after_tool_call",
      names: NAMES,
      facts: { ...FACTS, task: "count" },
      mayCreate: true,
    });
  });

  it("creates a running task for a started child, whichever event reports it", () => {
    for (const source of ["subagent_spawned", "subagent_progress"]) {
      expect(only({ kind: "child_started", source, spawn: SPAWN })).toEqual({
        source,
        names: NAMES,
        facts: FACTS,
        mayCreate: true,
        started: true,
      });
    }
  });

  it.each([
    ["ok", undefined, { status: "succeeded" }],
    ["error", "boom", { status: "failed", error: "boom" }],
    ["timeout", "too slow", { status: "timed_out", error: "too slow" }],
    ["killed", "killed", { status: "cancelled" }],
    ["deleted", undefined, { status: "cancelled" }],
    ["something new", "why", { status: "failed", error: "why" }],
    [undefined, undefined, { status: "failed" }],
  ])("ends the task with the outcome %s", (outcome, error, ending) => {
    expect(only({ kind: "child_ended", spawn: SPAWN, outcome, error })).toMatchObject({
      source: "subagent_ended",
      mayCreate: false,
      ending,
    });
    expect(only({ kind: "child_progress_ended", spawn: SPAWN, outcome, error })).toMatchObject({
      source: "subagent_progress",
      mayCreate: true,
      ending,
    });
  });

  it("uses only the session name for an end without a run", () => {
    const spawn = { childSessionKey: CHILD };
    expect(only({ kind: "child_ended", spawn, outcome: "deleted", error: undefined })).toMatchObject({
      names: [`session:${CHILD}`],
    });
  });

  it("creates a failed task without a delivery for a rejected spawn", () => {
    const rejectedSpawn = { requesterSessionKey: REQUESTER, label: "l", task: "t", error: "no such agent" };
    expect(only({ kind: "spawn_rejected", toolCallId: "call-2", ...rejectedSpawn })).toEqual({
      source: "after_tool_call",
      names: ["call:call-2"],
      facts: {
        runtime: "subagent",
        wantsCompletion: false,
        requesterSessionKey: REQUESTER,
        label: "l",
        task: "t",
      },
      ending: { status: "failed", error: "no such agent" },
      mayCreate: true,
    });
  });

  it("never creates a task from the start or end of a turn, since ordinary turns have them too", () => {
    expect(only({ kind: "turn_started", runId: CHILD_RUN, sessionKey: CHILD })).toEqual({
      source: "lifecycle",
      names: [`run:${CHILD_RUN}`],
      facts: {},
      mayCreate: false,
      started: true,
    });
    expect(only(turnEnd({ text: "done" }))).toMatchObject({
      mayCreate: false,
      ending: { status: "succeeded", result: "done" },
    });
    expect(only(turnEnd({ status: "failed", error: "400" }))).toMatchObject({
      ending: { status: "failed", error: "400" },
    });
  });

  it("lets the end of a continued run replace its first result", () => {
    expect(only(turnEnd({ text: "done at last", continued: true }))).toMatchObject({
      names: [`run:${CHILD_RUN}`],
      ending: { status: "succeeded", result: "done at last", supersedes: true },
    });
  });

  it("ignores a turn that announces a child", () => {
    expect(only({ kind: "turn_started", runId: ANNOUNCE_RUN, sessionKey: REQUESTER })).toBeUndefined();
    expect(only(turnEnd({ runId: ANNOUNCE_RUN, sessionKey: REQUESTER }))).toBeUndefined();
  });

  it("ignores messages and commands", () => {
    expect(only({ kind: "command_ran", sessionKey: REQUESTER })).toBeUndefined();
  });
});

describe("the runtime of a child", () => {
  it.each([
    ["agent:fake:acp:5f0b", "acp"],
    ["agent:main:subagent:5f0b", "subagent"],
    ["agent:main:subagent:acp:5f0b", "subagent"],
    [undefined, "subagent"],
  ])("with session %s is %s", (childSessionKey, runtime) => {
    const spawn = childSessionKey === undefined ? { runId: "r" } : { runId: "r", childSessionKey };
    expect(only({ kind: "child_started", source: "s", spawn })).toMatchObject({ facts: { runtime } });
  });
});
