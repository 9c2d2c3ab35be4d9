import type {
  DeliveryReport,
  NotifyPolicy,
  TaskCommand,
  TaskRecord,
  TaskRuntime,
} from "../../registry-helper/index.ts";
import type { DeliveryOwner, OpenDelivery } from "../delivery/pending-delivery.ts";
import type { ObservedSignal } from "./adapters/signals.ts";

/** Signals that were heard in one turn of the event loop. Batches are counted up. */
export interface SignalBatch {
  type: "signals";
  batch: number;
  signals: ObservedSignal[];
}

/** What the gateway's thread asks the worker, and what each is answered with. */
export interface Questions {
  /** Whether the report changed the record. */
  report: { ask: { owner: DeliveryOwner; report: DeliveryReport }; answer: boolean };
  /** Everything that was heard so far is on disk. */
  drain: { ask: object; answer: true };
  change: { ask: { command: TaskCommand }; answer: { changed: boolean; refused: string | null } };
  /** What came of a wish to change the cron job of a run. */
  cronPatch: { ask: { runId: string; outcome: "applied" | "refused"; reason?: string }; answer: true };
  /** Tasks that go on. */
  running: { ask: object; answer: TaskRecord[] };
  /** Runs a command line of the helper on this registry. */
  cli: { ask: { argv: string[]; by?: string }; answer: { exit: number; out: string; err: string } };
}

type Question = { [Kind in keyof Questions]: { type: Kind; id: number } & Questions[Kind]["ask"] }[keyof Questions];

/** From the gateway's thread to the worker. */
export type ToWorker = SignalBatch | { type: "look" } | Question;

/** A wish to stop work that the gateway has not acted on. */
export interface CancelWish {
  taskId: string;
  hostTaskId: string | null;
  requesterSessionKey: string | null;
  /** The run that works on it. */
  runId: string | null;
  reason: string | null;
}

/** A run that something could be done in, and whose agent may not know it. */
export interface RunWake {
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
export interface CronPatchWish {
  runId: string;
  jobId: string;
  patch: object;
}

/** What the registry wants of the gateway. */
export interface OpenWork {
  deliveries: OpenDelivery[];
  cancels: CancelWish[];
  wakes?: RunWake[];
  cronPatches?: CronPatchWish[];
}

/** From the worker to the gateway's thread. */
export type FromWorker =
  | ({ type: "open" } & OpenWork)
  /** This batch and all before it are on disk. */
  | { type: "kept"; batch: number }
  /** Null when the worker could not answer. */
  | { type: "answer"; id: number; value: unknown }
  | { type: "problem"; message: string };

export interface WorkerSetup {
  root: string;
  /** How often the registry is looked at for what others changed, in milliseconds. */
  lookEveryMs: number;
  /** Who hears of which runtime's work, where the operator chose. */
  notify: Partial<Record<TaskRuntime, NotifyPolicy>>;
}
