import { fork } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { ChangeLog, type Change, type ChangeLogOptions } from "../../../../registry-helper/views/changes/change-log.ts";
import { LedgerDayFixture, endedSignal, getTaskId, startedSignal } from "../../../support/ledger-day-fixture.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../../support/registry-sandbox.ts";

const ONE_NODE = { nodes: [{ id: "a" }] };

function useLog(registry: Registry, options?: ChangeLogOptions): ChangeLog {
  const log = new ChangeLog(registry, options);
  onTestFinished(() => log.close());
  return log;
}

const createLog = (sandbox: RegistrySandbox, options?: ChangeLogOptions): ChangeLog =>
  useLog(openRegistry({ root: sandbox.root }), options);

/** Everything that is new since a cursor, after having looked. */
function newsSince(log: ChangeLog, after?: string): Change[] {
  while (log.poll());
  const all: Change[] = [];
  for (let cursor = after; ;) {
    const page = log.read(cursor, 7);
    if (page === undefined) throw new Error(`${cursor} cannot be used`);
    all.push(...page.changes);
    if (!page.more) return all;
    cursor = page.cursor;
  }
}

const names = (changes: readonly Change[]): string[] => changes.map(({ id, seq, event }) => `${id} ${seq} ${event}`);

describe("the change log of all journals", () => {
  it("reports the changes of runs, tasks, flows and workflows", () => {
    const sandbox = useRun(ONE_NODE);
    const log = createLog(sandbox);
    expect(newsSince(log)[0]).toMatchObject({
      kind: "run",
      id: "demo",
      seq: 1,
      event: "run.created",
      status: "running",
    });
    const { cursor } = log;

    sandbox.ok("transition-node", "demo", "a", "running", "--message", "off we go");
    sandbox.ok("flows", "create", "--title", "Invoices");
    sandbox.workflow("second", ONE_NODE);
    const news = newsSince(log, cursor);

    expect(news.find(({ event }) => event === "node.started")).toMatchObject({
      kind: "run",
      id: "demo",
      nodeId: "a",
      status: "running",
      message: "off we go",
    });
    expect(news.map(({ kind, event }) => `${kind} ${event}`)).toEqual(
      expect.arrayContaining(["flow flow.created", "workflow workflow.added"]),
    );
    expect(newsSince(log, news.at(-1)?.cursor)).toEqual([]);
  });

  it("numbers the changes without a gap and returns the same pages again", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([1, 2, 3].map((number) => startedSignal(number)));
    const log = useLog(fixture.registry);
    const first = newsSince(log);
    fixture.commit([endedSignal(2), endedSignal(1)]);
    const all = newsSince(log);

    expect(all.map(({ cursor }) => Number(cursor.split(".")[1]))).toEqual(all.map((_, at) => at + 1));
    expect(all.slice(0, first.length)).toEqual(first);
    expect(names(all)).toEqual(
      [...new Set(readFileSync(fixture.path, "utf8").trim().split("\n"))]
        .map((line) => JSON.parse(line) as { taskId: string; seq: number; event: string })
        .map((e) => `${e.taskId} ${e.seq} ${e.event}`),
    );
    expect(all.find(({ event }) => event === "task.ended")).toMatchObject({ kind: "task", status: "succeeded" });
  });

  it("reads a long journal in pieces", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit(Array.from({ length: 50 }, (_, at) => startedSignal(at)));
    const log = useLog(fixture.registry, { maxLines: 20 });

    expect(log.poll()).toBe(true);
    const seqs = newsSince(log).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => at + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(50);
  });

  it("does not report a line before it is complete", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1)]);
    const log = useLog(fixture.registry);
    newsSince(log);
    const { cursor } = log;
    const whole = JSON.stringify({
      event: "task.progressed",
      timestamp: "2026-11-20T13:00:00.000000+00:00",
      taskId: getTaskId(1),
      seq: 99,
      source: "test",
    });
    appendFileSync(fixture.path, whole.slice(0, 30));
    expect(newsSince(log, cursor)).toEqual([]);
    appendFileSync(fixture.path, `${whole.slice(30)}\n`);
    expect(names(newsSince(log, cursor))).toEqual([`${getTaskId(1)} 99 task.progressed`]);
  });

  it("skips lines that are damaged or that lost a race for their position", () => {
    const sandbox = useRun(ONE_NODE);
    const log = createLog(sandbox);
    newsSince(log);
    const { cursor } = log;
    sandbox.append(
      "runs/demo/events.jsonl",
      `no json\n{"event":"run.progress","runId":"demo","seq":1,"timestamp":"2026-11-20T13:00:00Z"}\n`,
    );
    expect(newsSince(log, cursor)).toEqual([]);
  });
});

