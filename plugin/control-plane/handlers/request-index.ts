import type { DatabaseSync } from "node:sqlite";
import { refreshFlows, refreshRuns, refreshTasks } from "../../../registry-helper/internal.ts";
import type { ApiContext } from "./context.ts";

/** The index as one request sees it: brought up to date before the first query, and not again until something is written. */
export class RequestIndex {
  private readonly context: ApiContext;
  private isFresh = false;

  constructor(context: ApiContext) {
    this.context = context;
  }

  query<Result>(ask: (database: DatabaseSync) => Result): Result {
    return this.context.index.use((database) => {
      this.refresh(database);
      return ask(database);
    });
  }

  /** Something was written: the next query looks again. */
  expire(): void {
    this.isFresh = false;
  }

  private refresh(database: DatabaseSync): void {
    if (this.isFresh) return;
    const { registry } = this.context;
    refreshRuns(registry, database);
    refreshFlows(registry, database);
    refreshTasks(registry, database);
    this.isFresh = true;
  }
}
