import { describe, expect, it } from "vitest";
import { PlayedRun } from "../../../support/played-run.ts";
import { chain } from "../../../support/workflow-text.ts";

describe("a failed node", () => {
  it("marks every direct and indirect dependent with what blocks it", () => {
    const run = new PlayedRun(chain("a", "b", "c"));
    run.to("a", "failed");
    expect(run.node("b").blockedBy).toEqual(["a"]);
    expect(run.node("c").blockedBy).toEqual(["a"]);
  });

  it("blocks the run once when nothing else can proceed", () => {
    const run = new PlayedRun(chain("a", "b"));
    expect(run.to("a", "failed")).toEqual(["node.started a", "node.failed a", "run.blocked"]);
    expect(run.document.state).toMatchObject({ status: "running", blockedBy: ["a"] });
    expect(run.events.at(-1)).toMatchObject({ blockedBy: ["a"], message: "Run demo cannot go on: a failed." });
  });

  it("is not reported again when it already blocks the run and something else changes", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "b", needs: ["a"] }, { id: "c", needs: ["a"] }]);
    run.to("a", "failed");
    expect(run.to("b", "skipped")).not.toContain("run.blocked");
    expect(run.document.state.blockedBy).toEqual(["a"]);
  });

  it("does not block the run while another branch can proceed", () => {
    const run = new PlayedRun([...chain("a", "b"), { id: "free" }]);
    expect(run.to("a", "failed")).not.toContain("run.blocked");
    expect(run.document.state.blockedBy).toBeUndefined();
    run.to("free", "running");
    expect(run.to("free", "completed")).toEqual(["node.completed free", "run.blocked"]);
  });

  it("lists several blockers in workflow order", () => {
    const run = new PlayedRun([{ id: "z" }, { id: "a" }, { id: "end", needs: ["a", "z"] }]);
    run.to("a", "failed");
    run.to("z", "failed");
    expect(run.node("end").blockedBy).toEqual(["z", "a"]);
  });

  it("unblocks all dependents when it is retried", () => {
    const run = new PlayedRun(chain("a", "b", "c"));
    run.to("a", "failed");
    run.to("a", "ready");
    for (const id of ["b", "c"]) expect(run.node(id)).not.toHaveProperty("blockedBy");
    expect(run.document.state).not.toHaveProperty("blockedBy");
  });

  it("does not block a dependent that was skipped", () => {
    const run = new PlayedRun(chain("a", "b"));
    run.to("a", "failed");
    run.to("b", "skipped");
    expect(run.node("b")).not.toHaveProperty("blockedBy");
    expect(run.status).toBe("failed");
    expect(run.document.state).not.toHaveProperty("blockedBy");
  });

  it("blocks a chain of 10,000 nodes without a stack overflow", () => {
    const run = new PlayedRun(chain(...Array.from({ length: 10_000 }, (_, index) => `n${index}`)));
    run.to("n0", "failed");
    expect(run.node("n9999").blockedBy).toEqual(["n0"]);
  });
});

describe("blocked marks in a workflow with a cycle (OpenTask accepts cycles)", () => {
  it("are set without an endless loop", () => {
    const run = new PlayedRun([{ id: "bad" }, { id: "x", needs: ["y", "bad"] }, { id: "y", needs: ["x"] }]);
    run.to("bad", "failed");
    expect(run.node("x").blockedBy).toEqual(["bad"]);
  });
});
