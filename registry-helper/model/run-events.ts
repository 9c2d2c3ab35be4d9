import type { DeliveryChange, DeliveryEventName } from "./delivery-record.ts";
import type { Via } from "./event-origin.ts";
import type { Json, JsonObject } from "./json.ts";
import type {
  ApprovalAnswer,
  ApprovalBypass,
  CronPatch,
  Evidence,
  LeftFile,
  NodeClaim,
  NodeReason,
  Observation,
  RunDocument,
  RunNode,
} from "./run-documents.ts";
import type { TokenUsage } from "./task-record.ts";

/** Version of the journal lines that this code writes. A reader refuses a higher one. */
export const SCHEMA_VERSION = 1;

export type RunEventName =
  | "run.created"
  | "run.adopted"
  | "run.progress"
  | "run.cron_bound"
  | "run.driver_bound"
  | "run.route_bound"
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
  | "run.unbound"
  | "run.paused"
  | "run.resumed"
  | "run.cancelled"
  | "run.noted"
  | "run.message_planned"
  | "run.cron_patch_asked"
  | "run.cron_patch_answered"
  | "run.event_received"
  | "run.reported"
  | "run.archived"
  | "run.unarchived"
  | "control.recorded"
  | "control.rejected"
  | "control.read"
  | "node.added"
  | "node.rewired"
  | "node.noted"
  | "node.result_recorded"
  | "node.observed"
  | "node.conflict"
  | "node.claim_extended"
  | "node.answer_reported"
  | DeliveryEventName;

/** An explicit intent of an operator or agent, as it is recorded before it is applied. */
export interface RecordedControl {
  id: string;
  action: string;
  by: string;
  nodeId?: string;
  message?: string;
  patch?: Json;
  /** True when it was read from `control.jsonl`, where other tools write. */
  isFromFile?: true;
}

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
  /** Idempotency key and a digest of the command; on the first event of an operation only. */
  key?: string;
  digest?: string;
  /** How many events the operation has; on the first one, when there are several or it has a key. */
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
  /** With `missingArtifacts`: the node keeps them. Earlier versions only wrote them into this line. */
  unverified?: true;
  /** Those of them that were there, but not written since the attempt started. */
  staleArtifacts?: string[];
  /** On an event that starts a further attempt: the files that it is to leave behind, as earlier ones left them. */
  filesBefore?: Evidence[];
  /** On the same event: those of them that are moved, and where to. */
  left?: LeftFile[];
  /** Failed nodes that keep the run from going on, on `run.blocked`. */
  blockedBy?: string[];
  /** On `control.*`: what was asked for, by whom. */
  control?: RecordedControl;
  /** On `control.rejected`: the error's code; its words are the message. */
  code?: string;
  /** On `control.read`: bytes of `control.jsonl` that have been taken over. */
  controlBytes?: number;
  /** Who did it, where that is not the agent that drives the run: `observed`, `clock`, a person. */
  by?: string;
  /** By which surface the command came, and from whose session: set by the code that received it. */
  via?: Via;
  session?: string;
  reason?: NodeReason;
  /** On `node.started`: the lease, its holder and its token; without one, the token is this event's position. */
  claim?: Omit<NodeClaim, "token"> & { token?: number };
  deadlineAt?: string;
  retryAt?: string;
  evidence?: Evidence[];
  output?: JsonObject;
  answer?: Omit<ApprovalAnswer, "at">;
  /** On the end of an approval that nobody answered. */
  bypass?: Omit<ApprovalBypass, "at">;
  observed?: Observation;
  /** On `node.observed`: what the attempt cost. */
  usage?: TokenUsage;
  skippedBy?: string;
  /** On `node.added`: the whole node, and which node it stands before. */
  node?: RunNode;
  before?: string;
  /** On `node.rewired`. */
  needs?: string[];
  /** On `run.unbound`. */
  kind?: string;
  /** On `run.message_planned`. */
  messageId?: string;
  cronPatch?: CronPatch;
  /** The plan to tell the requester, on `run.completed` and `run.failed`; the change, on `delivery.*`. */
  delivery?: DeliveryChange;
  /** The run as created or as found, on `run.created` and `run.adopted`; everything later builds on it. */
  snapshot?: RunDocument;
  /** On `run.created` and `run.adopted`. */
  schema?: number;
}

/** An event as `decide` makes it; the operation adds time, run id and position. */
export type RunEventDraft = Omit<RunEvent, "timestamp" | "runId" | "seq" | "payload"> & { payload?: Json };

/** The nodes that became ready by these events; those of a run that begins are implied. */
export function getReadyNodes(events: readonly RunEvent[]): string[] {
  return events.flatMap(({ event, nodeId, implied }) =>
    event === "node.ready" && implied !== true && nodeId !== undefined ? [nodeId] : [],
  );
}
