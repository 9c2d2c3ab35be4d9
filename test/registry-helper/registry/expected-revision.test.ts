import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { controlRun } from "../../../registry-helper/operations/runs/control-run.ts";
import { scaffoldRun } from "../../../registry-helper/operations/runs/scaffold-run.ts";
import { tickRun } from "../../../registry-helper/operations/runs/tick-run.ts";
import { commitTask } from "../../../registry-helper/operations/tasks/commit-task.ts";
import { resolveDeliveries } from "../../../registry-helper/operations/tasks/resolve-deliveries.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { useTempFolder } from "../../plugin/support/temp-folder.ts";
import { LedgerDayFixture, endedSignal, getTaskId, startedSignal } from "../../support/ledger-day-fixture.ts";
import { chain, workflowText } from "../../support/workflow-text.ts";

const CONFLICT = (expected: number, current: number): object =>
  expect.objectContaining({
    code: "revision_conflict",
    facts: { expectedRevision: expected, currentRevision: current },
  }) as object;

function registryWithRun(): Registry {
  const root = useTempFolder();
  mkdirSync(join(root, "workflows"));
  writeFileSync(join(root, "workflows/flow.task.md"), workflowText({ nodes: chain("a", "b") }));
  const registry = openRegistry({ root });
  const request = { runId: "demo", workflowPath: "workflows/flow.task.md", sourceSessionKey: "agent:main:main" };
  scaffoldRun(registry, { ...request, deliveryContext: null });
  return registry;
}

describe("a change with an expected revision", () => {
  it("is rejected and writes nothing when the run has changed since", () => {
    const registry = registryWithRun();
    const seen = loadRun(registry, "demo").seq;
    const pause = (expectedRevision: number, key?: string): unknown =>
      controlRun(registry, "demo", { action: "pause", by: "ana", expectedRevision, ...(key ? { key } : {}) });
    pause(seen, "k");
    const after = loadRun(registry, "demo").seq;
    expect(after).toBeGreaterThan(seen);
    const resume = { action: "resume", by: "ana", expectedRevision: seen };
    expect(() => controlRun(registry, "demo", resume)).toThrow(CONFLICT(seen, after));
    expect(() => tickRun(registry, "demo", { expectedRevision: seen })).toThrow(CONFLICT(seen, after));
    expect(loadRun(registry, "demo")).toMatchObject({ seq: after, run: { state: { status: "paused" } } });
    // A repeated command gets its first answer, whatever has happened since.
    expect(pause(seen, "k")).toMatchObject({ replayed: true });
  });

  it("is rejected when the task has changed, but not when another task of the day has", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1), startedSignal(2)]);
    fixture.index.refresh();
    const revision = fixture.index.getSnapshot("2026-11-20").find(getTaskId(1))?.seq ?? 0;
    fixture.commit([endedSignal(2)]);
    const notify = (expectedRevision: number): unknown =>
      commitTask(fixture.registry, {
        command: { type: "set_notify", taskId: getTaskId(1), source: "cli", notify: "state_changes" },
        expectedRevision,
      });
    expect(notify(revision)).toMatchObject({ changed: true });
    expect(() => notify(revision)).toThrow(expect.objectContaining({ code: "revision_conflict" }) as Error);
    const [outcome] = resolveDeliveries(fixture.registry, [{ kind: "task", id: getTaskId(2) }], {
      action: { type: "dismiss", reason: "done" },
      expectedRevision: 1,
    });
    expect(outcome).toMatchObject({ error: { code: "revision_conflict" } });
  });
});
