import type { DatabaseSync } from "node:sqlite";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { AttentionItem } from "../../../registry-helper/index.ts";
import { listAttention } from "../../../registry-helper/views/queries/list-attention.ts";
import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import type { RunState } from "../../../registry-helper/model/run-documents.ts";
import { taskById } from "../../../registry-helper/views/queries/task-queries.ts";
import type { Desk } from "./context.ts";
import { attentionShown, type AttentionShown, type Subjects } from "./attention-item.ts";
import { type Handler, numberOf } from "./handler.ts";
import { derived } from "./cache.ts";

/** Everything that needs somebody, the most urgent first. */
export function attentionIn(desk: Desk, database: DatabaseSync): AttentionItem[] {
  return derived(desk, database, "attention", () => listAttention(desk.registry, database));
}

/** Looks subjects of items up, each run once. */
export function subjectsIn(desk: Desk, database: DatabaseSync): Subjects {
  const runs = new Map<string, RunState | undefined>();
  return {
    run: (runId) => {
      if (!runs.has(runId)) runs.set(runId, stateOf(desk, runId));
      return runs.get(runId);
    },
    task: (taskId) => taskById(database, taskId),
  };
}

function stateOf({ registry }: Desk, runId: string): RunState | undefined {
  try {
    return loadRun(registry, runId).run.state;
  } catch {
    // It was there when the list was made; what can be done about it is looked up by whoever opens it.
    return undefined;
  }
}

export function attentionPage(
  desk: Desk,
  database: DatabaseSync,
  limit: number,
): { items: AttentionShown[]; total: number } {
  const all = attentionIn(desk, database);
  const items = derived(desk, database, `attention ${limit}`, () => {
    const subjects = subjectsIn(desk, database);
    return all.slice(0, limit).map((item) => attentionShown(item, subjects));
  });
  return { items, total: all.length };
}

export const listAttentionHandler: Handler = ({ desk, read, query }) => ({
  document: read.query((database) => attentionPage(desk, database, numberOf(query, "limit") ?? DEFAULT_LIMIT)),
});
