import { describe, expect, it, onTestFinished } from "vitest";
import {
  ChangeWatch,
  FOLLOWED_PAUSE_MS,
  UNFOLLOWED_PAUSE_MS,
} from "../../../../plugin/control-plane/worker/change-poller.ts";
import { type Change, ChangeLog } from "../../../../registry-helper/views/changes/change-log.ts";
import { LedgerDesk, told } from "../../../support/ledger-desk.ts";

function useWatch() {
  const ledger = new LedgerDesk();
  ledger.commit([told(0)]);
  const log = new ChangeLog(ledger.registry);
  onTestFinished(() => log.close());
  const posted: Change[] = [];
  const resets: string[] = [];
  const planned: { work: () => void; afterMs: number }[] = [];
  let now = 0;
  let lookTakes = 0;
  const watch = new ChangeWatch({
    log,
    post: (changes) => posted.push(...changes),
    reset: (cursor) => resets.push(cursor),
    problem: (error) => {
      throw error;
    },
    now: () => (now += lookTakes),
    schedule: (work, afterMs) => {
      planned.push({ work, afterMs });
      return { cancel: () => undefined };
    },
  });
  const next = (): void => planned.at(-1)?.work();
  return { ledger, log, watch, posted, resets, planned, next, slow: (ms: number) => void (lookTakes = ms) };
}

describe("looking for changes", () => {
  it("posts what is new, each once, and nothing of before it began", () => {
    const { ledger, watch, posted, next } = useWatch();
    expect(posted).toEqual([]);
    ledger.commit([told(1)]);
    next();
    next();
    const count = posted.length;
    expect(count).toBeGreaterThan(0);
    expect(posted.at(-1)?.cursor).toBe(watch.cursor);
    watch.look();
    expect(posted).toHaveLength(count);
  });

  it("looks often while somebody follows, seldom while nobody does, and at once when the first one comes", () => {
    const { watch, planned, next } = useWatch();
    expect(planned.at(-1)?.afterMs).toBe(UNFOLLOWED_PAUSE_MS);
    watch.follow(true);
    expect(planned.at(-1)?.afterMs).toBe(0);
    next();
    expect(planned.at(-1)?.afterMs).toBe(FOLLOWED_PAUSE_MS);
    watch.follow(false);
    next();
    expect(planned.at(-1)?.afterMs).toBe(UNFOLLOWED_PAUSE_MS);
  });

  it("pauses longer when looks are slow, but keeps nobody waiting who follows", () => {
    const { watch, planned, next, slow } = useWatch();
    watch.follow(true);
    slow(50);
    next();
    expect(planned.at(-1)?.afterMs).toBe(200);
    slow(3_000);
    next();
    expect(planned.at(-1)?.afterMs).toBe(1_000);
  });

  it("tells no reader of changes that were not posted yet, such as those that another process found", () => {
    const { ledger, watch } = useWatch();
    const { cursor } = watch;
    ledger.commit([told(2)]);
    const other = new ChangeLog(ledger.registry);
    while (other.look());
    other.close();
    expect(watch.read(cursor, 10)).toEqual({ changes: [], cursor, more: false });
    watch.look();
    expect(watch.read(cursor, 10)?.changes.length).toBeGreaterThan(0);
  });
});
