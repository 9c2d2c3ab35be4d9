import { describe, expect, it } from "vitest";
import { getErrorCode } from "../../../support/get-error-code.ts";
import { PlayedRun } from "../../../support/played-run.ts";

const two = (): PlayedRun =>
  new PlayedRun([{ id: "a" }, { id: "b", kind: "subagent" }, { id: "c", needs: ["a", "b"] }]);

describe("a claim", () => {
  it("takes every ready node once", () => {
    const run = two();
    expect(run.claim()).toEqual(["node.started a", "node.started b"]);
    expect(run.claim()).toEqual([]);
    expect(run.node("a").claim).toMatchObject({ by: "agent", token: 4 });
    expect(run.node("b").claim?.token).toBe(5);
  });

  it("takes only the requested nodes, up to the limit", () => {
    const run = two();
    expect(run.claim(undefined, { limit: 1 })).toEqual(["node.started a"]);
    expect(run.claim(["b"])).toEqual(["node.started b"]);
    expect(getErrorCode(() => run.claim(["b"]))).toBe("node_claimed");
    expect(getErrorCode(() => run.claim(["c"]))).toBe("illegal_transition");
    expect(getErrorCode(() => run.claim(["nobody"]))).toBe("node_not_found");
  });

  it("expires with its lease, and its token is then rejected", () => {
    const run = two();
    run.claim();
    const token = run.node("a").claim?.token;
    run.wait(61_000);
    expect(run.claim()).toEqual(["node.ready a", "node.started a", "node.ready b", "node.started b"]);
    expect(run.node("a").attempts).toMatchObject([{ attempt: 1, status: "running" }]);
    expect(getErrorCode(() => run.to("a", "completed", { token }))).toBe("stale_token");
    run.to("a", "completed", { token: run.node("a").claim?.token });
    expect(run.node("a").claim).toBeUndefined();
  });

  it("ends the run when it has expired on a last node that is skipped by then", () => {
    const run = new PlayedRun([
      { id: "a", more: { onFailure: "skip" } },
      { id: "b", needs: ["a"] },
      { id: "c", more: { onFailure: "block" } },
    ]);
    run.control("skip", "a");
    run.claim(["b"]);
    run.control("retry", "a");
    run.to("a", "failed");
    run.to("c", "failed");
    run.wait(61_000);
    expect(run.claim().slice(-2)).toEqual(["node.skipped b", "run.failed"]);
    expect(run.status).toBe("failed");
  });

  it("is extended only by its holder", () => {
    const run = two();
    run.claim(["a"]);
    const token = run.node("a").claim?.token;
    run.wait(30_000);
    expect(run.claim(["a"], { token })).toEqual(["node.claim_extended a"]);
    run.wait(31_000);
    expect(run.claim(["b"])).toEqual(["node.started b"]);
    expect(getErrorCode(() => run.claim(["a"], { token: 99 }))).toBe("stale_token");
    expect(getErrorCode(() => run.claim(["a"]))).toBe("node_claimed");
  });

  it("does not expire while a child session is bound", () => {
    const run = two();
    run.claim(["b"]);
    run.bind("child-session", "b", "child-1");
    run.wait(3_600_000);
    expect(run.claim()).toEqual(["node.started a"]);
    expect(run.node("b").childSessionKey).toBe("child-1");
  });

  it("asks the question of an approval and starts a wait", () => {
    const run = new PlayedRun([
      { id: "q", kind: "approval" },
      { id: "w", kind: "wait", waitFor: { type: "manual" } },
    ]);
    run.claim(undefined, { questions: { q: "Go?" } });
    expect(run.node("q")).toMatchObject({ status: "waiting", lastMessage: "Go?" });
    expect(run.node("w").status).toBe("waiting");
  });

  it("is not given in a run that has ended", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.complete("a");
    expect(run.claim()).toEqual([]);
    expect(getErrorCode(() => run.claim(["a"]))).toBe("run_closed");
  });
});
