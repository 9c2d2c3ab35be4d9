import type { DatabaseSync } from "node:sqlite";
import type { IndexedContext } from "../../operations/operation.ts";
import { withIndex } from "../../views/index/with-index.ts";
import { LedgerIndex } from "../../views/queries/ledger-index.ts";
import type { CommandContext } from "../command.ts";

/** Less than this is indexed before anybody has read a line about it. */
const MIN_REPORTED_BYTES = 32 * 1024 * 1024;

/** Runs a query on the index, telling a person at a terminal when building it takes long. */
export function indexed<Result>(
  { registry, progress }: Pick<CommandContext, "registry" | "progress">,
  query: (database: DatabaseSync) => Result,
): Result {
  let hasReported = false;
  const report = (done: number, total: number): void => {
    if (total < MIN_REPORTED_BYTES) return;
    hasReported = true;
    progress(`\rreading the ledger: ${Math.floor((done / total) * 100)}%`);
    if (done >= total) progress("\r\u001b[K");
  };
  const result = withIndex(registry, query, report);
  if (hasReported) progress("\r\u001b[K");
  return result;
}

/** The command's context for operations that read lists. */
export function toIndexedContext(context: CommandContext): CommandContext & IndexedContext {
  return { ...context, queryIndex: (query) => indexed(context, query) };
}

/** The same on an index that is kept open, for commands that read the ledger again and again while they run. */
export async function withOpenIndex<Result>(
  context: CommandContext,
  use: (context: CommandContext & IndexedContext) => Promise<Result>,
): Promise<Result> {
  const index = new LedgerIndex(context.registry);
  const queryIndex: IndexedContext["queryIndex"] = (query) => {
    index.refresh();
    return index.use(query);
  };
  try {
    return await use({ ...context, queryIndex });
  } finally {
    index.close();
  }
}
