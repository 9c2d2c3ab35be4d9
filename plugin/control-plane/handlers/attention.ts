import type { DatabaseSync } from "node:sqlite";
import {
  type AttentionItem,
  DEFAULT_LIMIT,
  listAttention,
  loadRun,
  readApprovalDefaults,
  type RunState,
  taskById,
} from "../../../registry-helper/internal.ts";
import { toAttentionEntry, type AttentionEntry, type SubjectLookup } from "./attention-item.ts";
import { memoizeByIndex } from "./cache.ts";
import type { ApiContext } from "./context.ts";
import { type Handler, getNumber } from "./handler.ts";

/** Everything that needs somebody, the most urgent first. */
export function getAttention(context: ApiContext, database: DatabaseSync): AttentionItem[] {
  return memoizeByIndex(context, database, "attention", () => listAttention(context.registry, database));
}

/** Looks subjects of items up, each run once. */
export function createSubjectLookup(context: ApiContext, database: DatabaseSync): SubjectLookup {
  const runs = new Map<string, RunState | undefined>();
  return {
    run: (runId) => {
      if (!runs.has(runId)) runs.set(runId, findRunState(context, runId));
      return runs.get(runId);
    },
    task: (taskId) => taskById(database, taskId),
    approvals: readApprovalDefaults(context.registry),
  };
}

function findRunState({ registry }: ApiContext, runId: string): RunState | undefined {
  try {
    return loadRun(registry, runId).run.state;
  } catch {
    // It was there when the list was made; what can be done about it is looked up by whoever opens it.
    return undefined;
  }
}

export function getAttentionPage(
  context: ApiContext,
  database: DatabaseSync,
  limit: number,
): { items: AttentionEntry[]; total: number } {
  const all = getAttention(context, database);
  const items = memoizeByIndex(context, database, `attention ${limit}`, () => {
    const lookup = createSubjectLookup(context, database);
    return all.slice(0, limit).map((item) => toAttentionEntry(item, lookup));
  });
  return { items, total: all.length };
}

export const listAttentionHandler: Handler = ({ context, read, query }) => ({
  document: read.query((database) => getAttentionPage(context, database, getNumber(query, "limit") ?? DEFAULT_LIMIT)),
});
