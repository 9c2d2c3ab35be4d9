import type { ReactElement } from "react";
import type { DeliveryRecord } from "../api/response-types.ts";
import { StatusBadge } from "../design/status-badge.tsx";

/** What the states of a delivery mean to the one who reads a list. */
const LABELS: Readonly<Record<string, string>> = {
  pending: "to be told",
  sending: "being sent",
  delivered: "delivered",
  session_queued: "left in session",
  ambiguous: "arrived?",
  failed: "not delivered",
  dismissed: "dismissed",
};

/** Whether the result is with its requester. Nothing where nobody is to be told. */
export function DeliveryBadge({ delivery }: { delivery: DeliveryRecord | null }): ReactElement | null {
  if (delivery === null || delivery.state === "none") return null;
  return <StatusBadge status={delivery.state}>{LABELS[delivery.state]}</StatusBadge>;
}
