import { BIND_KINDS, type BindKind } from "../../domain/run/commands.ts";
import type { Json } from "../../model/json.ts";
import { MAX_BOUND_VALUE_LENGTH } from "../../model/limits.ts";
import type { RunDocument, RunRefs } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { commitRun } from "../../registry/run-store.ts";
import { normalizePayload, requireChoice, requireTextLength } from "../input-checks.ts";
import type { OperationContext, Outcome } from "../operation.ts";

/** What of the host belongs to a run or to one of its nodes. */
export interface BindInput {
  runId: string;
  kind: BindKind;
  nodeId?: string | undefined;
  /** The id of the cron job, the session key, the id of the host's run: by kind. */
  value?: string | undefined;
  message?: string | undefined;
  payload?: Json | undefined;
  key?: string | undefined;
}

export interface BindDocument {
  ok: true;
  event: RunEvent | undefined;
  refs: RunRefs;
}

/**
 * Notes what of the host belongs to a run or to one of its nodes.
 *
 * @returns the document, and the run after it
 * @throws ClawTaskError `usage` | `too_large` | `run_not_found` | `node_not_found` | `argument_missing` | ...
 * @example
 * bind(context, { runId: "report-1", kind: "child-session", nodeId: "dig", value: "agent:main:subagent:4f9b" });
 */
export function bind(context: OperationContext, input: BindInput): Outcome<BindDocument> & { run: RunDocument } {
  const { runId, kind, nodeId, value, message, key } = input;
  requireChoice(kind, BIND_KINDS, "kind", "bind");
  requireTextLength("value", value, MAX_BOUND_VALUE_LENGTH);
  requireTextLength("message", message);
  const { events, state, notices } = commitRun(context.registry, runId, {
    key,
    command: { type: "bind", kind, nodeId, value, message, payload: normalizePayload(input.payload) },
  });
  return { document: { ok: true, event: events[0], refs: state.refs }, notices, run: state };
}

/**
 * Takes a binding back, such as that of a cron job that is gone.
 *
 * @throws ClawTaskError `usage` | `not_bound` | `run_not_found` | `node_not_found` | ...
 */
export function unbind(
  context: OperationContext,
  { runId, kind, nodeId, message, key }: Omit<BindInput, "value" | "payload">,
): Outcome<BindDocument> {
  requireChoice(kind, BIND_KINDS, "kind", "unbind");
  requireTextLength("message", message);
  const { events, state } = commitRun(context.registry, runId, {
    key,
    command: { type: "unbind", kind, nodeId, message },
  });
  return { document: { ok: true, event: events[0], refs: state.refs } };
}
