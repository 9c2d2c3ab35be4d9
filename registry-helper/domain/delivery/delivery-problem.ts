import type { AttentionKind } from "../../model/attention-item.ts";
import type { DeliveryRecord, DeliveryState } from "../../model/delivery-record.ts";
import type { StaleThresholds } from "../../model/stale-thresholds.ts";
import type { Micros } from "../../model/time.ts";
import { isDeliveryDue } from "./decide.ts";

/** States of a result that did not get there, and will not by itself. */
export const UNDELIVERED_STATES: readonly DeliveryState[] = ["failed", "ambiguous"];
/** States in which the requester has no result, as far as anybody knows. */
export const WITHOUT_RECEIPT: readonly DeliveryState[] = [...UNDELIVERED_STATES, "pending", "sending"];

/** Whether a result did not reach its requester, or nobody knows whether it did, and nobody tries any more. */
export function isUndelivered(delivery: DeliveryRecord | null | undefined): boolean {
  return UNDELIVERED_STATES.includes(delivery?.state ?? "none");
}

/** Whether a result is owed to its requester and no receipt says that it arrived. */
export function isAwaitingReceipt(delivery: DeliveryRecord | null | undefined): boolean {
  return WITHOUT_RECEIPT.includes(delivery?.state ?? "none");
}

export interface DeliveryProblem {
  kind: Extract<AttentionKind, "undelivered" | "ambiguous" | "delivery_overdue">;
  reason: string;
}

/** Why a delivery does not get there by itself; undefined while it may. */
export function findDeliveryProblem(
  delivery: DeliveryRecord | null | undefined,
  { now, staleAfter }: { now: Micros; staleAfter: StaleThresholds },
): DeliveryProblem | undefined {
  switch (delivery?.state) {
    case "failed":
      return { kind: "undelivered", reason: delivery.reason ?? "it could not be sent" };
    case "ambiguous":
      return { kind: "ambiguous", reason: delivery.reason ?? "nobody knows whether it arrived" };
    case "pending":
    case "sending":
      return isDeliveryDue(delivery.deadlineAt, now - staleAfter.delivery * 1000)
        ? { kind: "delivery_overdue", reason: `should have been delivered by ${delivery.deadlineAt}` }
        : undefined;
    default:
      return undefined;
  }
}
