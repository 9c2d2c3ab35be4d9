import { hashKey, type QueryClient, type QueryKey } from "@tanstack/react-query";
import { listQueryKeys } from "./query-invalidation.ts";
import type { ServerMessage } from "./response-types.ts";

/** A query is asked again at most this often, however many changes concern it. */
const MIN_INTERVAL_MS = 250;

/**
 * Keeps what is shown up to date: each change marks the queries that it concerns, and these are asked again. One that
 * is being answered waits for its turn, so that a slow server is not asked ever again without an answer.
 */
export class LiveQueries {
  private readonly client: QueryClient;
  private readonly dirty = new Map<string, QueryKey>();
  private readonly onTaskChanged: (taskIds: readonly string[]) => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastFlush = 0;

  constructor(client: QueryClient, onTaskChanged: (taskIds: readonly string[]) => void) {
    this.client = client;
    this.onTaskChanged = onTaskChanged;
  }

  handle(message: ServerMessage): void {
    if (message.type === "snapshot") {
      this.client.setQueryData(["overview"], message.overview);
      // Whatever was asked before the line stood may have missed a change.
      void this.client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "overview" });
      return;
    }
    if (message.type !== "changes") return;
    for (const change of message.changes)
      for (const topic of listQueryKeys(change)) this.dirty.set(hashKey(topic), topic);
    const tasks = message.changes.flatMap(({ kind, id }) => (kind === "task" ? [id] : []));
    if (tasks.length > 0) this.onTaskChanged([...new Set(tasks)]);
    this.plan();
  }

  private plan(): void {
    if (this.dirty.size === 0) return;
    this.timer ??= setTimeout(() => this.flush(), Math.max(0, this.lastFlush + MIN_INTERVAL_MS - Date.now()));
  }

  private flush(): void {
    this.timer = undefined;
    this.lastFlush = Date.now();
    for (const [hash, queryKey] of this.dirty) {
      if (this.client.isFetching({ queryKey }) > 0) continue;
      this.dirty.delete(hash);
      void this.client.invalidateQueries({ queryKey });
    }
    this.plan();
  }
}
