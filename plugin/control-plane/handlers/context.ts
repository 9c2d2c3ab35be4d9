import type { LedgerIndex, Registry } from "../../../registry-helper/internal.ts";
import type { ChangeFeed } from "../contract/change-feed.ts";

/** A request as the application takes it: no sockets, no streams, so that it can cross into a worker thread. */
export interface ApiRequest {
  method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Below the mount, such as "/api/tasks/t-…"; still percent-encoded, the application decodes each segment. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names; only `if-match`, `idempotency-key` and `accept` matter here. */
  headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined when there was no body. */
  body: unknown;
  caller: Caller;
}

/** Who asks. The server decides all of it, never the client. */
export interface Caller {
  /** How the journal names whoever gave the command, such as "dashboard". */
  actor: string;
  scope: "read" | "write";
  /** The id that the gateway gave the person whom it has verified; absent for whoever has a shared token. */
  personId?: string;
  /** Where the application is mounted. */
  mode: "standalone" | "gateway" | "gateway-frame";
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** What the application answers from. */
export interface ApiContext {
  registry: Registry;
  /** Kept open; brought up to date once per request. */
  index: LedgerIndex;
  changes: ChangeFeed;
  facts: () => ServerFacts;
  /** Is told what went wrong inside, which the client is not. */
  problem?: (message: string) => void;
}

/** What only the server around the application knows. */
export interface ServerFacts {
  version: string;
  /** ISO. */
  startedAt: string;
  /** The OpenClaw gateway, where the application is mounted in one. */
  host?: { version: string | null; connected: boolean };
  /** Open streams, and how many were dropped so far, by reason. */
  streams?: { clients: number; dropped?: Readonly<Record<string, number>> };
  /** Bytes of memory that the server's process holds. */
  memoryBytes?: number;
}
