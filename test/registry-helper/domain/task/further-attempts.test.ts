import { describe, expect, it } from "vitest";
import {
  findNextAttempt,
  isFurtherAttempt,
  listEarlierAttempts,
} from "../../../../registry-helper/domain/task/further-attempts.ts";
import { TASK_RUNTIMES, TASK_STATUSES, type TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { PlayedTask, working } from "../../../support/played-task.ts";

const BASE = new PlayedTask(working()).task;
const at = (minute: number): string => `2026-11-20T12:${String(minute).padStart(2, "0")}:00.000000+00:00`;
const [REQUESTER, TURN] = ["agent:main:main", "turn-1"];

function attempt(minute: number, more: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...BASE,
    taskId: `t-20261120-${String(minute).padStart(12, "0")}`,
    runtime: "subagent",
    requesterSessionKey: REQUESTER,
    label: "count sheep",
    parentRunId: TURN,
    createdAt: at(minute),
    attempts: [{ ...(BASE.attempts[0] as TaskRecord["attempts"][0]), runId: `run-${minute}` }],
    status: "failed",
    endedAt: at(minute + 1),
    ...more,
  };
}
const again = (more: Partial<TaskRecord> = {}): TaskRecord => attempt(5, { status: "running", endedAt: null, ...more });

describe("a further attempt", () => {
  it.each(TASK_STATUSES)("after one that is %s is one only when that failed", (status) => {
    const failed = ["failed", "timed_out", "lost"].includes(status);
    expect(isFurtherAttempt(again(), attempt(1, { status }))).toBe(failed);
  });

  it.each(TASK_RUNTIMES)("by the runtime %s is one only when an agent asks for it again", (runtime) => {
    const isAgent = runtime === "subagent" || runtime === "acp";
    expect(isFurtherAttempt(again({ runtime }), attempt(1, { runtime }))).toBe(isAgent);
  });

  it.each<[string, boolean, Partial<TaskRecord>, Partial<TaskRecord>]>([
    ["the same turn", true, {}, {}],
    ["the turn that told of the end", true, { parentRunId: "announce:v1:agent:main:subagent:x:run-1" }, {}],
    ["a turn that told of several ends", true, { parentRunId: "announce:requester-settle:main:s:run-0,run-1" }, {}],
    ["the turn that told of another end", false, { parentRunId: "announce:v1:agent:main:subagent:x:run-12" }, {}],
    ["another turn", false, { parentRunId: "turn-2" }, {}],
    ["an unknown turn", false, { parentRunId: null }, {}],
    ["unknown turns", false, { parentRunId: null }, { parentRunId: null }],
    ["another label", false, { label: "count cows" }, {}],
    ["no labels", false, { label: null }, { label: null }],
    ["another session", false, { requesterSessionKey: "agent:ops:main" }, {}],
    ["no sessions", false, { requesterSessionKey: null }, { requesterSessionKey: null }],
    ["another runtime", false, { runtime: "acp" }, {}],
    ["an overlap", false, {}, { endedAt: at(6) }],
    ["no known end", false, {}, { endedAt: null }],
    ["another agent", true, { childSessionKey: "agent:ops:subagent:2" }, {}],
  ])("with %s: %s", (_what, expected, later, earlier) => {
    expect(isFurtherAttempt(again(later), attempt(1, earlier))).toBe(expected);
  });
});

describe("the attempts at one piece of work", () => {
  const ids = (tasks: readonly TaskRecord[]): string[] => tasks.map(({ taskId }) => taskId);

  it("form a chain, each after the one before it", () => {
    const all = [attempt(1), attempt(3), again()];
    expect(ids(listEarlierAttempts(again(), all))).toEqual(ids([attempt(1), attempt(3)]));
    expect(findNextAttempt(attempt(1), all)?.taskId).toBe(attempt(3).taskId);
    expect(findNextAttempt(attempt(3), all)?.taskId).toBe(again().taskId);
    expect(findNextAttempt(again(), all)).toBeUndefined();
  });

  it("are none where two earlier ones could be meant", () => {
    const all = [attempt(1, { endedAt: at(4) }), attempt(2, { endedAt: at(4) }), again()];
    expect(listEarlierAttempts(again(), all)).toEqual([]);
    expect(findNextAttempt(attempt(1, { endedAt: at(4) }), all)).toBeUndefined();
  });

  it("have one successor: who comes after it is work of its own", () => {
    const all = [attempt(1), again(), attempt(6, { status: "running", endedAt: null })];
    expect(ids(listEarlierAttempts(again(), all))).toEqual(ids([attempt(1)]));
    expect(listEarlierAttempts(attempt(6), all)).toEqual([]);
  });
});
