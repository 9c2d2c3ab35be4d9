import { describe, expect, it } from "vitest";
import { PlayedRun } from "../../../support/played-run.ts";
import { chain, type NodeSketch } from "../../../support/workflow-text.ts";

const line = (action: string, nodeId?: string): never =>
  ({
    type: "control",
    control: {
      id: `l-${action}-${nodeId ?? ""}`,
      action,
      by: "control.jsonl",
      isFromFile: true,
      ...(nodeId === undefined ? {} : { nodeId }),
    },
  }) as never;

describe("time limits", () => {
  it("end an attempt as timed out, and the next attempt starts after the backoff", () => {
    const run = new PlayedRun([
      { id: "a", more: { timeoutMs: 10_000, retries: { max: 2, backoffMs: 5_000, factor: 2 } } },
    ]);
    run.claim();
    run.wait(8_000);
    expect(run.tick()).toEqual([]);
    run.wait(2_000);
    expect(run.tick()).toEqual(["node.failed a"]);
    expect(run.node("a")).toMatchObject({ status: "failed", reason: "timed_out" });
    expect(run.status).toBe("running");
    run.wait(3_000);
    expect(run.tick()).toEqual([]);
    run.wait(1_000);
    expect(run.tick()).toEqual(["node.ready a"]);
    expect(run.node("a").attempts).toMatchObject([{ reason: "timed_out" }]);
    run.claim();
    run.to("a", "failed", { message: "again" });
    run.wait(8_000);
    expect(run.tick()).toEqual([]);
    run.wait(2_000);
    expect(run.tick()).toEqual(["node.ready a"]);
    run.claim();
    run.to("a", "failed", { message: "third" });
    expect(run.node("a").retryAt).toBeUndefined();
    expect(run.status).toBe("failed");
  });

  it("also apply in a paused run, whose retries wait until it is resumed", () => {
    const run = new PlayedRun([{ id: "a", more: { timeoutMs: 1_000, retries: { max: 1, backoffMs: 1_000 } } }]);
    run.claim();
    run.control("pause");
    run.wait(5_000);
    expect(run.tick()).toEqual(["node.failed a"]);
    run.wait(5_000);
    expect(run.tick()).toEqual([]);
    run.control("resume");
    expect(run.tick()).toEqual(["node.ready a"]);
  });
});

describe("waits", () => {
  const waiting = (waitFor: NonNullable<NodeSketch["waitFor"]>, more = {}): PlayedRun => {
    const run = new PlayedRun([
      { id: "w", kind: "wait", waitFor, more },
      { id: "end", needs: ["w"] },
    ]);
    expect(run.tick()).toEqual(["node.started w", "node.waiting w"]);
    return run;
  };

  it("for the next tick end at the next tick", () => {
    expect(waiting({ type: "next_tick" }).tick()).toEqual(["node.completed w", "node.ready end"]);
  });

  it("for a file, a task, a time or an event end when their condition is met", () => {
    const file = waiting({ type: "file_exists", path: "nodes/w/x" });
    expect(file.tick({ existing: ["nodes/y"] })).toEqual([]);
    expect(file.tick({ existing: ["nodes/w/x"] })).toContain("node.completed w");

    const task = waiting({ type: "task", task: "t-1" });
    expect(task.tick({ endedTasks: {} })).toEqual([]);
    expect(task.tick({ endedTasks: { "t-1": "failed" } })).toContain("node.completed w");
    expect(task.node("w").lastMessage).toBe("Task t-1 failed.");

    const time = waiting({ type: "until", at: "2026-11-20T13:00:00+00:00" });
    expect(time.tick()).toEqual([]);
    time.wait(3_600_000);
    expect(time.tick()).toContain("node.completed w");

    const event = waiting({ type: "event", event: "press-ready" });
    expect(event.tick()).toEqual([]);
    event.do({ type: "emit", name: "press-ready", payload: { edition: 3 }, by: "ana" });
    expect(event.node("w").status).toBe("completed");
    expect(event.document.state.received).toEqual({ "press-ready": { edition: 3 } });
  });

  it("for an event end when the event arrived before the wait", () => {
    const run = new PlayedRun([
      { id: "a" },
      { id: "w", kind: "wait", needs: ["a"], waitFor: { type: "event", event: "e" } },
    ]);
    run.do({ type: "emit", name: "e", payload: null, by: "ana" });
    run.complete("a");
    run.tick();
    expect(run.tick()).toContain("node.completed w");
  });

  it("with type manual time out at their limit and are not ended by a tick", () => {
    const run = waiting({ type: "manual" }, { timeoutMs: 1_000 });
    run.wait(2_000);
    expect(run.tick()).toEqual(["node.failed w", "run.blocked"]);
    expect(run.node("w").reason).toBe("timed_out");
  });
});

