import { readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { DAY, LedgerDayFixture, endedSignal, getTaskId, startedSignal } from "../../../support/ledger-day-fixture.ts";

const listIds = (tasks: readonly { taskId: string }[]): string[] => tasks.map(({ taskId }) => taskId);

/** The index is one file for all processes; each reader follows it at its own pace. */
function twoReaders(): { fixture: LedgerDayFixture; reader: LedgerIndex; other: LedgerIndex } {
  const fixture = new LedgerDayFixture();
  const reader = new LedgerIndex(fixture.registry);
  fixture.commit([startedSignal(1), startedSignal(2)]);
  expect(listIds(reader.refresh())).toEqual([getTaskId(1), getTaskId(2)]);
  return { fixture, reader, other: new LedgerIndex(fixture.registry) };
}

describe("a reader of the index", () => {
  it("gets the changes even when another process refreshed the index first", () => {
    const { fixture, reader, other } = twoReaders();
    fixture.commit([endedSignal(2), startedSignal(3)]);
    other.refresh();
    expect(reader.refresh()).toMatchObject([
      { taskId: getTaskId(2), status: "succeeded" },
      { taskId: getTaskId(3), status: "running" },
    ]);
    expect(reader.refresh()).toEqual([]);
  });

  it("gets the changes that the journal's own refresh wrote to the index", () => {
    const { fixture, reader } = twoReaders();
    fixture.commit([endedSignal(1)]);
    reader.getSnapshot(DAY).checkpoint();
    expect(listIds(reader.refresh())).toEqual([getTaskId(1)]);
  });

  it("gets a whole day when its file was replaced", () => {
    const { fixture, reader, other } = twoReaders();
    fixture.commit([endedSignal(1), endedSignal(2)]);
    expect(listIds(reader.refresh())).toEqual([getTaskId(1), getTaskId(2)]);
    const lines = readFileSync(fixture.path, "utf8").trimEnd().split("\n");
    fixture.replace(`${lines.filter((line) => line.includes(getTaskId(2))).join("\n")}\n`);
    other.refresh();
    expect(listIds(reader.refresh())).toEqual([getTaskId(2)]);
  });

  it("continues where it was when the index was deleted and rebuilt", () => {
    const { fixture, reader, other } = twoReaders();
    reader.close();
    other.close();
    for (const suffix of ["", "-wal", "-shm"])
      fixture.registry.fs.rmSync(`${fixture.root}/index.sqlite${suffix}`, { force: true });
    fixture.commit([endedSignal(2)], fixture.openJournal());
    other.refresh();
    expect(listIds(reader.refresh())).toEqual([getTaskId(2)]);
  });
});

describe("an index whose main file was deleted", () => {
  it("is not mixed with the next index by processes that have it open", () => {
    const fixture = new LedgerDayFixture();
    const reader = new LedgerIndex(fixture.registry);
    reader.refresh();
    const many = Array.from({ length: 200 }, (_none, at) => at + 1);
    const long = { facts: { runtime: "exec", task: "x".repeat(500) } } as const;
    const journal = fixture.openJournal();
    fixture.commit(
      many.map((number) => startedSignal(number, long)),
      journal,
    );
    new LedgerIndex(fixture.registry).refresh();
    reader.refresh();
    fixture.commit(
      many.map((number) => startedSignal(number + 200, long)),
      journal,
    );
    rmSync(`${fixture.root}/index.sqlite`);
    reader.refresh();
    const other = new LedgerIndex(fixture.registry);
    other.refresh();
    for (const index of [reader, other])
      expect([...fixture.folded().keys()].filter((taskId) => index.task(taskId) === undefined)).toEqual([]);
  });
});

describe("a journal that starts from the index", () => {
  it("keeps its tasks even when another version of ClawTask empties the index", () => {
    const { fixture } = twoReaders();
    fixture.commit([endedSignal(1, { result: "seven sheep" })]);
    const journal = fixture.openJournal({ snapshot: fixture.index.getSnapshot(DAY) });
    fixture.commit([startedSignal(3)], journal);
    const other = new DatabaseSync(`${fixture.root}/index.sqlite`);
    other.exec("DELETE FROM tasks; DELETE FROM ledgers; DELETE FROM names;");
    other.close();

    fixture.commit([startedSignal(1, { names: ["run:1", "host:h"] }), endedSignal(1, { status: "failed" })], journal);
    const { events } = readEvents(fixture.path);
    expect(events.filter(({ event, taskId }) => event === "task.created" && taskId === getTaskId(1))).toHaveLength(1);
    expect(fixture.folded().get(getTaskId(1))).toMatchObject({ status: "succeeded", result: "seven sheep" });
  });
});

function readEvents(path: string): { events: { event: string; taskId: string }[] } {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return { events: lines.map((line) => JSON.parse(line) as { event: string; taskId: string }) };
}
