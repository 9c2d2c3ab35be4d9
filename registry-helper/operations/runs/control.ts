import type { ControlAction } from "../../domain/run/control-actions.ts";
import type { Json } from "../../model/json.ts";
import type { NodeStatus, RunDocument, RunStatus } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { readGatewayHeartbeat } from "../../registry/gateway-heartbeat.ts";
import { requireTextLength } from "../input-checks.ts";
import { type ChangeInput, type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { controlRun } from "./control-run.ts";
import { advanceRun, type RunSteps } from "./next-steps.ts";
import { toStepsDocument, type StepsDocument } from "./steps-document.ts";

/** A control of a run, as a person, an agent or a tool asks for it. */
export interface ControlInput extends ChangeInput {
  runId: string;
  action: Exclude<ControlAction, "tick">;
  nodeId?: string | undefined;
  message?: string | undefined;
  /** The answer of an approval, the node to add, the new needs, the patch of a cron job: by action. */
  patch?: Json | undefined;
  by?: string | undefined;
  /** Takes what can be done after it for the caller, as `next --claim` does. */
  claimNext?: boolean | undefined;
}

export interface ControlDocument {
  ok: true;
  changed: boolean;
  action: string;
  runId: string;
  runStatus: RunStatus;
  nodeId?: string;
  nodeStatus?: NodeStatus;
  events: RunEvent[];
  next?: StepsDocument;
}

/**
 * Records one control with its actor and applies it.
 *
 * @returns the document, and for a person's surface the run after it and the steps that were taken
 * @throws ClawTaskError `control_unknown` | `revision_conflict` | `run_not_found`, or what the control says
 */
export function control(
  context: OperationContext,
  input: ControlInput,
): Outcome<ControlDocument> & { run: RunDocument; steps: RunSteps | undefined } {
  const { registry, self } = context;
  const { runId, action, nodeId, by, claimNext, ...rest } = input;
  requireTextLength("message", rest.message);
  const committed = controlRun(registry, runId, { ...rest, action, nodeId, by: resolveActor(context, by) });
  const { events, state: run } = committed;
  const node = nodeId === undefined ? undefined : run.state.nodes.find(({ id }) => id === nodeId);
  const steps =
    claimNext === true ? advanceRun(registry, run.state.runId, { self, by: resolveActor(context) }) : undefined;
  const isUnsent = action === "send_message" && readGatewayHeartbeat(registry) === undefined;
  return {
    document: {
      ok: true,
      changed: events.length > 0,
      action,
      runId: run.state.runId,
      runStatus: run.state.status,
      ...(node === undefined ? {} : { nodeId: node.id, nodeStatus: node.status }),
      events,
      ...(steps === undefined ? {} : { next: toStepsDocument(steps) }),
    },
    // A message is sent by the gateway; without one it waits, and the sender has to know.
    notices: isUnsent ? [...committed.notices, MESSAGE_WAITS] : committed.notices,
    run,
    steps,
  };
}

const MESSAGE_WAITS =
  "the message is kept, but no gateway plugin is at work on this registry to send it: tell the person yourself";
