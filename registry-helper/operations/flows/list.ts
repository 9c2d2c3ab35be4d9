import { FLOW_STATUSES, type FlowRecord } from "../../model/flow-record.ts";
import { type FlowRow, listFlows } from "../../views/queries/flow-queries.ts";
import { requireChoice, resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";

export interface FlowListInput {
  status?: string | undefined;
  /** The owner's session, or its beginning. */
  owner?: string | undefined;
  limit?: number | undefined;
}

export interface FlowListDocument {
  ok: true;
  registryRoot: string;
  flows: FlowRecord[];
  /** Flows whose journal cannot be read, and why. */
  unreadable: { flowId: string; problem: string | null }[];
}

/**
 * Flows and the flows of runs, the most recently changed first.
 *
 * @returns the document, and its rows in their order
 * @throws ClawTaskError `usage`
 */
export function list(
  { registry, queryIndex }: Pick<IndexedContext, "registry" | "queryIndex">,
  { status, owner, limit }: FlowListInput,
): Outcome<FlowListDocument> & { rows: FlowRow[] } {
  requireChoice(status, FLOW_STATUSES, "--status", "flows list");
  const filter = { status, owner, limit: resolveLimit(limit, "flows list") };
  const rows = queryIndex((database) => listFlows(database, filter));
  return {
    document: {
      ok: true,
      registryRoot: registry.root,
      flows: rows.flatMap(({ flow }) => flow ?? []),
      unreadable: rows.filter(({ flow }) => flow === null).map(({ flowId, problem }) => ({ flowId, problem })),
    },
    rows,
  };
}
