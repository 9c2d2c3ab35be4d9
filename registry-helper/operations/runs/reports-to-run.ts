import type { Json } from "../../model/json.ts";
import type { RunStatus } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { commitRun } from "../../registry/run-store.ts";
import { normalizePayload, requireTextLength } from "../input-checks.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";

/** Longest name of an event that waits can wait for. */
const MAX_EVENT_NAME_LENGTH = 200;

export interface ProgressInput {
  runId: string;
  message: string;
  payload?: Json | undefined;
  key?: string | undefined;
}

/**
 * Notes how the work of a run goes on.
 *
 * @throws ClawTaskError `too_large` | `run_not_found` | `run_closed` | ...
 */
export function progress(
  { registry }: OperationContext,
  { runId, message, payload, key }: ProgressInput,
): Outcome<{ ok: true; event: RunEvent | undefined }> {
  requireTextLength("message", message);
  const { events, notices } = commitRun(registry, runId, {
    key,
    command: { type: "progress", message, payload: normalizePayload(payload) },
  });
  return { document: { ok: true, event: events[0] }, notices };
}

export interface EmitInput {
  runId: string;
  /** The name that waits give: at most 200 characters. */
  event: string;
  payload?: Json | undefined;
  by?: string | undefined;
  key?: string | undefined;
}

export interface EmitDocument {
  ok: true;
  event: string;
  /** The nodes whose wait it ended. */
  ended: string[];
  runStatus: RunStatus;
}

/**
 * Tells a run that something has happened that it may be waiting for.
 *
 * @throws ClawTaskError `too_large` | `run_not_found` | `run_closed` | ...
 */
export function emit(context: OperationContext, input: EmitInput): Outcome<EmitDocument> {
  const { runId, event: name, payload = null, by, key } = input;
  requireTextLength("event", name, MAX_EVENT_NAME_LENGTH);
  const { events, state } = commitRun(context.registry, runId, {
    key,
    command: { type: "emit", name, payload, by: resolveActor(context, by) },
  });
  const ended = events.flatMap(({ event, nodeId }) =>
    event === "node.completed" && nodeId !== undefined ? [nodeId] : [],
  );
  return { document: { ok: true, event: name, ended, runStatus: state.state.status } };
}
