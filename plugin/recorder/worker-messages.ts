import type { DeliveryReport } from "../../registry-helper/index.ts";
import type { OpenDelivery } from "./open-delivery.ts";
import type { ObservedSignal } from "./signals.ts";

/** Signals that were heard in one turn of the event loop. Batches are counted up. */
export interface SignalBatch {
  type: "signals";
  batch: number;
  signals: ObservedSignal[];
}

/** From the gateway's thread to the worker. */
export type ToWorker =
  | SignalBatch
  | { type: "look" }
  | { type: "report"; id: number; owner: OpenDelivery["owner"]; report: DeliveryReport }
  | { type: "drain"; id: number };

/** From the worker to the gateway's thread. */
export type FromWorker =
  | { type: "open"; deliveries: OpenDelivery[] }
  /** This batch and all before it are on disk. */
  | { type: "kept"; batch: number }
  | { type: "reported"; id: number; changed: boolean }
  | { type: "drained"; id: number }
  | { type: "problem"; message: string };

export interface WorkerSetup {
  root: string;
  /** How often the registry's runs are looked at, in milliseconds. */
  lookEveryMs: number;
}
