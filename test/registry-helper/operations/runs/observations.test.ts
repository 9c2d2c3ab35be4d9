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

describe("observed host actions", () => {
  it("bind the child that the agent did not bind and claim the node that it did not claim", () => {
    const run = subagent();
    expect(see(run, { hostRunId: "r1" })).toEqual(["node.started a", "node.child_session_bound a", "node.run_bound a"]);
    expect(run.document.refs.childSessions).toEqual({ a: "child-1" });
    expect(see(run, { hostRunId: "r1" })).toEqual([]);
  });

  it("fail a node whose child failed, with the reason, and apply the node's failure policy", () => {
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

  it("record the usage of an attempt, even after its end", () => {
    const run = subagent();
    see(run);
    see(run, { ended: { status: "succeeded" } });
    const usage = { input: 100, output: 20 };
    expect(see(run, { ended: { status: "succeeded" }, usage })).toEqual(["node.observed a"]);
    expect(run.node("a")).toMatchObject({ usage, observed: { status: "succeeded" } });
    expect(see(run, { ended: { status: "succeeded" }, usage })).toEqual([]);
  });

  it("complete a node automatically by its files when the agent reports no outcome", () => {
    const run = subagent();
    see(run);
    see(run, { ended: { status: "succeeded", summary: "two mistakes" } });
    expect(run.node("a").status).toBe("running");
    expect(run.tick({ files: there })).toEqual([]);
    run.wait(91_000);
    expect(run.tick({ files: there })).toEqual(["node.completed a", "node.ready end"]);
    expect(run.node("a")).toMatchObject({ lastMessage: "two mistakes", evidence: there.a.evidence });
  });

  it("do not complete a node whose required files are missing", () => {
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

  it("are recorded as a conflict when they contradict a report, and the report stays", () => {
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

  it("record a second child of one attempt as a conflict and do not bind it", () => {
    const run = subagent();
    see(run);
    expect(see(run, { childSessionKey: "child-2", taskId: "t-2" })).toEqual(["node.conflict a"]);
    expect(run.node("a").childSessionKey).toBe("child-1");
  });

  it("are ignored for a cancelled run or an approval", () => {
    const run = subagent();
    see(run);
    run.control("cancel");
    expect(see(run, { ended: { status: "succeeded" } })).toEqual([]);
    const asks = new PlayedRun([{ id: "a", kind: "approval" }]);
    expect(see(asks)).toEqual([]);
  });
});
