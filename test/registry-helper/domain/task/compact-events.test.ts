import { describe, expect, it } from "vitest";
import { isNoise, superfluousEvents } from "../../../../registry-helper/domain/task/compact-events.ts";
import { evolveTask } from "../../../../registry-helper/domain/task/evolve.ts";
import type { TaskEvent, TaskEventDraft } from "../../../../registry-helper/model/task-events.ts";
import type { TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { formatMicros } from "../../../../registry-helper/model/time.ts";
import { NOON } from "../../../support/played-run.ts";
import { pick, seededRandom, testSeed } from "../../../support/seeded-random.ts";

const stamped = (drafts: readonly TaskEventDraft[]): TaskEvent[] =>
  drafts.map((draft, index) => ({
    ...draft,
    taskId: "t-20261120-000000000000",
    timestamp: formatMicros(NOON + index),
    seq: index + 1,
    source: "test",
  }));

const CREATED: TaskEventDraft = { event: "task.created", names: ["run:1"], facts: { runtime: "exec" } };
const ENDED: TaskEventDraft = { event: "task.ended", ending: { status: "succeeded" } };
const NOISY: readonly TaskEventDraft[] = [
  { event: "task.progressed", step: { phase: "editing" } },
  { event: "task.progressed", step: { phase: "testing", update: "half way" } },
  { event: "task.progressed", step: { update: "more", artifacts: ["a.md"] } },
  { event: "task.progressed", step: { isIdle: true } },
  { event: "task.progressed", step: { blockReason: "auth", nextAction: "log in" } },
  { event: "task.host_row", host: { taskId: "h", status: "running", delivery: null } },
  { event: "task.host_row", host: { taskId: "h", status: "succeeded", delivery: "delivered" } },
  { event: "task.backing_missing" },
  { event: "task.backing_found" },
  { event: "task.reported", step: { phase: "planning", update: "its own word" } },
  { event: "task.attempt_started", names: ["run:2"], facts: { runId: "2" } },
];

const fold = (events: readonly TaskEvent[]): TaskRecord | undefined =>
  events.reduce<TaskRecord | undefined>(evolveTask, undefined);

describe("compaction of task events", () => {
  it("never changes the folded record for random event histories", () => {
    const random = seededRandom(testSeed());
    let gone = 0;
    for (let round = 0; round < 300; round += 1) {
      const between = Array.from({ length: Math.floor(random() * 14) }, () => pick(random, NOISY));
      const after =
        random() < 0.5
          ? []
          : [
              pick(
                random,
                NOISY.filter(({ event }) => event === "task.host_row"),
              ),
            ];
      const events = stamped([CREATED, { event: "task.started" }, ...between, ENDED, ...after]);
      const retained = pick(random, events);
      const without = superfluousEvents(events, (event) => event === retained);
      gone += without.size;
      expect(without.has(retained)).toBe(false);
      expect([...without].every(isNoise)).toBe(true);
      expect(fold(events.filter((event) => !without.has(event)))).toEqual(fold(events));
    }
    expect(gone).toBeGreaterThan(300);
  });

  it("drops all but the latest of a long series of progress events", () => {
    const steps = Array.from({ length: 500 }, (_, n) => ({
      event: "task.progressed" as const,
      step: { phase: n % 2 === 0 ? ("editing" as const) : ("testing" as const), update: `step ${n}` },
    }));
    const events = stamped([CREATED, { event: "task.started" }, ...steps, ENDED]);
    expect(superfluousEvents(events, () => false).size).toBe(499);
  });

  it("drops nothing of an open task or of a task whose delivery is pending", () => {
    const open = stamped([CREATED, ...NOISY]);
    expect(superfluousEvents(open, () => false).size).toBe(0);
    const route = { channel: "c", to: "t" };
    const planned: TaskEventDraft = { event: "delivery.planned", delivery: { sender: "host", route, dueAt: "x" } };
    expect(superfluousEvents(stamped([CREATED, ...NOISY, ENDED, planned]), () => false).size).toBe(0);
  });
});
