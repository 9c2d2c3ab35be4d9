import { describe, expect, it } from "vitest";
import type { TaskFacts } from "../../../registry-helper/model/task-events.ts";
import { TASK_GROUPINGS } from "../../../registry-helper/views/reports/task-stats.ts";
import { HOUR, LedgerFixture, MINUTE } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

function useTasks(): RegistrySandbox {
  const sandbox = useSandbox();
  const ledger = new LedgerFixture(sandbox);
  const add = (facts: TaskFacts, status: "succeeded" | "failed" | "lost" | "cancelled", agoMs = MINUTE): void =>
    void ledger.task({ facts, started: true, ending: { status } }, agoMs);
  const ops = { agentId: "ops", model: "big-1", label: "nightly" };
  add({ runtime: "subagent", ...ops, usage: { input: 1_000, output: 20, cached: 9_000, costUsd: 0.25 } }, "succeeded");
  add({ runtime: "subagent", ...ops, usage: { input: null, output: 5 } }, "failed");
  add({ runtime: "cron", sourceId: "job-1", label: "digest", agentId: "main" }, "succeeded", 2 * HOUR);
  add({ runtime: "cron", sourceId: "job-1", label: "digest, renamed", agentId: "main" }, "lost");
  add({ runtime: "acp", childSessionKey: "agent:codex:acp:1", model: "big-1" }, "cancelled");
  return sandbox;
}
const groups = (sandbox: RegistrySandbox, ...args: string[]): object[] =>
  (sandbox.ok("stats", "--json", ...args).json as { groups: object[] }).groups;

describe("stats --by", () => {
  it.each<[string, unknown[]]>([
    [
      "agent",
      [
        ["main", 2],
        ["ops", 2],
        ["codex", 1],
      ],
    ],
    [
      "model",
      [
        ["big-1", 3],
        [null, 2],
      ],
    ],
    ["job", [["job-1", 2]]],
    [
      "label",
      [
        ["nightly", 2],
        [null, 1],
        ["digest", 1],
        ["digest, renamed", 1],
      ],
    ],
  ])("%s groups tasks", (by, expected) => {
    const found = groups(useTasks(), "--by", by) as { name: string | null; tasks: number }[];
    expect(found.map(({ name, tasks }) => [name, tasks])).toEqual(expected);
  });

  it("counts outcomes, and sums what is known of tokens and cost", () => {
    expect(groups(useTasks(), "--by", "agent")[1]).toMatchObject({
      ...{ name: "ops", succeeded: 1, failed: 1, lost: 0, successRate: 0.5, duration: { count: 1 } },
      usage: { tasks: 2, input: 1_000, cached: 9_000, output: 25, costUsd: 0.25 },
    });
    expect(groups(useTasks(), "--by", "job")[0]).toMatchObject({ title: "digest, renamed", lost: 1, usage: null });
    expect(groups(useTasks(), "--by", "job", "--since", "1h")[0]).toMatchObject({ tasks: 1 });
  });

  it.each(TASK_GROUPINGS.flatMap((by) => [80, 120].map((columns) => [by, columns] as const)))(
    "%s fits %i columns",
    (by, columns) => {
      const sandbox = useTasks();
      const { stdout } = sandbox.call({ args: ["stats", "--by", by], env: { COLUMNS: String(columns) } });
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
      expect(stdout).toMatch(/TASKS +OK/);
    },
  );

  it.each([[[]], [["demo-flow", "--by", "agent"]], [["--by", "moon"]]])("%j is refused", (args) => {
    expect(useSandbox().cli("stats", ...args).code).toBe(2);
  });
});

describe("stats of a workflow", () => {
  it("prints the paths that its runs took", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] });
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("complete", "demo", "a");
    sandbox.ok("skip", "demo", "b");
    const { stdout } = sandbox.ok("stats", "demo-flow");
    expect(stdout).toContain("paths taken\n  1 run (100%): 1 completed");
    expect(stdout).toContain("    a > b [skipped]");
  });
});
