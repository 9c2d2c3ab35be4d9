/** What the server's thread and the API worker say to each other. */
import type { Change, ChangePage } from "../../../registry-helper/internal.ts";
import type { SupervisionSetup } from "../../worker/supervised-thread.ts";
import type { WorkerCall, WorkerReply } from "../../worker/supervised-worker.ts";
import type { ApiRequest, ApiResponse, ServerFacts } from "../handlers/context.ts";

/** What the API worker is started with. */
export interface ApiWorkerSetup extends SupervisionSetup {
  root: string;
  /** Until the first request tells newer ones. */
  facts: ServerFacts;
}

/** A request as it crosses threads: the body is parsed where the application runs. */
export type SerializedRequest = Omit<ApiRequest, "query" | "body"> & { query: string; bodyText: string | undefined };

/** The lists that a stream begins with, as JSON members without braces, and the cursor from which changes follow. */
export interface StreamSnapshot {
  cursor: string;
  members: string;
}

/** What is asked of the API worker, and what it answers. */
export interface RpcMethods {
  request: { ask: { request: SerializedRequest; facts: ServerFacts }; answer: ApiResponse };
  /** Changes behind a cursor, none behind what was posted already. Null: the cursor cannot be used. */
  read: { ask: { after: string; limit: number }; answer: ChangePage | null };
  snapshot: { ask: { facts: ServerFacts }; answer: StreamSnapshot };
}

/** What it is told without an answer. */
export interface ApiWorkerPost {
  type: "follow";
  /** Whether any client follows the changes. */
  on: boolean;
}

export type WorkerRequest = WorkerCall<RpcMethods> | ApiWorkerPost;

/** What it tells without being asked. */
export type ApiWorkerEvent =
  /** First message of an API worker. Changes from this cursor on will be posted. */
  | { type: "ready"; cursor: string }
  | { type: "changes"; changes: Change[]; cursor: string }
  /** The log begins anew: no earlier cursor can be used. */
  | { type: "reset"; cursor: string }
  | { type: "problem"; message: string };

export type WorkerMessage = ApiWorkerEvent | WorkerReply;
