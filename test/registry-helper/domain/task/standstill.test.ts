import { describe, expect, it } from "vitest";
import { findTaskAttention, type TaskFacts } from "../../../../registry-helper/domain/task/attention.ts";
import { STALE_QUEUED_AFTER_MS, STALL_AFTER_MS } from "../../../../registry-helper/domain/task/phase.ts";
import { taskStatus } from "../../../../registry-helper/domain/task/status.ts";
import type { AttentionKind } from "../../../../registry-helper/model/attention-item.ts";
import { STALE_AFTER_MS } from "../../../../registry-helper/model/stale-thresholds.ts";
import { TASK_RUNTIMES, type TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { BLOCK_REASONS, STATABLE_PHASES } from "../../../../registry-helper/model/task-status.ts";
import { formatMicros, parseMicros } from "../../../../registry-helper/model/time.ts";
import { PlayedTask, working } from "../../../support/played-task.ts";

const OPEN = new PlayedTask(working()).task;
const SINCE = parseMicros(OPEN.lastProgressAt) ?? 0;
const waits = { ...OPEN, phase: "waiting_dependency" as const };
const children = (open: number, total: number, endedAfterMs = 0): TaskFacts => ({
  children: { open, total, lastEndedAt: open > 0 ? null : formatMicros(SINCE + endedAfterMs * 1000) },
});

/** What stands still, what is known besides, what it is called, and from when. */
const STANDSTILLS: [string, TaskRecord, TaskFacts, AttentionKind, afterMs: number][] = [
  [
    "queued work",
    { ...OPEN, status: "queued", startedAt: null, lastProgressAt: OPEN.createdAt },
    {},
    "never_started",
    STALE_QUEUED_AFTER_MS,
  ],
  ...TASK_RUNTIMES.map((runtime): [string, TaskRecord, TaskFacts, AttentionKind, number] => [
    `${runtime} work`,
    { ...OPEN, runtime },
    {},
    "stalled",
    STALL_AFTER_MS[runtime],
  ]),
  ["work that waits for a person", { ...OPEN, phase: "waiting_user" }, {}, "waiting_user", 0],
  ["work that waits for an approval", { ...OPEN, phase: "waiting_approval" }, {}, "waiting_approval", 0],
  ["work that is not logged in", { ...OPEN, blockReason: "auth" }, {}, "waiting_user", 0],
  ["work that waits for a confirmation", { ...OPEN, blockReason: "confirmation" }, {}, "waiting_user", 0],
  [
    "work whose service does not answer",
    { ...OPEN, blockReason: "external_api" },
    {},
    "stale_blocked",
    STALE_AFTER_MS.service,
  ],
  ["work whose children have ended", waits, children(0, 2, 60_000), "stale_waiting", 60_000 + STALE_AFTER_MS.child],
  ["work whose children are still open", waits, children(1, 2), "stale_waiting", STALE_AFTER_MS.waiting],
  [
    "work that waits for children that it does not have",
    waits,
    children(0, 0),
    "stale_waiting",
    STALE_AFTER_MS.running,
  ],
  ["work of whose children nothing is known", waits, {}, "stale_waiting", STALE_AFTER_MS.waiting],
  [
    "work that is blocked by children",
    { ...OPEN, blockReason: "subagent" },
    {},
    "stale_waiting",
    STALE_AFTER_MS.waiting,
  ],
];

describe("work that stands still", () => {
  it.each(STANDSTILLS)("is listed after its time and not before: %s", (_what, task, facts, kind, afterMs) => {
    const start = task.status === "queued" ? (parseMicros(task.createdAt) ?? 0) : SINCE;
    const due = start + afterMs * 1000;
    if (afterMs > 0) expect(findTaskAttention(task, due - 1_000_000, facts)).toBeUndefined();
    expect(findTaskAttention(task, due, facts)?.kind).toBe(kind);
    expect(findTaskAttention(task, due + 72 * 3_600 * 1_000_000, facts)?.kind, "it stays until it moves").toBe(kind);
    const moved = {
      ...task,
      status: "running" as const,
      phase: null,
      blockReason: null,
      lastProgressAt: formatMicros(due),
    };
    expect(findTaskAttention(moved, due, facts), "gone once it moves").toBeUndefined();
  });

  it("is listed in every phase and for every block reason within three days", () => {
    const inThreeDays = SINCE + 72 * 3_600 * 1_000_000;
    for (const phase of [null, ...STATABLE_PHASES])
      for (const blockReason of [null, ...BLOCK_REASONS])
        expect(
          findTaskAttention({ ...OPEN, phase, blockReason }, inThreeDays),
          `${phase} ${blockReason}`,
        ).toBeDefined();
  });

  it("says on its own page what the list says", () => {
    for (const [what, task, facts, , afterMs] of STANDSTILLS)
      for (const ms of [0, afterMs - 1_000, afterMs, afterMs + 3_600_000]) {
        const now = SINCE + ms * 1000;
        const isListed = findTaskAttention(task, now, facts) !== undefined;
        expect(taskStatus(task, now, facts).answers.needsSomebody, `${what} after ${ms} ms`).toBe(isListed);
      }
  });
});
