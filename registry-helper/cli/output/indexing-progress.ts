import type { DatabaseSync } from "node:sqlite";
import { withIndex } from "../../views/index/with-index.ts";
import type { VerbContext } from "../command.ts";

/** Less than this is indexed before anybody has read a line about it. */
const WORTH_TELLING_BYTES = 32 * 1024 * 1024;

/** Runs a query on the index, telling a person at a terminal when building it takes long. */
export function indexed<Result>(
  { registry, progress }: Pick<VerbContext, "registry" | "progress">,
  query: (database: DatabaseSync) => Result,
): Result {
  let told = false;
  const tell = (done: number, total: number): void => {
    if (total < WORTH_TELLING_BYTES) return;
    told = true;
    progress(`\rreading the ledger: ${Math.floor((done / total) * 100)}%`);
    if (done >= total) progress("\r\u001b[K");
  };
  const result = withIndex(registry, query, tell);
  if (told) progress("\r\u001b[K");
  return result;
}
