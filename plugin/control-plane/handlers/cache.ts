import type { DatabaseSync } from "node:sqlite";
import type { ApiContext } from "./context.ts";

/** What is derived from the whole registry and the clock is not derived more often than this, in microseconds. */
const CACHE_TTL_MICROS = 1_000_000;

/** Things that are kept for a desk between requests; gone with the desk. */
const caches = new WeakMap<ApiContext, Map<string, unknown>>();

/** Something of this desk under a name, made when it is asked for the first time. */
export function memoize<Cached>(context: ApiContext, name: string, create: () => Cached): Cached {
  const cache = caches.get(context) ?? new Map<string, unknown>();
  caches.set(context, cache);
  if (!cache.has(name)) cache.set(name, create());
  return cache.get(name) as Cached;
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
  const entry = memoize<{ dataVersion: string; at: number; value?: Value }>(context, name, () => ({
    dataVersion: "",
    at: 0,
  }));
  const dataVersion = getDataVersion(database);
  const now = context.registry.now();
  const isOld = now - entry.at >= CACHE_TTL_MICROS || now < entry.at;
  if (entry.value === undefined || entry.dataVersion !== dataVersion || isOld)
    Object.assign(entry, { dataVersion, at: now, value: compute() });
  return entry.value as Value;
}

/** Changes with every write to the index, by this process (`total_changes`) or another (`data_version`). */
function getDataVersion(database: DatabaseSync): string {
  const other = database.prepare("PRAGMA data_version").get()?.["data_version"];
  const own = database.prepare("SELECT total_changes() AS n").get()?.["n"];
  return `${String(other)} ${String(own)}`;
}

/** A map that forgets what was not asked for longest. */
export class LruCache<Value> {
  private readonly values = new Map<string, { stamp: string; value: Value; size: number }>();
  private readonly maxSize: number;
  private total = 0;

  /** @param most how much is kept, in the unit of `size` */
  constructor(maxSize: number) {
    this.maxSize = maxSize;
  }

  /** The value under a key while its stamp is this one, else a new one. */
  get(key: string, stamp: string, create: () => { value: Value; size?: number }): Value {
    const known = this.values.get(key);
    if (known !== undefined) {
      this.values.delete(key);
      this.total -= known.size;
    }
    const { value, size = 1 } = known?.stamp === stamp ? known : create();
    this.values.set(key, { stamp, value, size });
    this.total += size;
    for (const [oldest, { size: freed }] of this.values) {
      if (this.total <= this.maxSize || oldest === key) break;
      this.values.delete(oldest);
      this.total -= freed;
    }
    return value;
  }
}
