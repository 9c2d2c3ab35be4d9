import { parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import type { FlowChange } from "../../registry/flow-store.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { findFlow } from "../../views/queries/flow-queries.ts";
import type { ChangeInput, IndexedContext, Outcome } from "../operation.ts";

/** What every change of a flow takes. */
export interface FlowChangeInput extends ChangeInput {
  /** A flow id or its last part, `run:<run id>`, or the session that owns it. */
  flow: string;
}

/** A flow after a change. */
export interface FlowChangeDocument {
  ok: true;
  flowId: string;
  revision: number;
  /** False when there was nothing to do, and when the key had been used before. */
  changed: boolean;
  replayed: boolean;
  flow: FlowRecord;
}

export function toChangeOutcome({ flow, changed, replayed, notices }: FlowChange): Outcome<FlowChangeDocument> {
  const { flowId, revision } = flow;
  return { document: { ok: true, flowId, revision, changed, replayed, flow }, notices };
}

/**
 * The id of the flow that a person means. A whole id needs no index.
 *
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id`
 */
export function resolveFlowId({ queryIndex }: Pick<IndexedContext, "queryIndex">, reference: string): string {
  if (isFlowId(reference) || parseRunFlowId(reference) !== undefined) return reference;
  return queryIndex((database) => findFlow(database, reference).flowId);
}
