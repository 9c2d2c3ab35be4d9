import { describe, expect, it } from "vitest";
import { findFlowAttention } from "../../../registry-helper/domain/flow/attention.ts";
import { flowView } from "../../../registry-helper/domain/flow/view.ts";
import { listRunAttention } from "../../../registry-helper/domain/run/attention.ts";
import { findTaskAttention } from "../../../registry-helper/domain/task/attention.ts";
import type { AttentionKind } from "../../../registry-helper/model/attention-item.ts";
import {
  DELIVERY_STATES,
  type DeliveryRecord,
  type DeliveryState,
} from "../../../registry-helper/model/delivery-record.ts";
import { FLOW_STATUSES, type FlowRecord, type FlowStatus } from "../../../registry-helper/model/flow-record.ts";
import {
  NODE_STATUSES,
  type NodeStatus,
  RUN_STATUSES,
  type RunState,
  type RunStatus,
} from "../../../registry-helper/model/run-documents.ts";
import { STALE_AFTER_MS } from "../../../registry-helper/model/stale-thresholds.ts";
import { TASK_STATUSES, type TaskRecord, type TaskStatus } from "../../../registry-helper/model/task-record.ts";
import { parseMicros } from "../../../registry-helper/model/time.ts";
import { factsAt } from "../../support/attention-facts.ts";
import { type FlowStep, PlayedFlow } from "../../support/played-flow.ts";
import { PlayedRun } from "../../support/played-run.ts";
import { ended, PlayedTask, ROUTE, working } from "../../support/played-task.ts";

/**
 * Every state of every aggregate, from its type: a new state does not compile here until somebody says which kind of
 * attention it comes to when nothing happens any more, or why it cannot stand still.
 */
type Expected = AttentionKind | { never: string };
const OVER = { never: "it is over, and nobody is owed anything" };
const HOURS = 3_600 * 1_000_000;
/** Beyond every threshold, and before anything is too old to be shown. */
const LATER = 3 * 24 * HOURS;
/** Lost work is shown for a day. */
const SOON = 2 * HOURS;

/** What a delivery comes to that nothing moves, whatever it is the delivery of. */
const BY_DELIVERY: Record<DeliveryState, Expected> = {
  pending: "delivery_overdue",
  sending: "delivery_overdue",
  failed: "undelivered",
  ambiguous: "ambiguous",
  delivered: OVER,
  session_queued: OVER,
  reported: { never: "its agent said it itself" },
  dismissed: OVER,
  none: OVER,
};

function check(kinds: readonly AttentionKind[], expected: Expected, what: string): void {
  if (typeof expected === "string") expect(kinds, what).toContain(expected);
  else expect(kinds, `${what}: ${expected.never}`).toEqual([]);
}

const TASK = new PlayedTask(working()).task;
const DELIVERY = new PlayedTask(working({ route: ROUTE }), ended()).task.delivery as DeliveryRecord;
const deliveryIn = (state: DeliveryState): DeliveryRecord => ({ ...DELIVERY, state });

describe("a task in which nothing happens any more", () => {
  const BY_STATUS: Record<TaskStatus, Expected> = {
    queued: "never_started",
    running: "stalled",
    succeeded: OVER,
    failed: "failed_silently",
    timed_out: "failed_silently",
    cancelled: OVER,
    lost: "lost",
  };
  const at = (parseMicros(TASK.lastProgressAt) ?? 0) + SOON;
  const isOpen = (status: TaskStatus): boolean => status === "queued" || status === "running";
  const kinds = (task: TaskRecord): AttentionKind[] => [findTaskAttention(task, at)?.kind ?? []].flat();

  it.each(TASK_STATUSES)("is listed while it is %s", (status) => {
    const over = isOpen(status) ? {} : { endedAt: TASK.lastProgressAt, delivery: deliveryIn("none") };
    check(kinds({ ...TASK, status, ...over }), BY_STATUS[status], status);
  });

  it.each(
    TASK_STATUSES.filter((status) => !isOpen(status)).flatMap((status) =>
      DELIVERY_STATES.map((state) => [status, state] as const),
    ),
  )("that ended %s is listed while its delivery is %s", (status, state) => {
    const task = { ...TASK, status, endedAt: TASK.lastProgressAt, delivery: deliveryIn(state) };
    const expected =
      state === "none" || (status === "lost" && state !== "dismissed" && typeof BY_DELIVERY[state] !== "string")
        ? BY_STATUS[status]
        : BY_DELIVERY[state];
    check(kinds(task), expected, `${status} ${state}`);
  });
});

