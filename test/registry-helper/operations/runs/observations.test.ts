import { describe, expect, it } from "vitest";
import type { ObserveCommand } from "../../../../registry-helper/domain/run/commands.ts";
import { PlayedRun } from "../../../support/played-run.ts";

const see = (run: PlayedRun, more: Partial<ObserveCommand> = {}): string[] =>
  run.do({ type: "observe", nodeId: "a", childSessionKey: "child-1", taskId: "t-1", ...more });
const subagent = (more = {}): PlayedRun =>
  new PlayedRun([
    { id: "a", kind: "subagent", mode: "report", more },
    { id: "end", needs: ["a"] },
  ]);
const there = { a: { evidence: [{ path: "nodes/a/report.md", size: 2, sha256: "x" }], missing: [] } };
const gone = { a: { evidence: [], missing: ["nodes/a/report.md"] } };

describe("what the host was seen to do", () => {
  it("binds the child that the agent forgot to bind, and claims what it forgot to claim", () => {
    const run = subagent();
    expect(see(run, { hostRunId: "r1" })).toEqual(["node.started a", "node.child_session_bound a", "node.run_bound a"]);
    expect(run.document.refs.childSessions).toEqual({ a: "child-1" });
    expect(see(run, { hostRunId: "r1" })).toEqual([]);
  });

  it("fails a node whose child failed, with the reason, and lets its policy take effect", () => {
    const run = subagent({ retries: { max: 1, backoffMs: 0 } });
    see(run);
    expect(see(run, { ended: { status: "timed_out", summary: "60 s" } })).toEqual([
      "node.observed a",
      "node.failed a",
      "node.ready a",
    ]);
    expect(run.node("a").attempts).toMatchObject([
      { reason: "timed_out", lastMessage: "60 s", observed: { taskId: "t-1" } },
    ]);
    // The old child has nothing to say about the new attempt.
    expect(see(run, { ended: { status: "failed" } })).toEqual([]);
  });

  it("keeps what an attempt cost, also when that is told after its end", () => {
    const run = subagent();
    see(run);
    see(run, { ended: { status: "succeeded" } });
    const usage = { input: 100, output: 20 };
    expect(see(run, { ended: { status: "succeeded" }, usage })).toEqual(["node.observed a"]);
    expect(run.node("a")).toMatchObject({ usage, observed: { status: "succeeded" } });
    expect(see(run, { ended: { status: "succeeded" }, usage })).toEqual([]);
  });

  it("completes a node that nobody judged, by its files", () => {
    const run = subagent();
    see(run);
    see(run, { ended: { status: "succeeded", summary: "two mistakes" } });
    expect(run.node("a").status).toBe("running");
    expect(run.tick({ files: there })).toEqual([]);
    run.wait(91_000);
    expect(run.tick({ files: there })).toEqual(["node.completed a", "node.ready end"]);
    expect(run.node("a")).toMatchObject({ lastMessage: "two mistakes", evidence: there.a.evidence });
  });

  it("does not take a child's word for files that have to be there", () => {
    const run = subagent({ outputs: { mode: "report", evidence: "required" } });
    see(run);
    see(run, { ended: { status: "succeeded" } });
    run.wait(91_000);
    expect(run.tick({ files: gone })).toEqual(["node.failed a", "run.blocked"]);
    expect(run.node("a").reason).toBe("no_evidence");
    const lenient = subagent();
    see(lenient);
    see(lenient, { ended: { status: "succeeded" } });
    lenient.wait(91_000);
    lenient.tick({ files: gone });
    expect(lenient.events.find(({ event }) => event === "node.completed")?.missingArtifacts).toEqual(gone.a.missing);
  });

  it("that contradicts a report is noted, and the report stands", () => {
    const run = subagent();
    see(run);
    run.to("a", "completed");
    expect(see(run, { ended: { status: "failed" } })).toEqual(["node.observed a", "node.conflict a"]);
    expect(run.node("a")).toMatchObject({ status: "completed", conflict: expect.stringContaining("failed") as string });
    expect(see(run, { ended: { status: "failed" } })).toEqual([]);

    const other = subagent();
    see(other);
    other.to("a", "failed", { message: "useless" });
    see(other, { ended: { status: "succeeded" } });
    expect(other.node("a").conflict).toContain("its child succeeded");
  });

  it("a second child of one attempt is a conflict, not a binding", () => {
    const run = subagent();
    see(run);
    expect(see(run, { childSessionKey: "child-2", taskId: "t-2" })).toEqual(["node.conflict a"]);
    expect(run.node("a").childSessionKey).toBe("child-1");
  });

  it("is no business of a cancelled run or of a question", () => {
    const run = subagent();
    see(run);
    run.control("cancel");
    expect(see(run, { ended: { status: "succeeded" } })).toEqual([]);
    const asks = new PlayedRun([{ id: "a", kind: "approval" }]);
    expect(see(asks)).toEqual([]);
  });
});
