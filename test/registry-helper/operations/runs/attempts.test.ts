import { describe, expect, it } from "vitest";
import { PlayedRun } from "../../../support/played-run.ts";

function failedOnce(): PlayedRun {
  const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
  run.to("a", "running");
  run.bind("node-session", "a", "session-1");
  run.bind("child-session", "a", "child-1");
  run.bind("node-run", "a", "host-1");
  run.to("a", "failed");
  return run;
}

describe("a retry", () => {
  it("starts a new attempt and keeps the bindings of the old one (B5)", () => {
    const run = failedOnce();
    const { startedAt, completedAt } = run.node("a");
    run.to("a", "ready");
    expect(run.node("a")).toMatchObject({
      status: "ready",
      sessionKey: null,
      childSessionKey: null,
      runId: null,
      startedAt: null,
      completedAt: null,
      attempts: [
        {
          attempt: 1,
          status: "failed",
          sessionKey: "session-1",
          childSessionKey: "child-1",
          runId: "host-1",
          startedAt,
          completedAt,
        },
      ],
    });
  });

  it("also clears the bindings in refs", () => {
    const run = failedOnce();
    run.to("a", "ready");
    expect(run.document.refs).toMatchObject({ nodeSessions: {}, childSessions: {}, nodeRunIds: {} });
  });

  it("numbers the attempts", () => {
    const run = failedOnce();
    run.to("a", "ready");
    run.to("a", "running");
    run.bind("child-session", "a", "child-2");
    run.to("a", "failed");
    run.to("a", "ready");
    expect(run.node("a").attempts?.map(({ attempt, childSessionKey }) => [attempt, childSessionKey])).toEqual([
      [1, "child-1"],
      [2, "child-2"],
    ]);
  });

  it("adds no attempt when nothing had been started or bound", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "b" }]);
    run.to("a", "skipped");
    run.to("a", "ready");
    expect(run.node("a")).not.toHaveProperty("attempts");
  });

  it("keeps the bindings of other nodes", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "b" }]);
    run.bind("node-session", "a", "sa");
    run.bind("node-session", "b", "sb");
    run.to("a", "failed");
    run.to("a", "ready");
    expect(run.document.refs.nodeSessions).toEqual({ b: "sb" });
    expect(run.node("b").sessionKey).toBe("sb");
  });
});

describe("the last message of a node", () => {
  it("is kept until the next change, and then with the attempt that it belongs to", () => {
    const run = new PlayedRun([{ id: "a" }]);
    expect(run.node("a")).not.toHaveProperty("lastMessage");
    run.to("a", "waiting", { message: "May I?" });
    expect(run.node("a").lastMessage).toBe("May I?");
    run.to("a", "running");
    expect(run.node("a")).not.toHaveProperty("lastMessage");
    run.to("a", "failed", { message: "no network" });
    run.to("a", "ready", { message: "again" });
    expect(run.node("a").lastMessage).toBe("again");
    expect(run.node("a").attempts).toMatchObject([{ attempt: 1, lastMessage: "no network" }]);
  });
});
