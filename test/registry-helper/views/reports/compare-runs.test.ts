import { describe, expect, it } from "vitest";
import { compareRuns } from "../../../../registry-helper/views/reports/compare-runs.ts";
import { PlayedRun } from "../../../support/played-run.ts";
import { useRun } from "../../../support/registry-sandbox.ts";
import { chain } from "../../../support/workflow-text.ts";

const FILE = { path: "nodes/a/report.md", size: 3, sha256: "0".repeat(64) };

describe("compare", () => {
  it("reports how nodes differ and lists those nodes first", () => {
    const a = new PlayedRun(chain("a", "b", "c"));
    const b = new PlayedRun(chain("a", "b", "c"));
    for (const run of [a, b]) run.to("a", "running");
    a.to("a", "completed", { evidence: [FILE], output: { n: 1, m: 2 } });
    b.to("a", "completed", { evidence: [FILE], output: { m: 2, n: 1 } });
    a.complete("b", "c");
    b.to("b", "running");
    b.to("b", "failed");
    b.to("b", "ready");
    b.to("b", "running");
    b.to("b", "completed", { evidence: [{ ...FILE, sha256: "1".repeat(64) }] });
    const compared = compareRuns(a.document.state, b.document.state);
    expect(compared.nodes.map(({ nodeId, differs }) => [nodeId, differs])).toEqual([
      ["b", ["evidence", "attempts"]],
      ["c", ["status", "attempts"]],
      ["a", []],
    ]);
    expect(compared.a).toMatchObject({ status: "completed", attempts: 3, path: ["a", "b", "c"] });
    expect(compared.b).toMatchObject({ status: "running", attempts: 3, path: ["a", "b"], ms: null });
    expect(compared.nodes[2]?.a?.ms).toBe(1_000);
  });

  it("reports nodes that only one run has, and different versions and parameters", () => {
    const a = new PlayedRun(chain("a")).document.state;
    const b = new PlayedRun(chain("a", "b")).document.state;
    const compared = compareRuns({ ...a, params: { x: 1, y: 2 } }, { ...b, params: { x: 1, y: 3 } });
    expect(compared.isSameVersion).toBe(false);
    expect(compared.params).toEqual([{ name: "y", a: 2, b: 3 }]);
    expect(compared.nodes[0]).toMatchObject({ nodeId: "b", differs: ["missing"], a: null });
  });

  it("prints both runs side by side within 80 columns", () => {
    const sandbox = useRun({ nodes: chain("gather", "review") });
    sandbox.scaffold("a-second-run-with-a-rather-long-name-that-goes-on", "workflows/demo-flow.task.md");
    sandbox.ok("transition-node", "demo", "gather", "running");
    const { stdout } = sandbox.ok("compare", "demo", "a-second-run-with-a-rather-long-name-that-goes-on");
    expect(stdout).toMatch(/^gather {2}status +running +ready$/m);
    expect(stdout).toMatch(/^the same: review/m);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(sandbox.cli("compare", "demo", "nothing").stderr).toContain("run_not_found");
  });
});
