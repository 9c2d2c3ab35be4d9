import { useSyncExternalStore } from "react";
import type { Connection } from "./stream-client.ts";

/** How it stands with the server, for whoever shows it. */
let connection: Connection = { state: "connecting", since: Date.now() };
const listeners = new Set<() => void>();

export function setConnection(next: Connection): void {
  connection = next;
  for (const listener of listeners) listener();
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
