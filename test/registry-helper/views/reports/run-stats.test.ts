import { describe, expect, it } from "vitest";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { commitRun } from "../../../../registry-helper/registry/run-store.ts";
import { factsFromFiles, statsFacts } from "../../../../registry-helper/views/reports/load-run-stats.ts";
import { percentiles } from "../../../../registry-helper/views/reports/percentiles.ts";
import { computeStats } from "../../../../registry-helper/views/reports/run-stats.ts";
import { type RegistrySandbox, useRun } from "../../../support/registry-sandbox.ts";
import { chain } from "../../../support/workflow-text.ts";

/** Two versions of a workflow: one run that completed after a failure, and one of the new version that goes on. */
function twoVersions(): RegistrySandbox {
  const sandbox = useRun({ nodes: chain("a", "b") });
  const step = (...args: string[]): unknown => sandbox.ok("transition-node", "demo", ...args);
  step("a", "running");
  step("a", "failed", "--message", "HTTP 503");
  step("a", "ready");
  step("a", "running");
  const registry = openRegistry({ root: sandbox.root });
  const childSessionKey = "agent:main:subagent:1";
  commitRun(registry, "demo", {
    command: {
      type: "observe",
      nodeId: "a",
      childSessionKey,
      ended: { status: "succeeded" },
      usage: { input: 100, output: 7 },
    },
  });
  step("a", "completed");
  step("b", "running");
  step("b", "completed");
  sandbox.workflow("demo-flow", { nodes: chain("a", "b", "c") });
  sandbox.scaffold("later", "workflows/demo-flow.task.md");
  return sandbox;
}

describe("stats", () => {
  it("counts runs, attempts, failures and tokens for each version", () => {
    const sandbox = twoVersions();
    const versions = (sandbox.ok("stats", "demo-flow", "--json").json as { versions: unknown[] }).versions;
    expect(versions).toMatchObject([
      { runs: 1, completed: 0, open: 1, completionRate: null, duration: null, tokens: null, failures: [] },
      {
        version: sandbox.state("demo").workflowVersion,
        runs: 1,
        completed: 1,
        completionRate: 1,
        duration: { count: 1 },
        retries: 1,
        tokens: { input: 100, output: 7 },
        failures: [{ nodeId: "a", reason: "reported", count: 1 }],
        nodes: [
          { nodeId: "a", attempts: 2, retries: 1, failures: 1, duration: { count: 1 } },
          { nodeId: "b", attempts: 1, retries: 0, failures: 0, tokens: null },
        ],
      },
    ]);
    const { stdout } = sandbox.ok("stats", "demo-flow");
    expect(stdout).toContain("1 completed (100% of what has ended)");
    expect(stdout).toContain("failed: a, reported: 1");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("are the same from the index and from the files, and start at the given time", () => {
    const sandbox = twoVersions();
    const registry = openRegistry({ root: sandbox.root });
    expect(factsFromFiles(registry, "demo-flow")).toEqual(statsFacts(registry, "demo-flow", undefined));
    const later = sandbox.state("later").createdAt;
    expect(statsFacts(registry, "demo-flow", later).runs.map(({ runId }) => runId)).toEqual(["later"]);
    expect(sandbox.ok("stats", "nothing").stdout).toContain("no runs of nothing");
  });

  it("count the nodes that a fork copied only once", () => {
    const sandbox = twoVersions();
    sandbox.ok("fork", "demo", "--from", "b");
    sandbox.ok("transition-node", "demo-fork", "b", "running");
    sandbox.ok("transition-node", "demo-fork", "b", "completed");
    const facts = statsFacts(openRegistry({ root: sandbox.root }), "demo-flow", undefined);
    expect(computeStats(facts.runs, facts.attempts).find(({ runs }) => runs === 2)).toMatchObject({
      tokens: { input: 100, output: 7 },
      retries: 1,
      completed: 2,
      // A fork does only a part of the work.
      duration: { count: 1 },
    });
  });

  it("use measured values as percentiles", () => {
    expect(percentiles([])).toBeNull();
    expect(percentiles([5])).toEqual({ count: 1, p50: 5, p90: 5, p99: 5 });
    expect(percentiles([4, 1, 3, 2, 10, 5, 6, 7, 8, 9])).toEqual({ count: 10, p50: 5, p90: 9, p99: 10 });
  });
});
