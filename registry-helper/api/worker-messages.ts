/** What crosses between the caller's thread and the registry's thread. */
import type { ErrorDocument } from "../model/error-document.ts";
import type { OperationName } from "../operations/catalog.ts";

export interface RegistryCall {
  id: number;
  name: OperationName;
  /** Checked by the sender. */
  input: object;
}

export interface WorkerDocument {
  id: number;
  document: object;
  notices: readonly string[];
}

export type WorkerAnswer =
  | WorkerDocument
  | { id: number; error: ErrorDocument }
  /** Anything else that was thrown: a defect. */
  | { id: number; defect: unknown };