describe("a flow in which nothing happens any more", () => {
  const BY_STATUS: Record<FlowStatus, Expected> = {
    queued: "never_started",
    running: "stale_running",
    waiting: "stale_waiting",
    blocked: "flow_blocked",
    succeeded: OVER,
    failed: "failed_silently",
    cancelled: OVER,
  };
  const steps: Record<FlowStatus, readonly FlowStep[]> = {
    queued: [],
    running: [{ type: "resume" }],
    waiting: [{ type: "wait", wait: { kind: "event", name: "paid" } }],
    blocked: [{ type: "block", reason: "no login" }],
    succeeded: [{ type: "finish", result: "done" }],
    failed: [{ type: "fail", error: "broke" }],
    cancelled: [
      { type: "request_cancel", by: "ana" },
      { type: "settle_cancel", activeTasks: [] },
    ],
  };
  const kinds = (flow: FlowRecord): AttentionKind[] => {
    const now = (parseMicros(flow.updatedAt) ?? 0) + LATER;
    const view = flowView(flow, { linked: [], now, staleAfter: STALE_AFTER_MS });
    return [findFlowAttention(flow, { view, now, staleAfter: STALE_AFTER_MS })?.kind ?? []].flat();
  };

  it.each(FLOW_STATUSES)("is listed while it is %s", (status) => {
    const { flow } = new PlayedFlow().play(...steps[status]);
    expect(flow.status).toBe(status);
    check(
      kinds({ ...flow, ...(flow.endedAt === null ? {} : { delivery: deliveryIn("none") }) }),
      BY_STATUS[status],
      status,
    );
  });

  it.each(DELIVERY_STATES)("that ended is listed while its delivery is %s", (state) => {
    const { flow } = new PlayedFlow().play(...steps.succeeded);
    check(kinds({ ...flow, delivery: deliveryIn(state) }), BY_DELIVERY[state], state);
  });
});

describe("a run in which nothing happens any more", () => {
  const BY_STATUS: Record<RunStatus, Expected> = {
    draft: "stale_waiting",
    running: "stranded_ready",
    paused: "stale_waiting",
    completed: OVER,
    failed: "run_failed",
    cancelled: OVER,
  };
  const BY_NODE: Record<NodeStatus, Expected> = {
    pending: { never: "it waits for its needs, which are listed" },
    ready: "stranded_ready",
    running: "stale_running",
    waiting: "waiting_user",
    completed: OVER,
    failed: "node_failed",
    skipped: OVER,
  };
  const base = new PlayedRun([{ id: "a" }]).document.state;
  const at = (parseMicros(base.updatedAt) ?? 0) + LATER;
  const withNode = (status: NodeStatus, more: Partial<RunState> = {}): RunState => ({
    ...base,
    ...more,
    nodes: base.nodes.map((node) => ({
      ...node,
      status,
      ...(status === "waiting" ? { kind: "wait" as const, waitFor: { type: "manual" as const } } : {}),
      startedAt: status === "pending" || status === "ready" ? null : base.updatedAt,
      completedAt: ["completed", "failed", "skipped"].includes(status) ? base.updatedAt : null,
    })),
  });
  const kinds = (state: RunState): AttentionKind[] => listRunAttention(state, factsAt(at)).map(({ kind }) => kind);

  it.each(NODE_STATUSES)("is listed for a node that is %s", (status) => {
    check(kinds(withNode(status)), BY_NODE[status], status);
  });

  it.each(RUN_STATUSES)("is listed while it is %s", (status) => {
    const node = { completed: "completed", failed: "failed", cancelled: "completed", running: "ready" } as const;
    check(kinds(withNode(node[status as keyof typeof node] ?? "pending", { status })), BY_STATUS[status], status);
  });

  it.each(DELIVERY_STATES)("that ended is listed while its delivery is %s", (state) => {
    check(
      kinds(withNode("completed", { status: "completed", delivery: deliveryIn(state) })),
      BY_DELIVERY[state],
      state,
    );
  });
});
