import { CONTROL_ACTIONS, type ControlAction, isControlAction } from "../../domain/run/control-actions.ts";
import { formatAnswerAdvice } from "../../domain/run/gate-guard.ts";
import { findAddedNodeWarnings } from "../../domain/workflow/parse-added-node.ts";
import { ClawTaskError } from "../../model/errors.ts";
import { uniqueSuffix } from "../../model/ids.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import { suggest } from "../../model/remedy.ts";
import type { RunDocument, NodeStatus, RunState, RunStatus } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import type { Committed } from "../../registry/commit.ts";
import { readGatewayHeartbeat } from "../../registry/gateway-heartbeat.ts";
import type { Registry } from "../../registry/registry.ts";
import { runRevisionGuard } from "../../registry/revision-guard.ts";
import { commitRun } from "../../registry/run-store.ts";
import { requireTextLength } from "../input-checks.ts";
import { type ChangeInput, type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { createAddedNodeFolders, toControlLine } from "./control-inputs.ts";
import { continueRun, type RunSteps, toStepsDocument, type StepsDocument } from "./next-steps.ts";
import { tickRun } from "./tick-run.ts";

/** A control as a person, an agent or a tool asks for it. */
export interface ControlRequest {
  action: string;
  by: string;
  nodeId?: string | undefined;
  message?: string | undefined;
  patch?: Json | undefined;
  /** Takes the first choice of a question that asks for no data, where the patch has none, as OpenTask does. */
  usesFirstChoice?: boolean | undefined;
  /** The same key again returns the first answer and writes nothing. */
  key?: string | undefined;
  /** Position in the run's journal that the caller saw; refused when the run has moved since. */
  expectedRevision?: number | undefined;
}

/**
 * Records a control with its actor and applies it, in one append. One that is not possible is refused alone.
 *
 * @throws ClawTaskError `control_unknown` | `revision_conflict`, or what the control says
 * @example
 * controlRun(registry, "report-1", { action: "approve", by: "ana", nodeId: "ok", message: "but shorter" });
 */
export function controlRun(
  registry: Registry,
  runId: string,
  request: ControlRequest,
): Committed<RunDocument, RunEvent> {
  const { action, key, by, nodeId, message, patch, usesFirstChoice = false, expectedRevision } = request;
  if (!isControlAction(action)) throw unknownControl(action);
  if (action === "tick") return tickRun(registry, runId, { expectedRevision });
  const control = {
    id: `${runId}-${action}-${uniqueSuffix()}`,
    action,
    by,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(message === undefined ? {} : { message }),
    ...(patch === undefined ? {} : { patch }),
  };
  const committed = commitRun(registry, runId, {
    command: { type: "control", control },
    idempotencyPayload: { action, nodeId, message, patch },
    key,
    precondition: runRevisionGuard(runId, expectedRevision),
    loadFacts: (run, command) =>
      run === undefined ? command : toControlLine(registry, run, { control, usesFirstChoice }),
    beforeAppend: (events) => createAddedNodeFolders(registry, runId, events),
  });
  throwIfRejected(committed.events, committed.state.state);
  return committed;
}

/** The attempt is in the journal; for the one who made it, it is an error. */
function throwIfRejected(events: readonly RunEvent[], { runId, nodes }: RunState): void {
  const rejected = events.find(({ event }) => event === "control.rejected");
  if (rejected === undefined) return;
  const message = rejected.message ?? "this is not for the one who asks";
  const gate = nodes.find(({ id }) => id === rejected.control?.nodeId);
  if (rejected.code === "approval_unverified" && gate !== undefined)
    throw new ClawTaskError("approval_unverified", { message, remedy: { hint: formatAnswerAdvice(runId, gate) } });
  if (rejected.code === "not_waiting")
    throw new ClawTaskError("not_waiting", {
      message,
      remedy: { hint: "what is open before it", commands: [suggest("next", runId)] },
    });
  throw new ClawTaskError("not_allowed", {
    message,
    remedy: { hint: "leave it to the person", commands: [suggest("show", runId)] },
  });
}

export function unknownControl(action: string): ClawTaskError {
  const known: readonly ControlAction[] = CONTROL_ACTIONS;
  return new ClawTaskError("control_unknown", {
    message: `unknown action: ${action}`,
    remedy: { hint: `one of: ${known.join(", ")}` },
  });
}

/** A control of a run, as a person, an agent or a tool asks for it. */
export interface ControlInput extends ChangeInput {
  runId: string;
  action: Exclude<ControlAction, "tick">;
  nodeId?: string | undefined;
  message?: string | undefined;
  /** The answer of an approval, the node to add, the new needs, the patch of a cron job: by action. */
  patch?: Json | undefined;
  /** Takes the first choice of a question that asks for no data, where the patch has none, as OpenTask does. */
  usesFirstChoice?: boolean | undefined;
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
    claimNext === true ? continueRun(registry, run.state.runId, { self, by: resolveActor(context) }) : undefined;
  const warnings = action === "add_node" && isJsonObject(rest.patch) ? findAddedNodeWarnings(rest.patch["node"]) : [];
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
    notices: [...committed.notices, ...warnings, ...(isUnsent ? [MESSAGE_WAITS] : [])],
    run,
    steps,
  };
}

const MESSAGE_WAITS =
  "the message is kept, but no gateway plugin is at work on this registry to send it: tell the person yourself";
