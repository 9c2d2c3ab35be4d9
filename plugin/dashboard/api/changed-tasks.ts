import type { QueryClient } from "@tanstack/react-query";
import type { LiveList } from "./live-list.ts";
import { get } from "./request.ts";
import type { TaskListItem, TaskResponse } from "./response-types.ts";

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