describe("several readers", () => {
  it("agree, whichever polls first", () => {
    const fixture = new LedgerDayFixture();
    const [one, other] = [useLog(fixture.registry), useLog(fixture.registry)];
    for (let round = 0; round < 5; round += 1) {
      fixture.commit([startedSignal(round)]);
      while ((round % 2 === 0 ? one : other).poll());
    }
    expect(newsSince(one)).toEqual(newsSince(other));
    expect(new Set(newsSince(one).map(({ seq }) => seq)).size).toBe(newsSince(one).length);
  });

  it("agree when two processes poll while a third one writes", async () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(0)]);
    const pollers = [0, 1].map(() =>
      fork(new URL("../../../support/change-poller.ts", import.meta.url), [fixture.root]),
    );
    await Promise.all(pollers.map((poller) => once(poller, "message")));
    for (let number = 1; number <= 60; number += 1) fixture.commit([startedSignal(number), endedSignal(number)]);
    for (const poller of pollers) poller.send("stop");
    const ends = await Promise.all(pollers.map((poller) => once(poller, "exit")));

    expect(ends.map(([code]) => code as number)).toEqual([0, 0]);
    const lines = readFileSync(fixture.path, "utf8").trim().split("\n").length;
    expect(newsSince(useLog(fixture.registry)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: lines }, (_, at) => at + 1),
    );
  });

  it("read no further than the given cursor", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1)]);
    const log = useLog(fixture.registry);
    newsSince(log);
    const until = log.cursor;
    fixture.commit([startedSignal(2)]);
    while (log.poll());
    expect(log.read(until, 10, until)).toEqual({ changes: [], cursor: until, more: false });
  });
});

describe("a replaced journal", () => {
  it("reports the removed tasks of a rewritten day, but not its old events again", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1), startedSignal(2), endedSignal(1), endedSignal(2)]);
    const log = useLog(fixture.registry);
    newsSince(log);
    const { cursor } = log;

    const stays = readFileSync(fixture.path, "utf8")
      .trim()
      .split("\n")
      .filter((line) => !line.includes(getTaskId(2)));
    fixture.replace(stays.map((line) => `${line}\n`).join(""));
    expect(newsSince(log, cursor).map(({ id, event, removed }) => ({ id, event, removed }))).toEqual([
      { id: getTaskId(2), event: "task.removed", removed: true },
    ]);

    // The last lines went, so the next event takes a position that was told before.
    const { cursor: behind } = log;
    fixture.commit([startedSignal(3)], fixture.openJournal());
    expect(newsSince(log, behind).map(({ id }) => id)).toContain(getTaskId(3));
  });

  it("reports an event that was written together with the rewrite", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1), startedSignal(2), endedSignal(1)]);
    const log = useLog(fixture.registry);
    newsSince(log);
    const { cursor } = log;
    const stays = readFileSync(fixture.path, "utf8")
      .trim()
      .split("\n")
      .filter((line) => !line.includes(getTaskId(1)));
    fixture.replace(stays.map((line) => `${line}\n`).join(""));
    fixture.commit([startedSignal(3)], fixture.openJournal());

    const news = newsSince(log, cursor);
    expect(news.filter(({ removed }) => removed).map(({ id }) => id)).toEqual([getTaskId(1)]);
    expect([...new Set(news.filter(({ removed }) => !removed).map(({ id }) => id))]).toEqual([getTaskId(3)]);
  });

  it("reports a pruned run, and a new run with the same id from its first event", () => {
    const sandbox = useRun(ONE_NODE);
    const log = createLog(sandbox);
    newsSince(log);
    const { cursor } = log;
    rmSync(sandbox.path("runs/demo"), { recursive: true });
    expect(newsSince(log, cursor)).toMatchObject([{ kind: "run", id: "demo", event: "run.removed", removed: true }]);

    const { cursor: then } = log;
    sandbox.scaffold("demo", "workflows/demo-flow.task.md");
    expect(newsSince(log, then)[0]).toMatchObject({ id: "demo", seq: 1, event: "run.created" });

    // Gone and made anew between two looks.
    const { cursor: last } = log;
    rmSync(sandbox.path("runs/demo"), { recursive: true });
    sandbox.scaffold("demo", "workflows/demo-flow.task.md");
    expect(newsSince(log, last)[0]).toMatchObject({ id: "demo", seq: 1, event: "run.created" });
  });

  it("reports nothing twice when an older backup is restored, and everything that follows", () => {
    const sandbox = useRun(ONE_NODE);
    const log = createLog(sandbox);
    newsSince(log);
    cpSync(sandbox.path("runs/demo"), sandbox.path("kept"), { recursive: true });
    sandbox.ok("progress", "demo", "this is lost");
    newsSince(log);
    const { cursor } = log;
    rmSync(sandbox.path("runs/demo"), { recursive: true });
    renameSync(sandbox.path("kept"), sandbox.path("runs/demo"));
    expect(newsSince(log, cursor)).toEqual([]);
    sandbox.ok("progress", "demo", "this counts");
    expect(newsSince(log, cursor).map(({ message }) => message)).toEqual(["this counts"]);
  });

  it("reports what follows a write that was undone", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1)]);
    const log = useLog(fixture.registry);
    newsSince(log);
    const size = statSync(fixture.path).size;
    appendFileSync(
      fixture.path,
      `${JSON.stringify({ event: "task.progressed", timestamp: "2026-11-20T12:00:00.001500+00:00", taskId: getTaskId(1), seq: 99, source: "test" })}\n`,
    );
    newsSince(log);
    const { cursor } = log;
    truncateSync(fixture.path, size);
    fixture.commit([endedSignal(1)], fixture.openJournal());
    expect(newsSince(log, cursor).map(({ event }) => event)).toContain("task.ended");
  });
});

