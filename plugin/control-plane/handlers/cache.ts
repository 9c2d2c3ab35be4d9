import type { DatabaseSync } from "node:sqlite";
import { LRUCache } from "lru-cache";
import type { ApiContext } from "./context.ts";

/** What is derived from the whole registry and the clock is not derived more often than this, in milliseconds. */
const CACHE_TTL_MS = 1_000;
/** How many such values are kept: a list that clients ask for in several lengths has one for each. */
const CACHE_SIZE = 100;

/** A value, and what it was made from: a file's time, a version. */
export interface Stamped<Value> {
  stamp: string;
  value: Value;
}

/** Things that are kept for an API worker between requests; gone with the API worker. */
const caches = new WeakMap<ApiContext, Map<string, unknown>>();

/** Something of this API worker under a name, made when it is asked for the first time. */
export function memoize<Cached>(context: ApiContext, name: string, create: () => Cached): Cached {
  const cache = caches.get(context) ?? new Map<string, unknown>();
  caches.set(context, cache);
  if (!cache.has(name)) cache.set(name, create());
  return cache.get(name) as Cached;
}

/** The value under a key while its stamp is this one, else a new one. */
export function memoizeByStamp<Value>(
  cache: LRUCache<string, Stamped<Value>>,
  key: string,
  stamp: string,
  create: () => Value,
): Value {
  const known = cache.get(key);
  if (known?.stamp === stamp) return known.value;
  const value = create();
  cache.set(key, { stamp, value });
  return value;
}

/**
 * A value that follows from the index and the clock: derived again when the index has changed, or after a second.
 * Many clients that look at once cost as much as one.
 */
export function memoizeByIndex<Value>(
  context: ApiContext,
  database: DatabaseSync,
  name: string,
  compute: () => Value,
): Value {
  const cache = memoize(
    context,
    "by index",
    () => new LRUCache<string, Stamped<Value>>({ max: CACHE_SIZE, ttl: CACHE_TTL_MS }),
  );
  return memoizeByStamp(cache, name, getDataVersion(database), compute);
}

/** Changes with every write to the index, by this process (`total_changes`) or another (`data_version`). */
function getDataVersion(database: DatabaseSync): string {
  const other = database.prepare("PRAGMA data_version").get()?.["data_version"];
  const own = database.prepare("SELECT total_changes() AS n").get()?.["n"];
  return `${String(other)} ${String(own)}`;
}
