import { readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { DAY, LedgerDesk, over, taskIdOf, told } from "../../../support/ledger-desk.ts";

const idsOf = (tasks: readonly { taskId: string }[]): string[] => tasks.map(({ taskId }) => taskId);

/** The index is one file for all processes; each reader follows it at its own pace. */
function twoReaders(): { desk: LedgerDesk; reader: LedgerIndex; other: LedgerIndex } {
  const desk = new LedgerDesk();
  const reader = new LedgerIndex(desk.registry);
  desk.commit([told(1), told(2)]);
  expect(idsOf(reader.refresh())).toEqual([taskIdOf(1), taskIdOf(2)]);
  return { desk, reader, other: new LedgerIndex(desk.registry) };
}

describe("a reader of the index", () => {
  it("is told what changed even when another process brought the index up to date first", () => {
    const { desk, reader, other } = twoReaders();
    desk.commit([over(2), told(3)]);
    other.refresh();
    expect(reader.refresh()).toMatchObject([
      { taskId: taskIdOf(2), status: "succeeded" },
      { taskId: taskIdOf(3), status: "running" },
    ]);
    expect(reader.refresh()).toEqual([]);
  });

  it("is told what the journal's own look at the index brought in", () => {
    const { desk, reader } = twoReaders();
    desk.commit([over(1)]);
    reader.snapshotOf(DAY).mark();
    expect(idsOf(reader.refresh())).toEqual([taskIdOf(1)]);
  });

  it("is told of a whole day whose file was put in the place of another", () => {
    const { desk, reader, other } = twoReaders();
    desk.commit([over(1), over(2)]);
    expect(idsOf(reader.refresh())).toEqual([taskIdOf(1), taskIdOf(2)]);
    const lines = readFileSync(desk.path, "utf8").trimEnd().split("\n");
    desk.replace(`${lines.filter((line) => line.includes(taskIdOf(2))).join("\n")}\n`);
    other.refresh();
    expect(idsOf(reader.refresh())).toEqual([taskIdOf(2)]);
  });

  it("goes on where it was when the index was thrown away and built anew", () => {
    const { desk, reader, other } = twoReaders();
    reader.close();
    other.close();
    for (const suffix of ["", "-wal", "-shm"])
      desk.registry.fs.rmSync(`${desk.root}/index.sqlite${suffix}`, { force: true });
    desk.commit([over(2)], desk.journalOf());
    other.refresh();
    expect(idsOf(reader.refresh())).toEqual([taskIdOf(2)]);
  });
});

describe("an index of which only the main file was taken away", () => {
  it("is not mixed with the next one by those who have it open", () => {
    const desk = new LedgerDesk();
    const reader = new LedgerIndex(desk.registry);
    reader.refresh();
    const many = Array.from({ length: 200 }, (_none, at) => at + 1);
    const long = { facts: { runtime: "exec", task: "x".repeat(500) } } as const;
    const journal = desk.journalOf();
    desk.commit(
      many.map((number) => told(number, long)),
      journal,
    );
    new LedgerIndex(desk.registry).refresh();
    reader.refresh();
    desk.commit(
      many.map((number) => told(number + 200, long)),
      journal,
    );
    rmSync(`${desk.root}/index.sqlite`);
    reader.refresh();
    const other = new LedgerIndex(desk.registry);
    other.refresh();
    for (const index of [reader, other])
      expect([...desk.folded().keys()].filter((taskId) => index.task(taskId) === undefined)).toEqual([]);
  });
});

describe("a journal that starts from the index", () => {
  it("knows its tasks even when another version of ClawTask empties the index meanwhile", () => {
    const { desk } = twoReaders();
    desk.commit([over(1, { result: "seven sheep" })]);
    const journal = desk.journalOf({ snapshot: desk.index.snapshotOf(DAY) });
    desk.commit([told(3)], journal);
    const other = new DatabaseSync(`${desk.root}/index.sqlite`);
    other.exec("DELETE FROM tasks; DELETE FROM ledgers; DELETE FROM names;");
    other.close();

    desk.commit([told(1, { names: ["run:1", "host:h"] }), over(1, { status: "failed" })], journal);
    const { events } = readEvents(desk.path);
    expect(events.filter(({ event, taskId }) => event === "task.created" && taskId === taskIdOf(1))).toHaveLength(1);
    expect(desk.folded().get(taskIdOf(1))).toMatchObject({ status: "succeeded", result: "seven sheep" });
  });
});

function readEvents(path: string): { events: { event: string; taskId: string }[] } {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return { events: lines.map((line) => JSON.parse(line) as { event: string; taskId: string }) };
}
