import { TARGET_STATUSES, type TargetStatus } from "../../domain/run/state/node-transitions.ts";
import type { Json } from "../../model/json.ts";
import { countStatuses, type NodeStatus, type RunDocument, type RunStatus } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { commitRun } from "../../registry/run-store.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { normalizePayload, requireChoice, requireTextLength } from "../input-checks.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { loadFileFacts, missingFilesNotices } from "./evidence.ts";

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
      events,
      statusCounts: countStatuses(run.state.nodes),
      runStatus: run.state.status,
      ...(missing.length > 0 ? { missingArtifacts: missing } : {}),
    },
    notices: [...notices, ...missingFilesNotices(nodeId, missing)],
    run,
  };
}
