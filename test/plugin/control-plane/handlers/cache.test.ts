import { DatabaseSync } from "node:sqlite";
import { LRUCache } from "lru-cache";
import { afterEach, expect, it, vi } from "vitest";
import {
  memoize,
  memoizeByIndex,
  memoizeByStamp,
  type Stamped,
} from "../../../../plugin/control-plane/handlers/cache.ts";
import type { ApiContext } from "../../../../plugin/control-plane/handlers/context.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("makes what belongs to an API worker once, and again for another API worker", () => {
  const [one, other] = [{}, {}] as ApiContext[] as [ApiContext, ApiContext];
  let made = 0;
  const values = [one, one, other].map((context) => memoize(context, "thing", () => (made += 1)));
  expect(values).toEqual([1, 1, 2]);
});

it("makes a value again when its stamp is another, and keeps those that were used last", () => {
  const cache = new LRUCache<string, Stamped<number | undefined>>({ max: 2 });
  let made = 0;
  const get = (key: string, stamp: string): number | undefined => memoizeByStamp(cache, key, stamp, () => (made += 1));
  expect([get("a", "1"), get("a", "1"), get("a", "2"), get("b", "1")]).toEqual([1, 1, 2, 3]);
  expect([get("a", "2"), get("c", "1"), get("a", "2"), get("b", "1")]).toEqual([2, 4, 2, 5]);
});

it("keeps that there is no value, too", () => {
  const cache = new LRUCache<string, Stamped<undefined>>({ max: 2 });
  let made = 0;
  const get = (): void =>
    memoizeByStamp(cache, "a", "1", () => {
      made += 1;
      return undefined;
    });
  get();
  get();
  expect(made).toBe(1);
});

it("derives a value from the index again when the index was written to, or after a second", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const now = vi.spyOn(performance, "now").mockReturnValue(50_000);
  const advance = (ms: number): void => {
    now.mockReturnValue(performance.now() + ms);
    vi.advanceTimersByTime(ms);
  };
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (n)");
  const context = {} as ApiContext;
  let made = 0;
  const get = (): number => memoizeByIndex(context, database, "sum", () => (made += 1));
  expect([get(), get()]).toEqual([1, 1]);
  database.exec("INSERT INTO t VALUES (1)");
  expect([get(), get()]).toEqual([2, 2]);
  advance(900);
  expect(get()).toBe(2);
  advance(200);
  expect(get()).toBe(3);
  database.close();
});
