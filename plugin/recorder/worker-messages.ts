import type { DeliveryReport } from "../../registry-helper/index.ts";
import type { OpenDelivery } from "./open-delivery.ts";
import type { ObservedSignal } from "./signals.ts";

/** From the gateway's thread to the worker. */
export type ToWorker =
  | { type: "signals"; signals: ObservedSignal[] }
  | { type: "look" }
  | { type: "report"; id: number; owner: OpenDelivery["owner"]; report: DeliveryReport }
  | { type: "drain"; id: number };

/** From the worker to the gateway's thread. */
export type FromWorker =
  | { type: "open"; deliveries: OpenDelivery[] }
  | { type: "reported"; id: number; changed: boolean }
  | { type: "drained"; id: number }
  | { type: "problem"; message: string };

export interface WorkerSetup {
  root: string;
  /** How often the registry's runs are looked at, in milliseconds. */
  lookEveryMs: number;
}
