import type { DeliveryRoute } from "../../model/delivery-record.ts";
import type { FlowEventDraft } from "../../model/flow-events.ts";
import type { FlowRecord, TerminalFlowStatus } from "../../model/flow-record.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { planDelivery } from "../delivery/decide.ts";

/** How long the owner's own agent, having ended the flow, has to tell the person, in milliseconds. */
export const FLOW_REPORT_WAIT_MS = 60_000;

/** Where the end of a flow can be told: its route, else the owner's session, which can be woken. */
export function getFlowRoute({ route, ownerSessionKey }: FlowRecord): DeliveryRoute | null {
  if (route !== null) return route;
  return ownerSessionKey === null ? null : { channel: "session", to: ownerSessionKey, sessionKey: ownerSessionKey };
}

/** Plans the way of the end, in the same append as the end itself. */
export function planEndDelivery(
  flow: FlowRecord,
  ending: { status: TerminalFlowStatus; by?: string },
  now: Micros,
): FlowEventDraft[] {
  const nothing = (reason: string): FlowEventDraft[] => [
    { flowId: flow.flowId, ...planDelivery({ route: null, sender: "host", now, waitMs: 0, reason }) },
  ];
  if (ending.status === "cancelled") return nothing("cancelled: there is no result to report");
  if (flow.notify === "silent") return nothing("silent by policy");
  const byOwner = ending.by !== undefined && ending.by === flow.ownerSessionKey;
  const plan = planDelivery({
    route: getFlowRoute(flow),
    sender: byOwner ? "host" : "clawtask",
    now,
    waitMs: byOwner ? FLOW_REPORT_WAIT_MS : 0,
  });
  return [{ flowId: flow.flowId, ...plan }];
}

/** A message about a change of state, for flows that tell them. It takes the place of one that was not told yet. */
export function planChangeNotice(flow: FlowRecord, text: string, now: Micros): FlowEventDraft[] {
  if (flow.notify !== "state_changes" || flow.route === null) return [];
  const generation = (flow.update?.generation ?? 0) + 1;
  const { event, delivery } = planDelivery({ route: flow.route, sender: "clawtask", now, waitMs: 0, generation });
  return [
    { flowId: flow.flowId, event, delivery: { ...delivery, dueAt: formatMicros(now), of: "update" as const, text } },
  ];
}
