import { BIND_KINDS, type BindKind } from "../../domain/run/commands.ts";
import { TARGET_STATUSES, type TargetStatus } from "../../domain/run/state/node-transitions.ts";
import type { Json } from "../../model/json.ts";
import { MAX_BOUND_VALUE_LENGTH } from "../../model/limits.ts";
import {
  type RunStatus,
  type RunDocument,
  type RunRefs,
  countStatuses,
  type NodeStatus,
} from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { commitRun } from "../../registry/run-store.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { normalizePayload, requireTextLength, requireChoice } from "../input-checks.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { loadFileFacts, missingFilesNotices } from "./evidence.ts";

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
  return { document: { ok: true, event: asOpenTask(events[0]) }, notices };
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
    command: {
      type: "bind",
      kind,
      nodeId,
      value,
      message,
      payload: normalizePayload(input.payload),
      ...(kind === "route" ? { by: resolveActor(context) } : {}),
    },
  });
  return { document: { ok: true, event: asOpenTask(events[0]), refs: state.refs }, notices, run: state };
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
  return { document: { ok: true, event: asOpenTask(events[0]), refs: state.refs } };
}

export interface TransitionNodeInput {
  runId: string;
  nodeId: string;
  status: TargetStatus;
  message?: string | undefined;
  payload?: Json | undefined;
  key?: string | undefined;
}

export type TransitionNodeDocument =
  /** It has that status already. */
  | { ok: true; noop: true; nodeId: string; status: TargetStatus }
  | {
      ok: true;
      noop?: undefined;
      events: RunEvent[];
      statusCounts: Record<NodeStatus, number>;
      runStatus: RunStatus;
      missingArtifacts?: string[];
    };

/**
 * Sets the status of a node, as OpenTask does. Files of a node that completes are noted as its evidence.
 *
 * @returns the document, and the run after it
 * @throws ClawTaskError `usage` | `illegal_transition` | `needs_unmet` | `run_not_found` | `node_not_found` | ...
 */
export function transitionNode(
  { registry }: OperationContext,
  input: TransitionNodeInput,
): Outcome<TransitionNodeDocument> & { run: RunDocument } {
  const { runId, nodeId, status, message, key } = input;
  requireChoice(status, TARGET_STATUSES, "status", "transition-node");
  requireTextLength("message", message);
  const payload = normalizePayload(input.payload);
  const command = { type: "transition" as const, nodeId, to: status, message, payload };
  const committed = commitRun(registry, runId, {
    key,
    command,
    idempotencyPayload: command,
    loadFacts: loadFileFacts(registry, runPaths(registry.root, runId).folder),
  });
  const { events, state: run, notices } = committed;
  if (events.length === 0) return { document: { ok: true, noop: true, nodeId, status }, notices, run };
  const missing = events.flatMap(({ missingArtifacts }) => missingArtifacts ?? []);
  return {
    document: {
      ok: true,
      events: events.map((event) => asOpenTask(event)),
      statusCounts: countStatuses(run.state.nodes),
      runStatus: run.state.status,
      ...(missing.length > 0 ? { missingArtifacts: missing } : {}),
    },
    notices: [...notices, ...missingFilesNotices(nodeId, events, run)],
    run,
  };
}

/** Commands that OpenTask has answer with the keys that it knows and our position; where it came from is in the journal. */
function asOpenTask<Event extends RunEvent | undefined>(event: Event): Event {
  if (event === undefined) return event;
  const { via: _via, session: _session, unverified: _unverified, ...rest } = event;
  return rest as Event;
}
