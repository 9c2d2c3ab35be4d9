import { describe, expect, it } from "vitest";
import { findTaskAttention, needsLook, getTaskTitle } from "../../../../registry-helper/domain/task/attention.ts";
import { STALE_QUEUED_AFTER_MS, STALL_AFTER_MS } from "../../../../registry-helper/domain/task/phase.ts";
import {
  ATTENTION_KINDS,
  type AttentionItem,
  type AttentionKind,
  byUrgency,
  LOST_SHOWN_FOR,
  SHOWN_FOR,
} from "../../../../registry-helper/model/attention-item.ts";
import type { DeliveryRecord } from "../../../../registry-helper/model/delivery-record.ts";
import { STALE_AFTER_MS } from "../../../../registry-helper/model/stale-thresholds.ts";
import type { TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { formatMicros, parseMicros } from "../../../../registry-helper/model/time.ts";
import { ended, NOON, order, PlayedTask, signal, TASK, working } from "../../../support/played-task.ts";

const OPEN = new PlayedTask(working({ label: "count" })).task;
const ENDED = new PlayedTask(working({ label: "count" }), ended()).task;
const delivery = (state: DeliveryRecord["state"], reason: string | null = null): DeliveryRecord => ({
  ...(ENDED.delivery as DeliveryRecord),
  state,
  reason,
});
const SINCE = parseMicros(OPEN.lastProgressAt) ?? 0;
const AFTER_LONG = NOON + STALL_AFTER_MS.subagent * 1000 + 10_000_000;
const refused = { requestedAt: OPEN.createdAt, by: "me", outcome: "refused", reason: "it has no handle" } as const;

const OTHER_KINDS = [
  "node_failed",
  "past_deadline",
  "running_without_heartbeat",
  "claim_expired",
  "stranded_ready",
  "stale_running",
] as const;
/** What a task can need attention for; runs, their nodes and flows have kinds of their own. */
type TaskKind = Exclude<
  AttentionKind,
  `run_${string}` | `flow_${string}` | `ledger_${string}` | `recorder_${string}` | (typeof OTHER_KINDS)[number]
>;
const TASK_KINDS = ATTENTION_KINDS.filter(
  (kind): kind is TaskKind =>
    !/^(run|flow|ledger|recorder)_/.test(kind) && !(OTHER_KINDS as readonly string[]).includes(kind),
);

/** One task for each kind, with when it is looked at, what is said, and the command. */
const CASES: Record<TaskKind, [TaskRecord, now: number, reason: string, command: string]> = {
  waiting_approval: [
    { ...OPEN, phase: "waiting_approval", latestUpdate: "wants to run: rm -r build" },
    NOON,
    "wants to run: rm -r build",
    `tasks show ${TASK} --context`,
  ],
  waiting_user: [{ ...OPEN, phase: "waiting_user" }, NOON, "it asked a question", `tasks show ${TASK} --context`],
  undelivered: [{ ...ENDED, delivery: delivery("failed", "403: kicked") }, NOON, "403: kicked", `tasks retry ${TASK}`],
  ambiguous: [{ ...ENDED, delivery: delivery("ambiguous") }, NOON, "nobody knows", `tasks show ${TASK}`],
  late_result: [
    {
      ...ENDED,
      status: "lost",
      delivery: delivery("delivered"),
      lateResult: { status: "succeeded", at: OPEN.createdAt, result: "seven sheep", error: null, toldWithout: 1 },
    },
    NOON,
    "ended after all (succeeded): seven sheep",
    `tasks retry ${TASK}`,
  ],
  lost: [{ ...ENDED, status: "lost", errorSummary: null }, NOON, "nothing works on it", `tasks dismiss ${TASK}`],
  stalled: [OPEN, AFTER_LONG, "no step forward", `tasks show ${TASK} --context`],
  delivery_overdue: [
    ENDED,
    (parseMicros(ENDED.delivery?.deadlineAt) ?? 0) + STALE_AFTER_MS.delivery * 1000,
    "should have been delivered by",
    `tasks show ${TASK}`,
  ],
  stale_blocked: [
    { ...OPEN, blockReason: "external_api" },
    SINCE + STALE_AFTER_MS.service * 1000,
    "a service that it calls does not answer",
    `tasks show ${TASK} --context`,
  ],
  stale_waiting: [
    { ...OPEN, phase: "waiting_dependency" },
    SINCE + STALE_AFTER_MS.waiting * 1000,
    "its own children are still at work",
    `tasks show ${TASK} --context`,
  ],
  never_started: [
    { ...OPEN, status: "queued", startedAt: null },
    NOON + STALE_QUEUED_AFTER_MS * 1000 + 2_000_000,
    "never started",
    `tasks cancel ${TASK}`,
  ],
  cancel_refused: [{ ...OPEN, cancel: refused }, NOON, "it has no handle", `tasks show ${TASK} --context`],
  failed_silently: [
    { ...ENDED, status: "failed", errorSummary: "boom", delivery: delivery("none") },
    NOON,
    "boom",
    `tasks dismiss ${TASK}`,
  ],
};

describe("task attention", () => {
  it.each(TASK_KINDS)("gives the reason, the start time and one command for %s", (kind) => {
    const [task, now, reason, command] = CASES[kind];
    const item = findTaskAttention(task, now);
    expect(item).toMatchObject({
      kind,
      subject: { kind: "task", id: TASK },
      title: "count",
      reason: expect.stringContaining(reason) as string,
      command: `clawtask ${command}`,
    });
    expect(Date.parse(item?.since ?? "")).not.toBeNaN();
    expect(needsLook(task), "found again among all that is stored").toBe(true);
  });

  it.each<[string, TaskRecord]>([
    ["work that goes on", OPEN],
    ["work that waits for other work", { ...OPEN, phase: "waiting_dependency" }],
    ["a good end that was told", { ...ENDED, delivery: delivery("delivered") }],
    ["a good end that was dismissed", { ...ENDED, delivery: delivery("dismissed") }],
    ["a result on its way", ENDED],
    ["a failure that was told", { ...ENDED, status: "failed", delivery: delivery("delivered") }],
    ["cancelled work", { ...ENDED, status: "cancelled", delivery: delivery("none") }],
    [
      "a failure in the hands of who started it",
      { ...ENDED, status: "failed", wantsCompletion: false, delivery: delivery("none") },
    ],
    ["a failure that was dismissed", { ...ENDED, status: "failed", delivery: delivery("dismissed") }],
    ["lost work that was dismissed", { ...ENDED, status: "lost", delivery: delivery("dismissed") }],
    ["work whose cancelling was accepted", { ...OPEN, cancel: { ...refused, outcome: "accepted" } }],
  ])("does not include %s", (_what, task) => {
    expect(findTaskAttention(task, NOON)).toBeUndefined();
  });

  it("gives waiting for a user priority over a rejected cancel request", () => {
    expect(findTaskAttention({ ...OPEN, phase: "waiting_user", cancel: refused }, NOON)?.kind).toBe("waiting_user");
  });
});

describe("an ended task", () => {
  const endedAt = NOON;
  const silent = (status: "failed" | "lost", state: DeliveryRecord["state"]): TaskRecord => ({
    ...ENDED,
    status,
    endedAt: formatMicros(endedAt),
    delivery: delivery(state),
  });

  it.each([
    ["failed", SHOWN_FOR],
    ["lost", LOST_SHOWN_FOR],
  ] as const)("that %s leaves the list after its display time and not before", (status, shown) => {
    expect(findTaskAttention(silent(status, "none"), endedAt + shown)).toBeDefined();
    expect(findTaskAttention(silent(status, "none"), endedAt + shown + 1)).toBeUndefined();
  });

  it.each(["failed", "ambiguous"] as const)("stays listed while its delivery is %s", (state) => {
    expect(findTaskAttention(silent("failed", state), endedAt + 1_000 * SHOWN_FOR)).toBeDefined();
  });

  it("shows how often its job has failed in a row", () => {
    expect(
      findTaskAttention({ ...silent("failed", "none"), errorSummary: "boom" }, endedAt, { failuresInARow: 23 })?.reason,
    ).toBe("failed 23 times in a row: boom");
    expect(
      findTaskAttention({ ...silent("failed", "none"), errorSummary: "boom" }, endedAt, { failuresInARow: 1 })?.reason,
    ).toBe("boom");
  });
});

describe("the order of attention items", () => {
  const item = (kind: AttentionKind, since: string): AttentionItem => ({
    kind,
    subject: { kind: "task", id: "t" },
    title: "",
    since,
    reason: "",
    suggestion: { name: "", args: [] },
    command: "",
  });

  it("is by urgency, then by waiting time with the longest first", () => {
    const [early, late] = ["2026-11-20T01:00:00.000000+00:00", "2026-11-20T02:00:00.000000+00:00"];
    const sorted = ATTENTION_KINDS.flatMap((kind) => [item(kind, early), item(kind, late)]);
    expect([...sorted].reverse().sort(byUrgency)).toEqual(sorted);
  });
});

describe("the title of a task", () => {
  it("is its label, else the first line of its text, else its id", () => {
    expect(getTaskTitle({ label: "one", task: "two", runtime: "subagent", taskId: TASK })).toBe("one");
    expect(getTaskTitle({ label: null, task: "two\nthree", runtime: "subagent", taskId: TASK })).toBe("two");
    expect(getTaskTitle({ label: null, task: null, runtime: "subagent", taskId: TASK })).toBe(TASK);
  });
});

describe("a task whose result is delivered to no one", () => {
  it("is listed when it fails", () => {
    const { task } = new PlayedTask(
      signal("host_row", { facts: { runtime: "exec", task: "make" }, ending: { status: "failed", error: "exit 2" } }),
    );
    expect(task.delivery?.state).toBe("none");
    expect(findTaskAttention(task, NOON)).toMatchObject({ kind: "failed_silently", title: "make", reason: "exit 2" });
  });

  it("is no longer listed once it has been dismissed", () => {
    const played = new PlayedTask(signal("host_row", { facts: { runtime: "exec" }, ending: { status: "failed" } }));
    played.play(order("dismiss", { reason: "seen" }));
    expect(findTaskAttention(played.task, NOON)).toBeUndefined();
  });
});
