import { describe, expect, it, onTestFinished } from "vitest";
import { ChangePoller, ACTIVE_POLL_MS, IDLE_POLL_MS } from "../../../../plugin/control-plane/worker/change-poller.ts";
import { type Change, ChangeLog } from "../../../../registry-helper/views/changes/change-log.ts";
import { LedgerDayFixture, startedSignal } from "../../../support/ledger-day-fixture.ts";

function usePoller() {
  const ledger = new LedgerDayFixture();
  ledger.commit([startedSignal(0)]);
  const log = new ChangeLog(ledger.registry);
  onTestFinished(() => log.close());
  const posted: Change[] = [];
  const resets: string[] = [];
  const planned: { work: () => void; afterMs: number }[] = [];
  let now = 0;
  let pollTakes = 0;
  const poller = new ChangePoller({
    log,
    post: (changes) => posted.push(...changes),
    reset: (cursor) => resets.push(cursor),
    problem: (error) => {
      throw error;
    },
    now: () => (now += pollTakes),
    schedule: (work, afterMs) => {
      planned.push({ work, afterMs });
      return { cancel: () => undefined };
    },
  });
  const next = (): void => planned.at(-1)?.work();
  return { ledger, log, poller, posted, resets, planned, next, slow: (ms: number) => void (pollTakes = ms) };
}

describe("ChangePoller", () => {
  it("posts each new change once, and none from before it started", () => {
    const { ledger, poller, posted, next } = usePoller();
    expect(posted).toEqual([]);
    ledger.commit([startedSignal(1)]);
    next();
    next();
    const count = posted.length;
    expect(count).toBeGreaterThan(0);
    expect(posted.at(-1)?.cursor).toBe(poller.cursor);
    poller.poll();
    expect(posted).toHaveLength(count);
  });

  it("polls often while a client follows, rarely otherwise, and immediately for the first follower", () => {
    const { poller, planned, next } = usePoller();
    expect(planned.at(-1)?.afterMs).toBe(IDLE_POLL_MS);
    poller.follow(true);
    expect(planned.at(-1)?.afterMs).toBe(0);
    next();
    expect(planned.at(-1)?.afterMs).toBe(ACTIVE_POLL_MS);
    poller.follow(false);
    next();
    expect(planned.at(-1)?.afterMs).toBe(IDLE_POLL_MS);
  });

  it("waits longer after slow polls, with a limit while a client follows", () => {
    const { poller, planned, next, slow } = usePoller();
    poller.follow(true);
    slow(50);
    next();
    expect(planned.at(-1)?.afterMs).toBe(200);
    slow(3_000);
    next();
    expect(planned.at(-1)?.afterMs).toBe(1_000);
  });

  it("does not return changes that were not posted yet, such as those found by another process", () => {
    const { ledger, poller } = usePoller();
    const { cursor } = poller;
    ledger.commit([startedSignal(2)]);
    const other = new ChangeLog(ledger.registry);
    while (other.poll());
    other.close();
    expect(poller.read(cursor, 10)).toEqual({ changes: [], cursor, more: false });
    poller.poll();
    expect(poller.read(cursor, 10)?.changes.length).toBeGreaterThan(0);
  });
});
