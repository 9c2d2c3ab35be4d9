import { toErrorDocument } from "../../model/error-document.ts";
import { type ClawTaskError, isClawTaskError, usageError } from "../../model/errors.ts";
import type { RunDocument, RunStatus } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { loadRun } from "../../registry/run-store.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { continueRun, type RunSteps, type StepsDocument, toStepsDocument } from "./next-steps.ts";
import { complete, fail, type NodeEndDocument } from "./report-node.ts";

/** A node that is to end. */
export interface EndedNode {
  nodeId: string;
  message?: string | undefined;
  /** The number of the claim under which it was done. */
  claim?: number | undefined;
}

export interface EndNodesInput {
  runId: string;
  to: "completed" | "failed";
  nodes: readonly EndedNode[];
  claimNext?: boolean | undefined;
  by?: string | undefined;
  key?: string | undefined;
}

/** What became of one of the nodes: as `complete` and `fail` answer it, or why it was refused. */
export type EndedNodeDocument =
  | Omit<NodeEndDocument, "next" | "runStatus">
  | { ok: false; nodeId: string; error: Omit<ReturnType<typeof toErrorDocument>, "remedy"> };

export interface EndNodesDocument {
  /** Whether all of them ended as asked. */
  ok: boolean;
  runId: string;
  nodes: EndedNodeDocument[];
  runStatus: RunStatus;
  next?: StepsDocument;
}

/**
 * Ends several nodes alike. Each is judged on its own: one that is refused keeps no other from ending. A repeated `key`
 * ends none of them twice.
 *
 * @returns the document, and for a person's surface the run with what happened to it, and the steps that were taken
 * @throws ClawTaskError `usage` | `run_not_found`; what is wrong with one node is in the document
 */
export function endNodes(
  context: OperationContext,
  input: EndNodesInput,
): Outcome<EndNodesDocument> & {
  ended: ({ nodeId: string; run: RunDocument; events: RunEvent[] } | { nodeId: string; error: ClawTaskError })[];
  steps: RunSteps | undefined;
} {
  const { registry, self } = context;
  const { runId, to, nodes, claimNext, by, key } = input;
  const command = to === "completed" ? "complete" : "fail";
  if (nodes.length === 0) throw usageError("the following arguments are required: node_id", command);
  if (new Set(nodes.map(({ nodeId }) => nodeId)).size < nodes.length)
    throw usageError("each node may be named once", command);
  loadRun(registry, runId);
  const end = to === "completed" ? complete : fail;
  const outcomes = nodes.map((node) => {
    const { nodeId } = node;
    try {
      const own = key === undefined ? {} : { key: `${key}:${nodeId}` };
      return { nodeId, outcome: end(context, { runId, ...node, by, ...own }) };
    } catch (error) {
      const told = storageError(error, `run ${runId}`);
      if (!isClawTaskError(told)) throw told;
      return { nodeId, error: told };
    }
  });
  const steps = claimNext === true ? continueRun(registry, runId, { self, by: resolveActor(context, by) }) : undefined;
  const documents = outcomes.map(({ nodeId, outcome, error }): EndedNodeDocument => {
    if (outcome === undefined) {
      const { remedy: _remedy, ...told } = toErrorDocument(error, self);
      return { ok: false, nodeId, error: told };
    }
    const { runStatus: _status, next: _next, ...document } = outcome.document;
    return document;
  });
  return {
    document: {
      ok: documents.every(({ ok }) => ok),
      runId,
      nodes: documents,
      runStatus: (steps?.run ?? loadRun(registry, runId).run).state.status,
      ...(steps === undefined ? {} : { next: toStepsDocument(steps) }),
    },
    notices: outcomes.flatMap(({ outcome }) => outcome?.notices ?? []),
    ended: outcomes.map(({ nodeId, outcome, error }) =>
      outcome === undefined ? { nodeId, error } : { nodeId, run: outcome.run, events: outcome.events },
    ),
    steps,
  };
}
