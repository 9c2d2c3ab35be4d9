import type { DatabaseSync } from "node:sqlite";
import { refreshFlows } from "../../../registry-helper/views/index/refresh-flows.ts";
import { refreshRuns } from "../../../registry-helper/views/index/refresh-runs.ts";
import { refreshTasks } from "../../../registry-helper/views/index/refresh-tasks.ts";
import type { Desk } from "./context.ts";

/** The index as one request sees it: brought up to date before the first query, and not again until something is written. */
export class ReadSide {
  private readonly desk: Desk;
  private isFresh = false;

  constructor(desk: Desk) {
    this.desk = desk;
  }

  query<Result>(ask: (database: DatabaseSync) => Result): Result {
    return this.desk.index.use((database) => {
      this.freshen(database);
      return ask(database);
    });
  }

  /** Something was written: the next query looks again. */
  expire(): void {
    this.isFresh = false;
  }

  private freshen(database: DatabaseSync): void {
    if (this.isFresh) return;
    const { registry } = this.desk;
    refreshRuns(registry, database);
    refreshFlows(registry, database);
    refreshTasks(registry, database);
    this.isFresh = true;
  }
}
