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
import { type Handler, getNumber, getText } from "./handler.ts";

/** Everything that needs somebody, the most urgent first. */
export function getAttention(context: ApiContext, database: DatabaseSync, session?: string): AttentionItem[] {
  const list = (): AttentionItem[] => listAttention(context.registry, database, { session });
  return session === undefined ? memoizeByIndex(context, database, "attention", list) : list();
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
  { limit, session }: { limit: number; session?: string | undefined },
): { items: AttentionEntry[]; total: number } {
  const all = getAttention(context, database, session);
  const toEntries = (): AttentionEntry[] => {
    const lookup = createSubjectLookup(context, database);
    return all.slice(0, limit).map((item) => toAttentionEntry(item, lookup));
  };
  const isCommon = session === undefined;
  const items = isCommon ? memoizeByIndex(context, database, `attention ${limit}`, toEntries) : toEntries();
  return { items, total: all.length };
}

export const listAttentionHandler: Handler = ({ context, read, query }) => ({
  document: read.query((database) =>
    getAttentionPage(context, database, {
      limit: getNumber(query, "limit") ?? DEFAULT_LIMIT,
      session: getText(query, "session"),
    }),
  ),
});
