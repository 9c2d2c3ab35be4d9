import { isOlderThan } from "../../model/age.ts";
import {
  type AttentionItem,
  type AttentionItemMaker,
  attentionItemsOf,
  SHOWN_FOR,
} from "../../model/attention-item.ts";
import { type FlowRecord, isFlowEnded } from "../../model/flow-record.ts";
import { suggest } from "../../model/remedy.ts";
import type { StaleThresholds } from "../../model/stale-thresholds.ts";
import type { Micros } from "../../model/time.ts";
import { findDeliveryProblem, isAwaitingReceipt } from "../delivery/delivery-problem.ts";

/** Whether a flow may need attention, whatever the clock and its tasks say. */
export function flowMayNeedAttention(flow: FlowRecord): boolean {
  if (!isFlowEnded(flow)) return true;
  return isAwaitingReceipt(flow.delivery) || isSilentFailure(flow);
}

function isSilentFailure({ status, delivery }: FlowRecord): boolean {
  return status === "failed" && (delivery === null || delivery.state === "none");
}

/** One thing that a flow waits for. */
export interface PendingWait {
  what: string;
  since: string | null;
  /** Why it need not be waited for any more; null while it must. */
  over: string | null;
}

/** What follows from a flow and its tasks. */
export interface FlowProgress {
  waitingOn: PendingWait[];
  /** What it waited for has come: its owner should resume it. */
  isResumeDue: boolean;
  /** Tasks that have not ended. */
  activeTasks: string[];
}

/** What the rules know besides the flow itself. */
export interface FlowFacts {
  view: FlowProgress;
  now: Micros;
  staleAfter: StaleThresholds;
}

/** What a flow needs attention for, if anything. Pure. */
export function findFlowAttention(flow: FlowRecord, facts: FlowFacts): AttentionItem | undefined {
  const item = attentionItemsOf({ kind: "flow", id: flow.flowId }, flow.title);
  return isFlowEnded(flow) ? findEndedFlowAttention(flow, facts, item) : findOpenFlowAttention(flow, facts, item);
}

function findEndedFlowAttention(
  flow: FlowRecord,
  facts: FlowFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const { flowId, delivery } = flow;
  const endedAt = flow.endedAt ?? flow.updatedAt;
  const problem = findDeliveryProblem(delivery, facts);
  if (problem !== undefined) {
    const suggestion = problem.kind === "undelivered" ? suggest("tasks retry", flowId) : suggest("flows show", flowId);
    return item(problem.kind, endedAt, problem.reason, suggestion);
  }
  if (!isSilentFailure(flow) || isOlderThan(endedAt, SHOWN_FOR / 1000, facts.now)) return undefined;
  return item("failed_silently", endedAt, flow.error ?? "failed", suggest("tasks dismiss", flowId));
}

function findOpenFlowAttention(
  flow: FlowRecord,
  { view, now, staleAfter }: FlowFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const { flowId, wait, updatedAt } = flow;
  const show = suggest("flows show", flowId);
  const isQuiet = (ms: number): boolean => isOlderThan(updatedAt, ms, now);
  if (flow.cancel !== null) {
    const why = `a cancel was requested, and ${view.activeTasks.length} of its tasks are still running`;
    return isOlderThan(flow.cancel.requestedAt, staleAfter.child, now)
      ? item("stale_running", flow.cancel.requestedAt, why, show)
      : undefined;
  }
  if (flow.blocked !== null)
    return item("flow_blocked", flow.blocked.since, flow.blocked.reason, suggest("flows resume", flowId));
  const over = view.waitingOn.find((one) => one.over !== null);
  if (view.isResumeDue && over !== undefined)
    return item("flow_resume_due", wait?.since ?? updatedAt, `${over.what}: ${over.over ?? ""}`, show);
  if (wait?.kind === "manual")
    return item("waiting_user", wait.since, wait.note ?? "a person has to act", suggest("flows resume", flowId));
  // While tasks of it run, they are what is watched; a wait for an event or for too long is not.
  if (wait !== null)
    return wait.kind !== "until" && isOlderThan(wait.since, staleAfter.waiting, now)
      ? item("stale_waiting", wait.since, `still waits: ${view.waitingOn[0]?.what ?? wait.kind}`, show)
      : undefined;
  if (flow.status === "queued" && isQuiet(staleAfter.queued))
    return item("never_started", flow.createdAt, "queued, and never started", show);
  const limit = view.activeTasks.length > 0 ? staleAfter.waiting : staleAfter.running;
  return isQuiet(limit) ? item("stale_running", updatedAt, "running, and nothing happens in it", show) : undefined;
}
