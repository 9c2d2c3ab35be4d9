import type { QueryClient } from "@tanstack/react-query";
import type { ShownTask, TaskAnswer } from "./response-types.ts";
import type { LiveList } from "./live-list.ts";
import { get } from "./request.ts";

/** Rows that the first page brings anew by itself. */
const FIRST_PAGE = 100;
/** More at once than somebody can see; the rest comes when the list is opened again. */
const MOST_AT_ONCE = 20;
const EVERY_MS = 500;

/** Brings changed tasks up to date that stand further down in a list than its first page. */
export class ChangedTasks {
  private readonly client: QueryClient;
  private readonly waiting = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient) {
    this.client = client;
  }

  take(taskIds: readonly string[]): void {
    for (const [, list] of this.lists()) {
      const behind = new Set(list?.rows.slice(FIRST_PAGE).map(({ taskId }) => taskId));
      for (const taskId of taskIds) if (behind.has(taskId)) this.waiting.add(taskId);
    }
    if (this.waiting.size > 0) this.timer ??= setTimeout(() => void this.flush(), EVERY_MS);
  }

  private lists(): [readonly unknown[], LiveList<ShownTask> | undefined][] {
    return this.client.getQueriesData<LiveList<ShownTask>>({ queryKey: ["tasks"], type: "active" });
  }

  private async flush(): Promise<void> {
    this.timer = undefined;
    const taskIds = [...this.waiting].slice(0, MOST_AT_ONCE);
    this.waiting.clear();
    const answers = await Promise.allSettled(
      taskIds.map((taskId) => get<TaskAnswer>(`api/tasks/${encodeURIComponent(taskId)}`)),
    );
    const fresh = new Map(
      answers.flatMap((one) => (one.status === "fulfilled" ? [[one.value.task.taskId, one.value.task] as const] : [])),
    );
    for (const [queryKey] of this.lists())
      this.client.setQueryData<LiveList<ShownTask>>(queryKey, (list) =>
        list === undefined ? list : { ...list, rows: list.rows.map((row) => fresh.get(row.taskId) ?? row) },
      );
  }
}
