import { describe, expect, it } from "vitest";
import { STALL_AFTER_MS } from "../../../../registry-helper/domain/task/phase.ts";
import { taskStatus } from "../../../../registry-helper/domain/task/status.ts";
import type { TaskStep } from "../../../../registry-helper/model/task-events.ts";
import { TASK_RUNTIMES } from "../../../../registry-helper/model/task-record.ts";
import { BLOCK_REASONS, STATABLE_PHASES, TASK_PHASES } from "../../../../registry-helper/model/task-status.ts";
import { failuresInARow, listTasks } from "../../../../registry-helper/views/queries/task-queries.ts";
import { LedgerDayFixture, endedSignal, getTaskId, startedSignal } from "../../../support/ledger-day-fixture.ts";
import { NOON } from "../../../support/played-run.ts";

describe("a list by phase", () => {
  it("contains exactly the tasks that show this phase one by one, at any time", () => {
    const fixture = new LedgerDayFixture();
    const steps: TaskStep[] = [{}, ...STATABLE_PHASES.map((phase) => ({ phase }))];
    const blocked = BLOCK_REASONS.map((blockReason): TaskStep => ({ phase: "editing", blockReason }));
    const commands = TASK_RUNTIMES.flatMap((runtime, place) =>
      [...steps, ...blocked].map((step, index) => startedSignal(place * 100 + index, { facts: { runtime }, step })),
    );
    fixture.commit([
      ...commands,
      startedSignal(900, { started: false }),
      endedSignal(901),
      endedSignal(902, { status: "failed" }),
      endedSignal(903, { status: "lost" }),
    ]);
    fixture.index.refresh();

    for (const minutes of [0, 10, 15, 60, 120]) {
      const now = NOON + minutes * 60_000_000 + 10_000_000;
      const all = fixture.index.use((database) => listTasks(database, { all: true, limit: 10_000, now }));
      for (const phase of TASK_PHASES) {
        const listed = fixture.index.use((database) => listTasks(database, { phase, all: true, limit: 10_000, now }));
        const shown = all.filter((task) => taskStatus(task, now).phase === phase);
        expect(
          listed.map(({ taskId }) => taskId),
          `${phase} after ${minutes} minutes`,
        ).toEqual(shown.map(({ taskId }) => taskId));
      }
    }
    expect(Math.max(...Object.values(STALL_AFTER_MS)), "the last look sees every runtime stalled").toBe(60 * 60_000);
  });
});

describe("the failures of a job in a row", () => {
  it.each<[string[], number]>([
    [[], 0],
    [["succeeded"], 0],
    [["failed"], 1],
    [["succeeded", "failed", "timed_out", "lost"], 3],
    [["failed", "failed", "cancelled", "failed"], 1],
    [["failed", "succeeded"], 0],
  ])("are counted after %j as %i", (statuses, count) => {
    const fixture = new LedgerDayFixture();
    const facts = { runtime: "cron", sourceId: "job" } as const;
    fixture.commit([
      ...statuses.map((status, number) => startedSignal(number, { facts, ending: { status: status as "failed" } })),
      startedSignal(50, { facts, names: ["run:50"] }),
      startedSignal(51, { facts: { ...facts, sourceId: "another job" }, ending: { status: "failed" } }),
    ]);
    fixture.index.refresh();
    expect(fixture.index.use((database) => failuresInARow(database, "job"))).toBe(count);
    expect(fixture.index.task(getTaskId(50))?.status, "what goes on counts for nothing").toBe("running");
  });
});
