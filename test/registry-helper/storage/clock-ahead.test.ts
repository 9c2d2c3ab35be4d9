import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readRecorderStatus } from "../../../plugin/control-plane/handlers/recorder-status.ts";
import { isAbandoned } from "../../../registry-helper/domain/run/decide/decide-claim.ts";
import { hasAge } from "../../../registry-helper/model/age.ts";
import { doctor } from "../../../registry-helper/operations/maintenance/doctor.ts";
import { stuckLocks } from "../../../registry-helper/operations/maintenance/stuck-locks.ts";
import { gatewayHeartbeatPath, readGatewayHeartbeat } from "../../../registry-helper/registry/gateway-heartbeat.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { NOTE_GRACE_MS, STALE_AFTER_MS, withLock } from "../../../registry-helper/storage/lock.ts";
import { withIndex } from "../../../registry-helper/views/index/with-index.ts";
import { PlayedRun } from "../../support/played-run.ts";

const HOUR_MS = 3_600_000;
const AHEAD_MS = [10_000, HOUR_MS, 24 * HOUR_MS, 365 * 24 * HOUR_MS];

function useRegistry(): Registry {
  const root = mkdtempSync(join(tmpdir(), "clawtask-clock-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return openRegistry({ root });
}

/** A lock as a writer leaves it whose clock is ahead. */
function leaveLock(path: string, aheadMs: number, holder: "none" | "another machine" = "none"): void {
  mkdirSync(path, { recursive: true });
  if (holder !== "none") writeFileSync(join(path, "1-1-elsewhere-1"), "");
  const at = (Date.now() + aheadMs) / 1000;
  utimesSync(path, at, at);
}

/** How long a writer waits for the lock, in milliseconds of its own clock. */
function waitedFor(path: string, step = (ms: number): number => ms): number {
  let now = Date.now();
  let waited = 0;
  const sleep = (ms: number): void => {
    waited += ms;
    now += step(ms);
  };
  withLock({ fs: realFileSystem, path, now: () => now, sleep }, () => undefined);
  return waited;
}

describe("a lock that is dated ahead of the clock", () => {
  it.each(AHEAD_MS)("by %i ms without a note is waited for as long as one of now", (aheadMs) => {
    const lock = join(useRegistry().root, "lock");
    leaveLock(lock, aheadMs);
    expect(waitedFor(lock)).toBeLessThan(NOTE_GRACE_MS + 50);
  });

  it.each(AHEAD_MS)("by %i ms of another machine is waited for as long as one of now", (aheadMs) => {
    const lock = join(useRegistry().root, "lock");
    leaveLock(lock, aheadMs, "another machine");
    const waited = waitedFor(lock);
    expect(waited).toBeGreaterThan(STALE_AFTER_MS - 50);
    expect(waited).toBeLessThan(STALE_AFTER_MS + 50);
  });

  it("is waited for no longer when the clock is set back meanwhile", () => {
    const lock = join(useRegistry().root, "lock");
    leaveLock(lock, 0, "another machine");
    let steps = 0;
    const jump = (ms: number): number => ((steps += 1) === 3 ? -365 * 24 * HOUR_MS : ms);
    expect(waitedFor(lock, jump)).toBeLessThan(STALE_AFTER_MS + 50);
  });

  it.each(["folder", "file", "folder with something in it"])("is taken over when it is a %s", (kind) => {
    const lock = join(useRegistry().root, "lock");
    if (kind === "file") writeFileSync(lock, "");
    else mkdirSync(join(lock, kind === "folder" ? "" : "x"), { recursive: true });
    expect(waitedFor(lock)).toBeLessThan(NOTE_GRACE_MS + 50);
    expect(existsSync(lock)).toBe(false);
  });
});

const LOCKS = [
  "runs/demo/.journal.lock",
  "flows/f-20261121-0rk3m9zq7x4w/.journal.lock",
  "flows/.keys.lock",
  "ledger/2026-11-21.jsonl.lock",
  ".gateway.lock",
];

describe("doctor", () => {
  it.each(LOCKS.flatMap((path) => [HOUR_MS, -HOUR_MS].map((aheadMs) => ({ path, aheadMs }))))(
    "names $path, $aheadMs ms ahead",
    ({ path, aheadMs }) => {
      const registry = useRegistry();
      mkdirSync(dirname(join(registry.root, path)), { recursive: true });
      leaveLock(join(registry.root, path), aheadMs);
      expect(stuckLocks(registry)).toEqual([
        { path: join(registry.root, path), why: expect.stringContaining("1h") as string },
      ]);
      const queryIndex = <Result>(ask: Parameters<typeof withIndex<Result>>[1]): Result => withIndex(registry, ask);
      const { document } = doctor({ registry, self: "clawtask", cwd: registry.root, queryIndex }, {});
      expect(document.checks.find(({ check }) => check === "locks")).toMatchObject({
        ok: false,
        found: expect.stringContaining(path) as string,
      });
    },
  );

  it("does not name a lock that may be held", () => {
    const registry = useRegistry();
    leaveLock(join(registry.root, "flows/.keys.lock"), 0);
    expect(stuckLocks(registry)).toEqual([]);
  });
});

describe("the note of a gateway", () => {
  it.each([
    { aheadMs: 0, works: true },
    { aheadMs: 3_000, works: true },
    { aheadMs: -30_000, works: true },
    { aheadMs: -40_000, works: false },
    { aheadMs: 10_000, works: false },
    { aheadMs: HOUR_MS, works: false },
  ])("$aheadMs ms ahead: at work is $works", ({ aheadMs, works }) => {
    const registry = useRegistry();
    const writtenAt = new Date(Date.now() + aheadMs).toISOString();
    writeFileSync(gatewayHeartbeatPath(registry.root), JSON.stringify({ pid: 1, writtenAt, connection: {} }));
    expect(readGatewayHeartbeat(registry) !== undefined).toBe(works);
    expect(readRecorderStatus(registry)?.stale).toBe(!works);
  });
});

describe("a claim that was given while the clock was ahead", () => {
  it.each(AHEAD_MS)("by %i ms is over once the clock is right again", (aheadMs) => {
    const run = new PlayedRun([{ id: "a" }]);
    run.wait(aheadMs);
    run.claim();
    expect(isAbandoned(run.node("a"), run.now)).toBe(false);
    expect(isAbandoned(run.node("a"), run.now - aheadMs * 1000)).toBe(true);
    run.wait(-aheadMs);
    expect(run.claim()).toEqual(["node.ready a", "node.started a"]);
    expect(isAbandoned(run.node("a"), run.now), "the new one holds").toBe(false);
  });
});

it.each([
  [9_999, false],
  [10_000, true],
  [0, false],
  [-4_000, false],
  [-6_000, true],
])("hasAge(%i, 10_000) is %s", (ageMs, expected) => {
  expect(hasAge(ageMs, 10_000)).toBe(expected);
});
