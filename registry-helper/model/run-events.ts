import type { DeliveryChange, DeliveryEventName } from "./delivery-record.ts";
import type { Json } from "./json.ts";
import type { RunDocument } from "./run-documents.ts";

/** Version of the journal lines that this code writes. A reader refuses a higher one. */
export const SCHEMA_VERSION = 1;

export type RunEventName =
  | "run.created"
  | "run.adopted"
  | "run.progress"
  | "run.cron_bound"
  | "run.driver_bound"
  | "run.completed"
  | "run.failed"
  | "run.blocked"
  | "run.reopened"
  | "node.pending"
  | "node.ready"
  | "node.started"
  | "node.waiting"
  | "node.completed"
  | "node.failed"
  | "node.skipped"
  | "node.session_bound"
  | "node.child_session_bound"
  | "node.run_bound"
  | DeliveryEventName;

/**
 * One line of `runs/<runId>/events.jsonl`. The first six keys are OpenTask's, in its order; its readers
 * ignore the others.
 */
export interface RunEvent {
  event: RunEventName;
  /** See `time.ts`. Strictly increasing within a journal. */
  timestamp: string;
  runId: string;
  payload: Json;
  nodeId?: string;
  message?: string;
  /** Position in the journal, from 1; a line of another writer counts too. */
  seq: number;
  /** Idempotency key, a digest of the command and the number of events; on the first event of an operation only. */
  key?: string;
  digest?: string;
  span?: number;
  /** What was bound, on `*_bound` events. Null clears. */
  value?: string | null;
  /**
   * True when nobody did this step: OpenTask's `validate` expects it in the log before a skip, a failure
   * or a wait, so it is recorded as implied by the event that follows.
   */
  implied?: true;
  /** Declared files that did not exist when the node completed; absent when all did or none were declared. */
  missingArtifacts?: string[];
  /** Failed nodes that keep the run from going on, on `run.blocked`. */
  blockedBy?: string[];
  /** The plan to tell the requester, on `run.completed` and `run.failed`; the change, on `delivery.*`. */
  delivery?: DeliveryChange;
  /** The run as created or as found, on `run.created` and `run.adopted`; everything later builds on it. */
  snapshot?: RunDocument;
  /** On `run.created` and `run.adopted`. */
  schema?: number;
}

/** An event as `decide` makes it; the operation adds time, run id and position. */
export type RunEventDraft = Omit<RunEvent, "timestamp" | "runId" | "seq" | "payload"> & { payload?: Json };
