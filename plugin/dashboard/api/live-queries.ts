import { hashKey, type QueryClient, type QueryKey } from "@tanstack/react-query";
import type { LiveList } from "./live-list.ts";
import { get } from "./request.ts";
import type { ServerMessage, Change, TaskListItem, TaskResponse } from "./response-types.ts";

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

/** The queries that a change concerns, by the beginning of their keys. */
export function listQueryKeys({ kind, id }: Change): QueryKey[] {
  const everywhere: QueryKey[] = [["overview"], ["attention"], ["status"]];
  switch (kind) {
    case "task":
      return [...everywhere, ["tasks"], ["task", id], ["run-tasks"], ["flow"]];
    case "run":
      return [...everywhere, ["runs"], ["run", id], ["flows"], ["flow", `run:${id}`], ["workflow"], ["compare"]];
    case "flow":
      return [...everywhere, ["flows"], ["flow", id]];
    case "workflow":
      return [["workflows"], ["workflow"]];
  }
}

/** Rows that the first page brings anew by itself. */
const FIRST_PAGE = 100;
/** More at once than somebody can see; the rest comes when the list is opened again. */
const MAX_PER_FLUSH = 20;
const INTERVAL_MS = 500;

/** Brings changed tasks up to date that stand further down in a list than its first page. */
export class ChangedTasks {
  private readonly client: QueryClient;
  private readonly pending = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient) {
    this.client = client;
  }

  handle(taskIds: readonly string[]): void {
    for (const [, list] of this.lists()) {
      const below = new Set(list?.rows.slice(FIRST_PAGE).map(({ taskId }) => taskId));
      for (const taskId of taskIds) if (below.has(taskId)) this.pending.add(taskId);
    }
    if (this.pending.size > 0) this.timer ??= setTimeout(() => void this.flush(), INTERVAL_MS);
  }

  private lists(): [readonly unknown[], LiveList<TaskListItem> | undefined][] {
    return this.client.getQueriesData<LiveList<TaskListItem>>({ queryKey: ["tasks"], type: "active" });
  }

  private async flush(): Promise<void> {
    this.timer = undefined;
    const taskIds = [...this.pending].slice(0, MAX_PER_FLUSH);
    this.pending.clear();
    const answers = await Promise.allSettled(
      taskIds.map((taskId) => get<TaskResponse>(`api/tasks/${encodeURIComponent(taskId)}`)),
    );
    const fresh = new Map(
      answers.flatMap((one) => (one.status === "fulfilled" ? [[one.value.task.taskId, one.value.task] as const] : [])),
    );
    for (const [queryKey] of this.lists())
      this.client.setQueryData<LiveList<TaskListItem>>(queryKey, (list) =>
        list === undefined ? list : { ...list, rows: list.rows.map((row) => fresh.get(row.taskId) ?? row) },
      );
  }
}
