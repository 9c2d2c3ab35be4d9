import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import type { HostAction } from "../../../plugin/delivery/recent-host-activity.ts";
import type { SentMessage, TurnEnd } from "../../../plugin/host/events/host-events.ts";
import { type DeliveryRecord, formatMicros } from "../../../registry-helper/internal.ts";
import { ANNOUNCE_RUN, CHILD, CHILD_RUN, REQUESTER, ROUTE } from "./host-samples.ts";

/** When the work of these tests ended, in epoch milliseconds. */
export const ENDED_AT = Date.UTC(2026, 10, 20, 12);
export const at = (msAfterEnd: number): string => formatMicros((ENDED_AT + msAfterEnd) * 1000);

export function delivery(more: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return {
    state: "pending",
    generation: 1,
    sender: "host",
    route: ROUTE,
    plannedAt: at(0),
    dueAt: at(60_000),
    deadlineAt: at(1_860_000),
    tries: 0,
    reason: null,
    receipt: null,
    sentText: null,
    ...more,
  };
}

/** The result of a child that succeeded. */
export function openTask(more: Partial<PendingDelivery> = {}): PendingDelivery {
  return {
    owner: { kind: "task", id: "t-20261120-000000000001" },
    delivery: delivery(),
    title: "Count the sheep",
    status: "succeeded",
    body: "There are seven sheep.",
    endedAt: ENDED_AT,
    subtreeEndedAt: ENDED_AT,
    announcers: [REQUESTER],
    childSessionKey: CHILD,
    hostRunId: CHILD_RUN,
    hostMayRetry: false,
    ...more,
  };
}

/** The outcome of a run that is completed. */
export function openRun(more: Partial<PendingDelivery> = {}): PendingDelivery {
  return openTask({
    owner: { kind: "run", id: "demo" },
    status: "completed",
    childSessionKey: null,
    hostRunId: null,
    ...more,
  });
}

/** A message that went out in the requester's topic, so long after the end. */
export function message(msAfterEnd: number, more: Partial<SentMessage> = {}): HostAction {
  const plain = { channel: "telegram", to: ROUTE.to, content: "hello", success: true, error: undefined };
  return {
    kind: "message",
    at: ENDED_AT + msAfterEnd,
    message: { ...plain, messageId: "12", sessionKey: REQUESTER, runId: undefined, ...more },
  };
}

/** The end of a turn in the requester's session. */
export function turnEnd(msAfterEnd: number, more: Partial<TurnEnd> = {}): HostAction {
  const plain = {
    sessionKey: REQUESTER,
    continued: false,
    status: "succeeded",
    error: undefined,
    disposition: "visible",
  } as const;
  return {
    kind: "turn_end",
    at: ENDED_AT + msAfterEnd,
    turn: { runId: "turn-1", text: "some words", delivery: undefined, ...plain, ...more },
  };
}

export const announcing = (msAfterEnd: number, more: Partial<TurnEnd> = {}): HostAction =>
  turnEnd(msAfterEnd, { runId: ANNOUNCE_RUN, ...more });

export function childEnded(
  msAfterEnd: number,
  of: { runId?: string | undefined; childSessionKey?: string | undefined } = {},
): HostAction {
  return { kind: "child_ended", at: ENDED_AT + msAfterEnd, runId: CHILD_RUN, childSessionKey: CHILD, ...of };
}
