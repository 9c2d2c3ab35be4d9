import { ANONYMOUS_CALLER, formatCaller } from "../../domain/run/anonymous-caller.ts";
import { usageError } from "../../model/errors.ts";
import { isChildSession } from "../../model/event-origin.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Evidence, NodeStatus, RunDocument, RunNode, RunStatus } from "../../model/run-documents.ts";
import { getReadyNodes, type RunEvent } from "../../model/run-events.ts";
import { requireTextLength, requireWholeNumber } from "../input-checks.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { changedApprovals } from "./changed-approvals.ts";
import { missingFilesNotices } from "./evidence.ts";
import { finishNode, recordResult } from "./finish-node.ts";
import { continueRun, type RunSteps, type StepsDocument, toStepsDocument } from "./next-steps.ts";

export interface FailInput {
  runId: string;
  nodeId: string;
  message?: string | undefined;
  /** The number of the claim under which it was done. */
  claim?: number | undefined;
  /** Takes what can be done after it for the caller, as `next --claim` does. */
  claimNext?: boolean | undefined;
  by?: string | undefined;
  key?: string | undefined;
}

export interface CompleteInput extends FailInput {
  /** One object, written to the node's `result.json`; without it, a file that is there already is taken. */
  result?: Json | undefined;
}

export interface NodeEndDocument {
  ok: true;
  nodeId: string;
  status: NodeStatus | undefined;
  /** The nodes that became ready by it. */
  ready: string[];
  missingArtifacts?: string[];
  runStatus: RunStatus;
  next?: StepsDocument;
}

/** The document, and for a person's surface the run after it and the steps that were taken. */
type NodeEndOutcome = Outcome<NodeEndDocument> & {
  run: RunDocument;
  events: RunEvent[];
  steps: RunSteps | undefined;
};

/**
 * Ends a node as done, with its files as evidence.
 *
 * @throws ClawTaskError `usage` | `result_invalid` | `evidence_missing` | `stale_token` | `illegal_transition` | ...
 * @example
 * complete(context, { runId: "report-1", nodeId: "dig", claim: 7, result: { points: 3 }, claimNext: true });
 */
export function complete(context: OperationContext, input: CompleteInput): NodeEndOutcome {
  return end(context, "complete", input);
}

/**
 * Ends a node as failed.
 *
 * @throws ClawTaskError `usage` | `stale_token` | `illegal_transition` | ...
 */
export function fail(context: OperationContext, input: FailInput): NodeEndOutcome {
  return end(context, "fail", input);
}

function end(context: OperationContext, command: "complete" | "fail", input: CompleteInput): NodeEndOutcome {
  const { registry, self } = context;
  const { runId, nodeId, message, claim: token, key, claimNext } = input;
  const by = resolveActor(context, input.by);
  requireTextLength("message", message);
  requireWholeNumber(token, { name: "claim", command });
  let held: RunNode | undefined;
  const { events, state, notices } = finishNode(registry, runId, {
    nodeId,
    to: command === "complete" ? "completed" : "failed",
    before: (node) => (held = node),
    message,
    token,
    result: parseResult(input.result, command),
    key,
  });
  const missing = events.flatMap(({ missingArtifacts }) => missingArtifacts ?? []);
  const steps = claimNext === true ? continueRun(registry, runId, { self, by }) : undefined;
  return {
    document: {
      ok: true,
      nodeId,
      status: state.state.nodes.find(({ id }) => id === nodeId)?.status,
      ready: getReadyNodes(events),
      ...(missing.length === 0 ? {} : { missingArtifacts: missing }),
      runStatus: state.state.status,
      ...(steps === undefined ? {} : { next: toStepsDocument(steps) }),
    },
    notices: [
      ...notices,
      ...missingFilesNotices(nodeId, events, state),
      ...changedApprovals(registry, state)([nodeId]),
      ...strangerNotices(held, registry.origin?.session),
      ...(token === undefined ? claimNotices(held, by) : []),
    ],
    run: state,
    events,
    steps,
  };
}

/** The work of a child that another child ended. It is recorded; whoever reads the answer is to know. */
function strangerNotices(node: RunNode | undefined, session: string | undefined): string[] {
  if (!isChildSession(session) || node?.childSessionKey === null || node?.childSessionKey === session) return [];
  return node === undefined
    ? []
    : [`${node.id} is the work of ${node.childSessionKey ?? ""}, and you are ${session ?? ""}: both are recorded`];
}

/** Without the number of the claim nothing says that whoever ends a node is the one who does it. */
function claimNotices(node: RunNode | undefined, by: string): string[] {
  const claim = node?.claim;
  if (node === undefined || claim === undefined) return [];
  const isOwn = claim.by === by && claim.by !== ANONYMOUS_CALLER;
  if (isOwn || node.childSessionKey !== null) return [];
  return [
    `${node.id} was claimed by ${formatCaller(claim.by)} (${claim.token}), and you gave no --claim: if it was not yours, tell them`,
  ];
}

export interface ResultInput {
  runId: string;
  nodeId: string;
  /** One object. */
  result?: Json | undefined;
  claim?: number | undefined;
  key?: string | undefined;
}

export interface ResultDocument {
  ok: true;
  nodeId: string;
  /** The file that was written. */
  file: Evidence | undefined;
}

/**
 * Writes and records `result.json` of a node that goes on.
 *
 * @throws ClawTaskError `usage` | `result_invalid` | `too_large` | `node_not_found` | `illegal_transition`
 */
export function result({ registry }: OperationContext, input: ResultInput): Outcome<ResultDocument> {
  const { runId, nodeId, claim: token, key } = input;
  const value = parseResult(input.result, "result");
  if (value === undefined) throw usageError("one of the arguments --result-json --result-file is required", "result");
  requireWholeNumber(token, { name: "claim", command: "result" });
  const { events, notices } = recordResult(registry, runId, { nodeId, result: value, token, key });
  const [file] = events.flatMap(({ evidence }) => evidence ?? []);
  return { document: { ok: true, nodeId, file }, notices };
}

function parseResult(value: Json | undefined, command: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw usageError("a result is one JSON object", command);
}