describe("control.jsonl", () => {
  it("is applied line by line, and an invalid line is rejected once without affecting others", () => {
    const run = new PlayedRun(chain("a", "b"));
    const lines = [line("skip", "nobody"), line("skip", "a"), line("pause")];
    const names = run.tick({ controls: { lines, bytes: 300 } });
    expect(names).toEqual([
      "control.rejected",
      "control.recorded",
      "node.started a",
      "node.skipped a",
      "node.ready b",
      "control.recorded",
      "run.paused",
      "control.read",
    ]);
    expect(run.events.find(({ event }) => event === "control.rejected")).toMatchObject({ code: "node_not_found" });
    expect(run.document.state.controlBytes).toBe(300);
    expect(run.document.refs.appliedControlIds).toEqual(["l-skip-nobody", "l-skip-a", "l-pause-"]);
    run.control("resume");
    expect(run.tick({ controls: { lines, bytes: 300 } })).toEqual([]);
  });

  it("reports the reason for a line that is not a valid control", () => {
    const run = new PlayedRun(chain("a"));
    const control = { id: "x", action: "explode", by: "control.jsonl", isFromFile: true } as const;
    run.tick({
      controls: {
        lines: [{ control, refusal: { code: "control_unknown", message: "unknown action: explode" } }],
        bytes: 9,
      },
    });
    expect(run.events.find(({ event }) => event === "control.rejected")).toMatchObject({
      code: "control_unknown",
      message: "unknown action: explode",
      control,
    });
  });
});

describe("a failure", () => {
  const fan = (onFailure: "block" | "continue" | "skip"): PlayedRun => {
    const run = new PlayedRun([
      { id: "a", more: { onFailure } },
      { id: "b" },
      { id: "on-a", needs: ["a"] },
      { id: "behind", needs: ["on-a"] },
      { id: "both", needs: ["behind", "b"] },
    ]);
    run.to("a", "running");
    run.to("a", "failed", { message: "broken" });
    run.complete("b");
    return run;
  };
  const statuses = (run: PlayedRun): string[] => run.document.state.nodes.map(({ id, status }) => `${id} ${status}`);

  it("with the policy block visibly blocks its dependents", () => {
    const run = fan("block");
    expect(run.node("both").blockedBy).toEqual(["a"]);
    expect(run.document.state.blockedBy).toEqual(["a"]);
  });

  it("with the policy continue makes its dependents ready", () => {
    const run = fan("continue");
    expect(statuses(run)).toEqual(["a failed", "b completed", "on-a ready", "behind pending", "both pending"]);
    run.complete("on-a", "behind", "both");
    expect(run.status).toBe("completed");
  });

  it("with the policy skip skips its dependents and everything that needs only them", () => {
    const run = fan("skip");
    expect(statuses(run)).toEqual(["a failed", "b completed", "on-a skipped", "behind skipped", "both ready"]);
    expect(run.node("behind").skippedBy).toBe("a");
    run.control("retry", "a");
    expect(statuses(run)).toEqual(["a ready", "b completed", "on-a pending", "behind pending", "both pending"]);
    run.complete("a", "on-a", "behind", "both");
    expect(run.status).toBe("completed");
  });
});

describe("a condition", () => {
  it("selects a branch by an output and skips the other branch", () => {
    const run = new PlayedRun([
      { id: "score" },
      { id: "long", needs: ["score"], more: { when: { node: "score", output: "points", greaterThan: 7 } } },
      { id: "short", needs: ["score"], more: { when: { not: { node: "score", output: "points", greaterThan: 7 } } } },
      { id: "end", needs: ["long", "short"] },
    ]);
    run.to("score", "running");
    run.to("score", "completed", { output: { points: 9 } });
    expect(run.node("long").status).toBe("ready");
    expect(run.node("short")).toMatchObject({ status: "skipped", reason: "condition_unmet" });
    run.complete("long", "end");
    expect(run.status).toBe("completed");
  });

  it("on a parameter is evaluated when the run starts", () => {
    const run = new PlayedRun([{ id: "a", more: { when: { param: "depth", equals: 2 } } }, { id: "b" }], {
      params: { depth: 1 },
    });
    expect(run.node("a").status).toBe("skipped");
    expect(run.node("b").status).toBe("ready");
  });
});
