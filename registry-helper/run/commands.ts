import type { DeliveryReport } from "../delivery/decide.ts";
import type { Json } from "../model/json.ts";
import type { RunDocument } from "../model/run-documents.ts";
import type { TargetStatus } from "./node-transitions.ts";

export const BIND_KINDS = ["cron", "node-session", "child-session", "node-run", "driver-run"] as const;
export type BindKind = (typeof BIND_KINDS)[number];

export interface BindCommand {
  type: "bind";
  kind: BindKind;
  nodeId?: string | undefined;
  value?: string | undefined;
  message?: string | undefined;
  payload: Json;
}

export interface TransitionCommand {
  type: "transition";
  nodeId: string;
  to: TargetStatus;
  message?: string | undefined;
  payload: Json;
  /** Declared files of the node that are not there; looked up before the decision. */
  missingArtifacts?: string[] | undefined;
}

export interface ProgressCommand {
  type: "progress";
  message: string;
  payload: Json;
}

/** Everything that can be asked of one run. */
export type RunCommand =
  | { type: "create"; snapshot: RunDocument; workflowPath: string }
  | { type: "adopt"; found: RunDocument; reason: string }
  | BindCommand
  | TransitionCommand
  | ProgressCommand
  | { type: "report_delivery"; report: DeliveryReport }
  /** Tells the outcome once more: a new generation. */
  | { type: "retry_delivery" }
  /** Nobody wants to be told the outcome (any more). */
  | { type: "dismiss"; reason: string };
