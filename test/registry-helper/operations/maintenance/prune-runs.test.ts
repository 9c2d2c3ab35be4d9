import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openRegistry } from "../../../../registry-helper/internal.ts";
import { wallClock } from "../../../../registry-helper/model/time.ts";
import { pruneRuns } from "../../../../registry-helper/operations/maintenance/prune-runs.ts";
import { failingAt } from "../../../support/failing-file-system.ts";
import { type RegistrySandbox, useRun } from "../../../support/registry-sandbox.ts";

const DAY = 86_400_000_000;
const ROUTE = ["--delivery-context-json", '{"channel":"telegram","to":"telegram:42"}'];

/** `done` is over, `owed` too but nobody was told, `demo` goes on. */
function threeRuns(): RegistrySandbox {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  const flow = "workflows/demo-flow.task.md";
  sandbox.scaffold("done", flow);
  sandbox.scaffold("owed", flow, ...ROUTE);
  for (const run of ["done", "owed"]) {
    sandbox.ok("transition-node", run, "a", "running");
    sandbox.ok("transition-node", run, "a", "completed");
  }
  return sandbox;
}

const inAYear = (): number => wallClock() + 365 * DAY;

describe("prune", () => {
  it("reports what it would remove, and removes only ended, old and delivered runs", () => {
    const sandbox = threeRuns();
    const registry = openRegistry({ root: sandbox.root });
    const report = {
      runs: [{ runId: "done", status: "completed" }],
      kept: [{ runId: "owed", why: "its outcome is pending" }],
    };
    expect(pruneRuns(registry, inAYear(), false)).toMatchObject(report);
    expect(existsSync(sandbox.run("done"))).toBe(true);
    expect(pruneRuns(registry, inAYear(), true)).toMatchObject(report);
    expect(existsSync(sandbox.run("done"))).toBe(false);
    expect(existsSync(sandbox.path(".trash"))).toBe(false);
    expect(existsSync(sandbox.run("owed"))).toBe(true);
    expect(existsSync(sandbox.run("demo"))).toBe(true);
    sandbox.ok("tasks", "dismiss", "owed");
    expect(pruneRuns(registry, inAYear(), true).runs).toMatchObject([{ runId: "owed" }]);
    expect(sandbox.ok("list", "--json").json).toMatchObject({ runs: [{ runId: "demo" }] });
  });

  it("keeps recent and unreadable runs, and empties leftover trash", () => {
    const sandbox = threeRuns();
    mkdirSync(sandbox.path(".trash/old-1"), { recursive: true });
    writeFileSync(sandbox.run("demo", "events.jsonl"), "nonsense\n");
    writeFileSync(sandbox.run("demo", "state.json"), "nonsense\n");
    const young = sandbox.cli("prune", "--retention", "90d", "--apply", "--json");
    expect(young.code).toBe(1);
    expect(young.json).toMatchObject({ applied: true, runs: [], problems: [{ runId: "demo" }] });
    expect(existsSync(sandbox.path(".trash"))).toBe(false);
    expect(sandbox.cli("prune").code).toBe(2);
  });

  it("leaves a run complete or removes it, whichever file-system call fails", () => {
    const sandbox = threeRuns();
    for (let k = 1; k < 200; k += 1) {
      const { fs, calls } = failingAt(k);
      try {
        pruneRuns(openRegistry({ root: sandbox.root, fs }), inAYear(), true);
      } catch {
        // What failed is of no interest here.
      }
      if (existsSync(sandbox.run("done"))) sandbox.ok("show", "done");
      else sandbox.cli("fork", "owed", "--from", "a", "--run-id", "done");
      if (sandbox.state("done").status !== "completed") {
        sandbox.ok("transition-node", "done", "a", "running");
        sandbox.ok("transition-node", "done", "a", "completed");
        sandbox.ok("tasks", "dismiss", "done");
      }
      if (calls.length < k) return;
      k += 6;
    }
  });
});

describe("archive", () => {
  it("hides each run from the list and restores it independently", () => {
    const sandbox = threeRuns();
    const both = sandbox.cli("archive", "done", "demo", "--by", "ana");
    expect(both.code).toBe(1);
    expect(both.stdout).toContain("done is in the archive\n");
    expect(both.stdout).toContain("code: run_not_over");
    expect(sandbox.ok("archive", "done").stdout).toContain("already");
    const listed = (...more: string[]): string[] =>
      (sandbox.ok("list", "--json", ...more).json as { runs: { runId: string }[] }).runs.map(({ runId }) => runId);
    expect(listed()).not.toContain("done");
    expect(listed("--archived")).toContain("done");
    expect(sandbox.ok("list", "--archived").stdout).toContain("completed (archived)");
    expect(sandbox.ok("show", "done").stdout).toMatch(/^archived {2}\d{4}-/m);
    sandbox.ok("archive", "done", "--undo");
    expect(listed()).toContain("done");
    expect(sandbox.ok("archive", "--older-than", "30d").stdout).toBe("no run is that old\n");
    expect(sandbox.cli("archive").code).toBe(2);
    expect(sandbox.cli("archive", "--older-than", "1s", "--undo").code).toBe(2);
  });
});

it("list filters by time of change and by search words", () => {
  const sandbox = threeRuns();
  const listed = (...more: string[]): unknown => sandbox.ok("list", "--json", ...more).json;
  expect(listed("--search", "OWE demo-f")).toMatchObject({ runs: [{ runId: "owed" }] });
  expect(listed("--since", "1h", "--status", "running")).toMatchObject({ runs: [{ runId: "demo" }] });
  expect(listed("--since", "2099-01-01")).toMatchObject({ runs: [] });
});
