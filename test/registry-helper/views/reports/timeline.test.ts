import { describe, expect, it } from "vitest";
import { buildTimeline } from "../../../../registry-helper/views/reports/timeline.ts";
import { PlayedRun } from "../../../support/played-run.ts";
import { useRun } from "../../../support/registry-sandbox.ts";
import { chain } from "../../../support/workflow-text.ts";

/** A start, two side by side of which `slow` takes longer and needs two attempts, and an end. */
function played(): PlayedRun {
  const run = new PlayedRun([
    { id: "start" },
    { id: "fast", needs: ["start"] },
    { id: "slow", needs: ["start"] },
    { id: "end", needs: ["fast", "slow"] },
  ]);
  run.complete("start");
  run.to("fast", "running");
  run.to("slow", "running");
  run.to("fast", "completed");
  run.to("slow", "failed");
  run.to("slow", "ready");
  run.complete("slow", "end");
  return run;
}

describe("timeline", () => {
  it("shows when each attempt was ready, started and ended", () => {
    const run = played();
    const line = buildTimeline(run.document.state, run.now);
    expect(line.spans.map((span) => [span.nodeId, span.attempt, span.status, span.waitMs, span.ms])).toEqual([
      ["start", 1, "completed", 1_000, 1_000],
      ["fast", 1, "completed", 1_000, 2_000],
      ["slow", 1, "failed", 2_000, 2_000],
      ["slow", 2, "completed", 2_000, 1_000],
      ["end", 1, "completed", 1_000, 1_000],
    ]);
    expect(line.ms).toBe(11_000);
    expect(line.endedAt).not.toBeNull();
  });

  it("finds the critical path", () => {
    const run = played();
    expect(buildTimeline(run.document.state, run.now).criticalPath).toEqual(["start", "slow", "end"]);
  });

  it("shows running nodes up to now", () => {
    const run = new PlayedRun(chain("a", "b"));
    run.to("a", "running");
    const line = buildTimeline(run.document.state, run.now + 5_000_000);
    expect(line).toMatchObject({ endedAt: null, ms: 6_000, criticalPath: ["a"] });
    expect(line.spans[0]).toMatchObject({ endedAt: null, ms: 5_000, isCritical: true });
  });

  it("is drawn within 80 columns", () => {
    const sandbox = useRun({ nodes: chain("a-node-with-a-name-that-is-much-too-long", "b") });
    expect(sandbox.ok("timeline", "demo").stdout).toBe("nothing has begun in run demo\n");
    sandbox.ok("transition-node", "demo", "a-node-with-a-name-that-is-much-too-long", "running");
    const { stdout } = sandbox.ok("timeline", "demo");
    expect(stdout).toMatch(/^a-node-with-a-name-that… {2}[.#]+> +\S+$/m);
    expect(Math.max(...stdout.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });
});
