import { utimesSync } from "node:fs";
import { expect, it } from "vitest";
import { useRun } from "../../support/registry-sandbox.ts";

it("a file from an earlier attempt is not evidence in a retry", () => {
  const sandbox = useRun({ nodes: [{ id: "a", kind: "subagent", mode: "report" }] });
  const report = "runs/demo/nodes/a/report.md";
  sandbox.ok("transition-node", "demo", "a", "running");
  sandbox.write(report, "half of it\n");
  utimesSync(sandbox.path(report), 1_000, 1_000);
  sandbox.ok("transition-node", "demo", "a", "failed");
  sandbox.ok("transition-node", "demo", "a", "ready");
  sandbox.ok("transition-node", "demo", "a", "running");
  expect(sandbox.ok("transition-node", "demo", "a", "completed").json).toMatchObject({
    missingArtifacts: ["nodes/a/report.md"],
  });
});

it("a file that the retry wrote is evidence", () => {
  const sandbox = useRun({ nodes: [{ id: "a", kind: "subagent", mode: "report" }] });
  sandbox.ok("transition-node", "demo", "a", "running");
  sandbox.ok("transition-node", "demo", "a", "failed");
  sandbox.ok("transition-node", "demo", "a", "ready");
  sandbox.ok("transition-node", "demo", "a", "running");
  sandbox.write("runs/demo/nodes/a/report.md", "all of it\n");
  expect(sandbox.ok("transition-node", "demo", "a", "completed").json).not.toHaveProperty("missingArtifacts");
});
