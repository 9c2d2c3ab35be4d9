import { CONTROL_ACTIONS, type ControlAction, isControlAction } from "../../domain/run/control-actions.ts";
import { ClawTaskError } from "../../model/errors.ts";
import { uniqueSuffix } from "../../model/ids.ts";
import type { Json } from "../../model/json.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import type { Committed } from "../../registry/commit.ts";
import type { Registry } from "../../registry/registry.ts";
import { runPrecondition } from "../../registry/revision-guard.ts";
import { commitRun } from "../../registry/run-store.ts";
import { createAddedNodeFolders, toControlLine } from "./control-inputs.ts";
import { tickRun } from "./tick-run.ts";

/** A control as a person, an agent or a tool asks for it. */
export interface ControlRequest {
  action: string;
  by: string;
  nodeId?: string | undefined;
  message?: string | undefined;
  patch?: Json | undefined;
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
  const { action, key, by, nodeId, message, patch, expectedRevision } = request;
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
  return commitRun(registry, runId, {
    command: { type: "control", control },
    idempotencyPayload: { action, nodeId, message, patch },
    key,
    precondition: runPrecondition(runId, expectedRevision),
    loadFacts: (run, command) => (run === undefined ? command : toControlLine(run, control)),
    beforeAppend: (events) => createAddedNodeFolders(registry, runId, events),
  });
}

export function unknownControl(action: string): ClawTaskError {
  const known: readonly ControlAction[] = CONTROL_ACTIONS;
  return new ClawTaskError("control_unknown", {
    message: `unknown action: ${action}`,
    remedy: { hint: `one of: ${known.join(", ")}` },
  });
}