describe("cursors", () => {
  it("are limited to the retained changes, and older ones are rejected", () => {
    const fixture = new LedgerDayFixture();
    const log = useLog(fixture.registry, { retained: 10 });
    const { cursor: start } = log;
    fixture.commit(Array.from({ length: 30 }, (_, at) => startedSignal(at)));
    while (log.poll());

    expect(log.read(start, 5)).toBeUndefined();
    const retained = newsSince(log);
    expect(retained).toHaveLength(10);
    expect(log.read(retained[0]?.cursor, 100)?.changes).toEqual(retained.slice(1));
  });

  it("are rejected when they have another epoch, a future number or an invalid form", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1)]);
    const log = useLog(fixture.registry);
    while (log.poll());
    const [epoch, number] = log.cursor.split(".");
    for (const cursor of [
      "",
      "x",
      "0.1",
      `00000000.${number}`,
      `${epoch}.999`,
      `${epoch}.-1`,
      `${epoch}.01`,
      `${epoch}`,
    ])
      expect(log.read(cursor, 5), cursor).toBeUndefined();
    expect(log.read(`${epoch}.0`, 5)).toBeDefined();
  });

  it("get a new epoch when their file is deleted, damaged or of another version", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit([startedSignal(1)]);
    const log = useLog(fixture.registry);
    while (log.poll());
    const path = join(fixture.root, "changes.sqlite");
    for (const spoil of [
      () => rmSync(path),
      () => {
        log.close();
        for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
        writeFileSync(path, "this is no database at all, but long enough to look like one".repeat(100));
      },
    ]) {
      const { cursor, epoch } = log;
      spoil();
      expect(log.epoch).not.toBe(epoch);
      while (log.poll());
      expect(log.read(cursor, 5)).toBeUndefined();
      expect(newsSince(log).length).toBeGreaterThan(0);
    }
  });

  it("are stored in a private file, or in memory when there is no registry", () => {
    const fixture = new LedgerDayFixture();
    const log = useLog(fixture.registry);
    while (log.poll());
    expect(statSync(join(fixture.root, "changes.sqlite")).mode & 0o777).toBe(0o600);

    const sandbox = useSandbox();
    const none = useLog(openRegistry({ root: sandbox.path("not-there") }));
    expect(none.poll()).toBe(false);
    expect(none.cursor).toMatch(/\.0$/);
  });
});

describe("a new log on an existing registry", () => {
  it("skips unchanged history beyond a number of bytes and reports what follows", () => {
    const sandbox = useRun(ONE_NODE);
    const size = statSync(sandbox.path("runs/demo/events.jsonl")).size;
    const log = createLog(sandbox, { maxInitialBytes: size - 1 });
    expect(newsSince(log)).toEqual([]);
    sandbox.ok("progress", "demo", "half way");
    expect(newsSince(log)).toMatchObject([{ kind: "run", id: "demo", message: "half way" }]);
  });
});
