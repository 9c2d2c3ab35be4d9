import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LedgerDesk, over, taskIdOf, told } from "../../support/ledger-desk.ts";

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_none, index) => from + index);
const inMemory = (desk: LedgerDesk): number => desk.journal.read()?.tasks.size ?? 0;

describe("memory of a day's journal over the index", () => {
  /** 1,500 tasks that ended, and three that go on. */
  function busy(): LedgerDesk {
    const desk = new LedgerDesk();
    desk.commit([9_001, 9_002, 9_003].map((number) => told(number)));
    for (let from = 0; from < 1_500; from += 250) {
      desk.commit(numbers(250, from).map((number) => told(number)));
      desk.commit(numbers(250, from).map((number) => over(number, { result: `result ${number}` })));
    }
    return desk;
  }

  it("does not grow with tasks to which nothing more happens", () => {
    const desk = busy();
    expect(inMemory(desk)).toBeLessThanOrEqual(500);
    expect(desk.folded().size).toBe(1_503);
  });

  it("keeps what goes on, and lets nothing of it be lost", () => {
    const desk = busy();
    desk.commit([9_001, 9_002, 9_003].map((number) => over(number)));
    const folded = desk.folded();
    expect([9_001, 9_002, 9_003].map((number) => folded.get(taskIdOf(number))?.status)).toEqual(
      Array.from({ length: 3 }, () => "succeeded"),
    );
  });

  it("takes a late signal to a forgotten task for what it is", () => {
    const desk = busy();
    const [agreeing, contradicting, unknown] = desk.commit([
      over(1, { result: "another result" }),
      told(2, { ending: { status: "failed", error: "late" } }),
      told(9_999),
    ]);
    expect(agreeing).toMatchObject({ events: [] });
    expect(contradicting).toMatchObject({ events: [{ event: "task.late_signal" }] });
    expect(unknown).toMatchObject({ events: [{ event: "task.created" }, { event: "task.started" }] });
    const folded = desk.folded();
    expect(folded.get(taskIdOf(1))).toMatchObject({ status: "succeeded", result: "result 1" });
    expect(folded.get(taskIdOf(2))).toMatchObject({ status: "succeeded", result: "result 2", lateSignals: 1 });
  });

  it("answers as a reader of the whole file does", () => {
    const desk = busy();
    const folded = desk.folded();
    for (const number of [0, 3, 749, 1_499, 9_001])
      expect(desk.journal.read()?.tasks.get(taskIdOf(number))).toEqual(folded.get(taskIdOf(number)));
  });
});

describe("a journal over the index", () => {
  /** What its own commit, an outside writer and a reader of the file make of the same ledger. */
  function agrees(desk: LedgerDesk, count: number): void {
    const folded = desk.folded();
    expect(folded.size).toBe(count);
    for (const [taskId, task] of folded) expect(desk.journal.read()?.tasks.get(taskId)).toEqual(task);
    const seqs = readFileSync(desk.path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs, "no number twice, none backwards").toEqual([...new Set(seqs)].sort((one, other) => one - other));
  }

  it("sees what others wrote between its commits, and they see what it wrote", () => {
    const desk = new LedgerDesk();
    const other = desk.journalOf();
    desk.commit([told(1)]);
    desk.commit([told(2), over(1, { result: "by the other" })], other);
    desk.commit([over(1, { result: "mine" }), over(2)]);
    desk.commit([told(2, { ending: { status: "failed" } })], other);
    desk.commit([told(3)]);
    agrees(desk, 3);
    expect(desk.folded().get(taskIdOf(1))?.result).toBe("by the other");
    expect(desk.folded().get(taskIdOf(2))).toMatchObject({ status: "succeeded", lateSignals: 1 });
  });

  it("goes on from a file that was put in the place of its own", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1), over(1), told(2), told(3)]);
    const kept = readFileSync(desk.path, "utf8")
      .split("\n")
      .filter((line) => !line.includes(taskIdOf(1)));
    desk.replace(kept.join("\n"));
    desk.commit([over(2)]);
    agrees(desk, 2);
    expect(desk.index.task(taskIdOf(1)), "pruned").toBeUndefined();
    desk.commit([told(1)]);
    expect(desk.folded().get(taskIdOf(1))?.status, "made anew, not remembered").toBe("running");
  });

  it("goes on from a file that is longer than its own was, and another one", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1)]);
    const other = new LedgerDesk();
    other.commit([told(4), told(5), over(4), over(5)]);
    desk.replace(readFileSync(other.path, "utf8"));
    desk.commit([over(1)]);
    agrees(desk, 3);
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
  ])("loses nothing when the index is %s in the middle", (_what, hurt) => {
    const desk = new LedgerDesk();
    desk.commit(numbers(600).map((number) => over(number)));
    desk.index.use((database) => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    expect(inMemory(desk)).toBeLessThan(100);
    hurt(desk.root);
    desk.commit([told(7, { ending: { status: "failed" } }), told(700)]);
    desk.commit([over(700)]);
    agrees(desk, 601);
    expect(desk.folded().get(taskIdOf(7))).toMatchObject({ status: "succeeded", lateSignals: 1 });
    desk.index.refresh();
    for (const number of [7, 599, 700])
      expect(desk.index.task(taskIdOf(number))).toEqual(desk.folded().get(taskIdOf(number)));
    expect(desk.index.taskIdOf("run:7")).toBe(taskIdOf(7));
  });
});
