import { describe, expect, it } from "vitest";
import { findFlowAttention } from "../../../../registry-helper/domain/flow/attention.ts";
import { flowView, type LinkedTask } from "../../../../registry-helper/domain/flow/view.ts";
import type { AttentionKind } from "../../../../registry-helper/model/attention-item.ts";
import { STALE_AFTER_MS } from "../../../../registry-helper/model/stale-thresholds.ts";
import { type Micros, parseMicros } from "../../../../registry-helper/model/time.ts";
import { type FlowStep, PlayedFlow } from "../../../support/played-flow.ts";
import { PlayedTask, TASK, working } from "../../../support/played-task.ts";

const task = new PlayedTask(working()).task;
const open: LinkedTask = { taskId: TASK, task };
const ended: LinkedTask = { taskId: TASK, task: { ...task, status: "succeeded" } };
const FINISH: FlowStep = { type: "finish", result: "done" };
const RUN: FlowStep = { type: "resume" };

interface Standstill {
  kind: AttentionKind;
  steps: readonly FlowStep[];
  linked?: readonly LinkedTask[];
  after: number;
  since?: (flow: PlayedFlow) => string | null | undefined;
  move?: FlowStep;
}

/** Every state in which a flow can stop moving. */
const STANDSTILLS: Record<string, Standstill> = {
  "a queued flow": { kind: "never_started", steps: [], after: STALE_AFTER_MS.queued },
  "a running flow without open tasks": { kind: "stale_running", steps: [RUN], after: STALE_AFTER_MS.running },
  "a running flow with an open task": {
    kind: "stale_running",
    steps: [{ type: "link_task", taskId: TASK }],
    linked: [open],
    after: STALE_AFTER_MS.waiting,
  },
  "a wait for an event": {
    kind: "stale_waiting",
    steps: [{ type: "wait", wait: { kind: "event", name: "paid" } }],
    after: STALE_AFTER_MS.waiting,
  },
  "a wait for an open task": {
    kind: "stale_waiting",
    steps: [
      { type: "link_task", taskId: TASK },
      { type: "wait", wait: { kind: "task", taskId: TASK } },
    ],
    linked: [open],
    after: STALE_AFTER_MS.waiting,
  },
  "a wait for a task that has ended": {
    kind: "flow_resume_due",
    steps: [
      { type: "link_task", taskId: TASK },
      { type: "wait", wait: { kind: "task", taskId: TASK } },
    ],
    linked: [ended],
    after: 0,
  },
  "a wait for a time that has come": {
    kind: "flow_resume_due",
    steps: [{ type: "wait", wait: { kind: "until", at: "2026-11-22T12:00:00Z" } }],
    since: () => "2026-11-22T12:00:00Z",
    after: 0,
  },
  "a wait for a person": { kind: "waiting_user", steps: [{ type: "wait", wait: { kind: "manual" } }], after: 0 },
  "a blocked flow": { kind: "flow_blocked", steps: [{ type: "block", reason: "no login" }], after: 0 },
  "a cancel that does not come through": {
    kind: "stale_running",
    steps: [
      { type: "link_task", taskId: TASK },
      { type: "request_cancel", by: "ana" },
    ],
    linked: [open],
    after: STALE_AFTER_MS.child,
    move: { type: "settle_cancel", activeTasks: [] },
  },
  "an end that nobody sends": {
    kind: "delivery_overdue",
    steps: [FINISH],
    since: ({ flow }) => flow.delivery?.deadlineAt,
    after: STALE_AFTER_MS.delivery,
    move: { type: "report_delivery", report: { kind: "sent", receipt: "7" } },
  },
};

const find = (played: PlayedFlow, now: Micros, linked: readonly LinkedTask[] = []): AttentionKind | undefined => {
  const view = flowView(played.flow, { linked, now, staleAfter: STALE_AFTER_MS });
  const kind = findFlowAttention(played.flow, { view, now, staleAfter: STALE_AFTER_MS })?.kind;
  expect(view.needsSomebody, "its own page says what the list says").toBe(kind !== undefined);
  return kind;
};

describe("a flow that stands still", () => {
  it.each(Object.entries(STANDSTILLS))("is listed after its time and not before: %s", (_what, standstill) => {
    const { steps, linked, after, kind, move = FINISH } = standstill;
    const played = new PlayedFlow().play(...steps);
    const since = parseMicros(standstill.since?.(played)) ?? played.now;
    // Events of one operation are stamped a microsecond apart.
    const due = since + after * 1000 + 1_000;
    if (after > 0) expect(find(played, due - 1_000_000, linked)).toBeUndefined();
    expect(find(played, due, linked)).toBe(kind);
    expect(find(played, due + 72 * 3_600 * 1_000_000, linked), "it stays until it moves").toBe(kind);

    played.now = due;
    played.do(move);
    expect(find(played, played.now), "gone once it moves").toBeUndefined();
  });
});
