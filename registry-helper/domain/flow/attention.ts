import { type FlowRecord, isFlowEnded } from "../../model/flow-record.ts";
import { formatCommand, suggest, type SuggestedCommand } from "../../model/remedy.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { type AttentionItem, type AttentionKind, SHOWN_FOR } from "../task/attention.ts";
import type { FlowView } from "./view.ts";

/** Whether a flow may need somebody, whatever the clock and its tasks say. */
export function flowMayNeedAttention(flow: FlowRecord): boolean {
  if (!isFlowEnded(flow)) return true;
  return isFlowUndelivered(flow) || isSilentFailure(flow);
}

/** Its end is owed to somebody and will not get there by itself. */
function isFlowUndelivered({ delivery }: FlowRecord): boolean {
  return delivery?.state === "failed" || delivery?.state === "ambiguous";
}

function isSilentFailure({ status, delivery }: FlowRecord): boolean {
  return status === "failed" && (delivery === null || delivery.state === "none");
}

/** What a flow needs somebody for, if anything. Pure. */
export function findFlowAttention(flow: FlowRecord, view: FlowView, now: Micros): AttentionItem | undefined {
  const { flowId, delivery } = flow;
  const item = (kind: AttentionKind, since: string, reason: string, suggestion: SuggestedCommand): AttentionItem => ({
    kind,
    subject: { kind: "flow", id: flowId },
    title: flow.title,
    since,
    reason,
    command: formatCommand(suggestion),
    suggestion,
  });
  const show = suggest("flows show", flowId);
  if (isFlowEnded(flow)) {
    const endedAt = flow.endedAt ?? flow.updatedAt;
    if (delivery?.state === "failed")
      return item("undelivered", endedAt, delivery.reason ?? "it could not be sent", suggest("tasks retry", flowId));
    if (delivery?.state === "ambiguous")
      return item("ambiguous", endedAt, delivery.reason ?? "nobody knows whether it arrived", show);
    const isOld = now - (parseMicros(endedAt) ?? now) > SHOWN_FOR;
    if (!isSilentFailure(flow) || isOld) return undefined;
    return item("failed_silently", endedAt, flow.error ?? "failed", suggest("tasks dismiss", flowId));
  }
  if (flow.cancel !== null) return undefined;
  if (flow.blocked !== null)
    return item("flow_blocked", flow.blocked.since, flow.blocked.reason, suggest("flows resume", flowId));
  const over = view.waitingOn.find((wait) => wait.over !== null);
  if (view.isResumeDue && over !== undefined)
    return item("flow_resume_due", flow.wait?.since ?? flow.updatedAt, `${over.what}: ${over.over ?? ""}`, show);
  if (flow.wait?.kind === "manual")
    return item(
      "waiting_user",
      flow.wait.since,
      flow.wait.note ?? "it waits for somebody",
      suggest("flows resume", flowId),
    );
  return undefined;
}
