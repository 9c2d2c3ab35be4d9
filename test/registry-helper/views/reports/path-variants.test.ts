import { describe, expect, it } from "vitest";
import { listPathVariants } from "../../../../registry-helper/views/reports/path-variants.ts";
import type { AttemptFacts, RunFacts } from "../../../../registry-helper/views/reports/stats-facts.ts";

const run = (runId: string, status: RunFacts["status"], more: Partial<RunFacts> = {}): RunFacts => ({
  runId,
  status,
  workflowVersion: "v1",
  createdAt: "2026-11-20T12:00:00.000000+00:00",
  endedAt: "2026-11-20T12:01:00.000000+00:00",
  forkedFrom: null,
  ...more,
});
const attempt = (runId: string, nodeId: string, status: AttemptFacts["status"], number = 1): AttemptFacts => ({
  runId,
  nodeId,
  status,
  attempt: number,
  reason: null,
  startedAt: null,
  endedAt: null,
  inputTokens: null,
  outputTokens: null,
  unverified: false,
  bypassed: false,
});
const plain = (runId: string): AttemptFacts[] => [attempt(runId, "a", "completed"), attempt(runId, "b", "completed")];

describe("the ways that runs took", () => {
  const facts = [
    ...[...plain("r1"), ...plain("r2"), ...plain("fork")],
    ...[attempt("r3", "a", "failed"), attempt("r3", "a", "completed", 2), attempt("r3", "b", "skipped")],
    ...[attempt("r4", "a", "failed")],
  ];
  const runs = [
    ...[run("r1", "completed"), run("r2", "cancelled"), run("r3", "completed"), run("r4", "failed")],
    ...[run("r5", "running", { endedAt: null }), run("fork", "completed", { forkedFrom: "r1" })],
  ];
  const variants = listPathVariants(runs, (runId) => facts.filter((one) => one.runId === runId));

  it("are counted with their outcome, the most frequent first, without forks", () => {
    expect(variants.map((one) => [one.path.map(({ nodeId }) => nodeId).join(), one.runs, one.share])).toEqual([
      ["a,b", 2, 0.4],
      ["", 1, 0.2],
      ["a", 1, 0.2],
      ["a,b", 1, 0.2],
    ]);
    expect(variants[0]).toMatchObject({ completed: 1, cancelled: 1, failed: 0, open: 0, duration: { p50: 60_000 } });
    expect(variants[1]).toMatchObject({ open: 1, duration: null });
  });

  it("differ by attempts and by what became of a node", () => {
    expect(variants[3]?.path).toEqual([
      { nodeId: "a", status: "completed", attempts: 2 },
      { nodeId: "b", status: "skipped", attempts: 1 },
    ]);
    expect(variants[2]?.path).toEqual([{ nodeId: "a", status: "failed", attempts: 1 }]);
  });
});
