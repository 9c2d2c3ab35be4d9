import type { DatabaseSync } from "node:sqlite";
import type { Desk } from "./context.ts";

/** What is derived from the whole registry and the clock is not derived more often than this, in microseconds. */
const KEPT_FOR = 1_000_000;

/** Things that are kept for a desk between requests; gone with the desk. */
const memories = new WeakMap<Desk, Map<string, unknown>>();

/** Something of this desk under a name, made when it is asked for the first time. */
export function keptOf<Kept>(desk: Desk, name: string, make: () => Kept): Kept {
  const memory = memories.get(desk) ?? new Map<string, unknown>();
  memories.set(desk, memory);
  if (!memory.has(name)) memory.set(name, make());
  return memory.get(name) as Kept;
}

/**
 * A value that follows from the index and the clock: derived again when the index has changed, or after a second.
 * Many clients that look at once cost as much as one.
 */
export function derived<Value>(desk: Desk, database: DatabaseSync, name: string, derive: () => Value): Value {
  const kept = keptOf<{ mark: string; at: number; value?: Value }>(desk, name, () => ({ mark: "", at: 0 }));
  const mark = markOf(database);
  const now = desk.registry.now();
  const isOld = now - kept.at >= KEPT_FOR || now < kept.at;
  if (kept.value === undefined || kept.mark !== mark || isOld) Object.assign(kept, { mark, at: now, value: derive() });
  return kept.value as Value;
}

/** Changes with every write to the index, by this process (`total_changes`) or another (`data_version`). */
function markOf(database: DatabaseSync): string {
  const other = database.prepare("PRAGMA data_version").get()?.["data_version"];
  const own = database.prepare("SELECT total_changes() AS n").get()?.["n"];
  return `${String(other)} ${String(own)}`;
}

/** A map that forgets what was not asked for longest. */
export class RecentlyUsed<Value> {
  private readonly values = new Map<string, { stamp: string; value: Value; size: number }>();
  private readonly most: number;
  private total = 0;

  /** @param most how much is kept, in the unit of `size` */
  constructor(most: number) {
    this.most = most;
  }

  /** The value under a key while its stamp is this one, else a new one. */
  get(key: string, stamp: string, make: () => { value: Value; size?: number }): Value {
    const known = this.values.get(key);
    if (known !== undefined) {
      this.values.delete(key);
      this.total -= known.size;
    }
    const { value, size = 1 } = known?.stamp === stamp ? known : make();
    this.values.set(key, { stamp, value, size });
    this.total += size;
    for (const [oldest, { size: freed }] of this.values) {
      if (this.total <= this.most || oldest === key) break;
      this.values.delete(oldest);
      this.total -= freed;
    }
    return value;
  }
}
