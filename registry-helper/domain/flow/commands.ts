import type { FlowFacts } from "../../model/flow-events.ts";
import type { FlowWaitTarget } from "../../model/flow-record.ts";
import type { Json } from "../../model/json.ts";
import type { DeliveryReport } from "../delivery/decide.ts";
import type { Redirect } from "../delivery/redirect.ts";

/** What every change of a flow that exists may say. */
interface OnFlow {
  flowId: string;
  /** The revision that the caller decided on; another one is refused. */
  expectedRevision?: number;
}

export type FlowCommand =
  | { type: "create"; flowId: string; facts: FlowFacts; step?: string }
  | (OnFlow & { type: "link_task"; taskId: string; step?: string })
  | (OnFlow & { type: "wait"; wait: FlowWaitTarget; step?: string })
  | (OnFlow & { type: "block"; reason: string; step?: string })
  | (OnFlow & { type: "resume"; step?: string })
  | (OnFlow & { type: "set_output" | "append_output"; name: string; value: Json })
  | (OnFlow & { type: "update"; update?: string; step?: string })
  /** `by`: the session that ends it; the owner's own agent is expected to tell the person itself. */
  | (OnFlow & { type: "finish"; result?: string; by?: string })
  | (OnFlow & { type: "fail"; error: string; by?: string })
  | (OnFlow & { type: "request_cancel"; by: string; reason?: string })
  /** The cancel is done: no task of the flow is active any more. */
  | { type: "settle_cancel"; flowId: string; activeTasks: readonly string[] }
  /** `generation`: which delivery it is about, where a newer one may have taken its place meanwhile. */
  | { type: "report_delivery"; flowId: string; report: DeliveryReport; of?: "update"; generation?: number }
  | (OnFlow & { type: "retry_delivery"; redirect?: Redirect | undefined })
  | (OnFlow & { type: "dismiss"; reason: string });
