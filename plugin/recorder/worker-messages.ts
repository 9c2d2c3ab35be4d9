import type {
  ApprovalAccess,
  DeliveryReport,
  NotifyPolicy,
  OperationName,
  EventOrigin,
  OperationResult,
  StaleThresholds,
  TaskCommand,
  TaskRecord,
  TaskRuntime,
} from "../../registry-helper/internal.ts";
import type { DeliveryOwner, PendingDelivery } from "../delivery/pending-delivery.ts";
import type { SupervisionSetup } from "../worker/supervised-thread.ts";
import type { WorkerCall, WorkerReply } from "../worker/supervised-worker.ts";
import type { WorkSubject } from "../worker/work-note.ts";
import type { ObservedSignal } from "./adapters/signals.ts";

/** Signals that were heard in one turn of the event loop. Batches are counted up. */
export interface SignalBatch {
  type: "signals";
  batch: number;
  signals: ObservedSignal[];
}

/** What the gateway's thread asks the worker, and what each is answered with. */
export interface RecorderMethods {
  /** Whether the report changed the record. */
  report: { ask: { owner: DeliveryOwner; report: DeliveryReport }; answer: boolean };
  /** Everything that was heard so far is on disk. */
  drain: { ask: object; answer: true };
  change: { ask: { command: TaskCommand }; answer: { changed: boolean; refused: string | null } };
  /** What came of a wish to change the cron job of a run. */
  cronPatch: { ask: { runId: string; outcome: "applied" | "refused"; reason?: string }; answer: true };
  /** Tasks that go on. */
  running: { ask: object; answer: TaskRecord[] };
  operation: { ask: OperationRequest; answer: OperationResult<object> };
}

/** An operation to carry out on this registry, in the name of `actor`. */
export interface OperationRequest {
  operation: OperationName;
  input: object;
  actor?: string | undefined;
  /** By which surface it came, and from whose session. */
  origin?: EventOrigin | undefined;
}

/** What the worker is told without an answer. */
export type RecorderPost = SignalBatch | { type: "look" };

/** From the gateway's thread to the worker. */
export type RecorderRequest = RecorderPost | WorkerCall<RecorderMethods>;

/** A wish to stop work that the gateway has not acted on. */
export interface CancelRequest {
  taskId: string;
  hostTaskId: string | null;
  requesterSessionKey: string | null;
  /** The run that works on it. */
  runId: string | null;
  reason: string | null;
}

/** A run that something could be done in, and whose agent may not know it. */
export interface WakeRequest {
  runId: string;
  title: string;
  /** The session that drives it. */
  sessionKey: string;
  /** What is to be done, in words. */
  why: string;
  /** When the run changed last, in epoch ms; a wake is due some time after that. */
  since: number;
  /** Names this state of the run: for one state the agent is woken only a few times. */
  stamp: string;
}

/** A wish to change the cron job of a run. */
export interface CronPatchRequest {
  runId: string;
  jobId: string;
  patch: object;
}

/** What the registry wants of the gateway. */
export interface PendingWork {
  deliveries: PendingDelivery[];
  cancels: CancelRequest[];
  wakes?: WakeRequest[];
  cronPatches?: CronPatchRequest[];
}

/** What the worker tells without being asked. */
export type RecorderEvent =
  | ({ type: "open" } & PendingWork)
  /** This batch and all before it are on disk. */
  | { type: "kept"; batch: number }
  /** What had been set aside was read after all. */
  | { type: "taken_back"; subject: WorkSubject }
  | { type: "problem"; message: string };

/** From the worker to the gateway's thread. An answer is null when the worker could not give one. */
export type RecorderMessage = RecorderEvent | WorkerReply;

export interface RecorderSetup extends SupervisionSetup {
  root: string;
  /** How often the registry is looked at for what others changed, in milliseconds. */
  pollIntervalMs: number;
  /** Who hears of which runtime's work, where the operator chose. */
  notify: Partial<Record<TaskRuntime, NotifyPolicy>>;
  /** Who may answer approvals that say nothing themselves, where the operator chose. */
  approvals?: ApprovalAccess;
  /** Thresholds of attention that the operator changed, in milliseconds. */
  staleAfter?: Partial<StaleThresholds>;
  /** What earlier workers did not come back from: left alone until its file is another one. */
  setAside?: readonly WorkSubject[];
}
