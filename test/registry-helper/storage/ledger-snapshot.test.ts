import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LedgerDayFixture, endedSignal, getTaskId, startedSignal } from "../../support/ledger-day-fixture.ts";

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_none, index) => from + index);
const inMemory = (fixture: LedgerDayFixture): number => fixture.journal.read()?.tasks.size ?? 0;

describe("memory use of a day's journal with an index", () => {
  /** 1,500 tasks that ended, and three that go on. */
  function busy(): LedgerDayFixture {
    const fixture = new LedgerDayFixture();
    fixture.commit([9_001, 9_002, 9_003].map((number) => startedSignal(number)));
    for (let from = 0; from < 1_500; from += 250) {
      fixture.commit(numbers(250, from).map((number) => startedSignal(number)));
      fixture.commit(numbers(250, from).map((number) => endedSignal(number, { result: `result ${number}` })));
    }
    return fixture;
  }

  it("does not grow with tasks that have ended", () => {
    const fixture = busy();
    expect(inMemory(fixture)).toBeLessThanOrEqual(500);
    expect(fixture.folded().size).toBe(1_503);
  });

  it("keeps open tasks without losing any of them", () => {
    const fixture = busy();
    fixture.commit([9_001, 9_002, 9_003].map((number) => endedSignal(number)));
    const folded = fixture.folded();
    expect([9_001, 9_002, 9_003].map((number) => folded.get(getTaskId(number))?.status)).toEqual(
      Array.from({ length: 3 }, () => "succeeded"),
    );
  });

  it("handles a late signal to an evicted task correctly", () => {
    const fixture = busy();
    const [agreeing, contradicting, unknown] = fixture.commit([
      endedSignal(1, { result: "another result" }),
      startedSignal(2, { ending: { status: "failed", error: "late" } }),
      startedSignal(9_999),
    ]);
    expect(agreeing).toMatchObject({ events: [] });
    expect(contradicting).toMatchObject({ events: [{ event: "task.late_signal" }] });
    expect(unknown).toMatchObject({ events: [{ event: "task.created" }, { event: "task.started" }] });
    const folded = fixture.folded();
    expect(folded.get(getTaskId(1))).toMatchObject({ status: "succeeded", result: "result 1" });
    expect(folded.get(getTaskId(2))).toMatchObject({ status: "succeeded", result: "result 2", lateSignals: 1 });
  });

  it("does not change the answers compared with a reader of the whole file", () => {
    const fixture = busy();
    const folded = fixture.folded();
    for (const number of [0, 3, 749, 1_499, 9_001])
      expect(fixture.journal.read()?.tasks.get(getTaskId(number))).toEqual(folded.get(getTaskId(number)));
  });
});

describe("a journal with an index", () => {
  /** What its own commit, an outside writer and a reader of the file make of the same ledger. */
  function agrees(fixture: LedgerDayFixture, count: number): void {
    const folded = fixture.folded();
    expect(folded.size).toBe(count);
    for (const [taskId, task] of folded) expect(fixture.journal.read()?.tasks.get(taskId)).toEqual(task);
    const seqs = readFileSync(fixture.path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs, "no number twice, none backwards").toEqual([...new Set(seqs)].sort((one, other) => one - other));
  }

  it("sees commits of other writers between its own, and they see its commits", () => {
    const fixture = new LedgerDayFixture();
    const other = fixture.openJournal();
    fixture.commit([startedSignal(1)]);
    fixture.commit([startedSignal(2), endedSignal(1, { result: "by the other" })], other);
    fixture.commit([endedSignal(1, { result: "mine" }), endedSignal(2)]);
    fixture.commit([startedSignal(2, { ending: { status: "failed" } })], other);
    fixture.commit([startedSignal(3)]);
    agrees(fixture, 3);
    expect(fixture.folded().get(getTaskId(1))?.result).toBe("by the other");
    expect(fixture.folded().get(getTaskId(2))).toMatchObject({ status: "succeeded", lateSignals: 1 });
  });

  it("continues with a file that replaced its own", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1), endedSignal(1), startedSignal(2), startedSignal(3)]);
    const retained = readFileSync(fixture.path, "utf8")
      .split("\n")
      .filter((line) => !line.includes(getTaskId(1)));
    fixture.replace(retained.join("\n"));
    fixture.commit([endedSignal(2)]);
    agrees(fixture, 2);
    expect(fixture.index.task(getTaskId(1)), "pruned").toBeUndefined();
    fixture.commit([startedSignal(1)]);
    expect(fixture.folded().get(getTaskId(1))?.status, "made anew, not remembered").toBe("running");
  });

  it("continues with a different and longer file", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1)]);
    const other = new LedgerDayFixture();
    other.commit([startedSignal(4), startedSignal(5), endedSignal(4), endedSignal(5)]);
    fixture.replace(readFileSync(other.path, "utf8"));
    fixture.commit([endedSignal(1)]);
    agrees(fixture, 3);
  });

  const files = ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"];
  it.each<[string, (root: string) => void]>([
    ["deleted", (root) => files.forEach((name) => rmSync(join(root, name), { force: true }))],
    ["deleted without its log", (root) => rmSync(join(root, "index.sqlite"))],
    ["overwritten", (root) => writeFileSync(join(root, "index.sqlite"), "not a database at all\n".repeat(2_000))],
    ["emptied", (root) => writeFileSync(join(root, "index.sqlite"), "")],
    [
      "damaged inside",
      (root) => {
        const bytes = readFileSync(join(root, "index.sqlite"));
        writeFileSync(join(root, "index.sqlite"), bytes.fill(0xaa, 4096));
      },
    ],
  ])("loses nothing when the index is %s between two commits", (_what, hurt) => {
    const fixture = new LedgerDayFixture();
    fixture.commit(numbers(600).map((number) => endedSignal(number)));
    fixture.index.use((database) => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    expect(inMemory(fixture)).toBeLessThan(100);
    hurt(fixture.root);
    fixture.commit([startedSignal(7, { ending: { status: "failed" } }), startedSignal(700)]);
    fixture.commit([endedSignal(700)]);
    agrees(fixture, 601);
    expect(fixture.folded().get(getTaskId(7))).toMatchObject({ status: "succeeded", lateSignals: 1 });
    fixture.index.refresh();
    for (const number of [7, 599, 700])
      expect(fixture.index.task(getTaskId(number))).toEqual(fixture.folded().get(getTaskId(number)));
    expect(fixture.index.getTaskId("run:7")).toBe(getTaskId(7));
  });
});
