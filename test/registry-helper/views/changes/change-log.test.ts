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
import { ChangeLog, type Change, type ChangeLogOptions } from "../../../../registry-helper/views/changes/change-log.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { LedgerDesk, over, taskIdOf, told } from "../../../support/ledger-desk.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../../support/registry-sandbox.ts";

const ONE_NODE = { nodes: [{ id: "a" }] };

function useLog(registry: Registry, options?: ChangeLogOptions): ChangeLog {
  const log = new ChangeLog(registry, options);
  onTestFinished(() => log.close());
  return log;
}

const logOf = (sandbox: RegistrySandbox, options?: ChangeLogOptions): ChangeLog =>
  useLog(openRegistry({ root: sandbox.root }), options);

/** Everything that is new since a cursor, after having looked. */
function newsSince(log: ChangeLog, after?: string): Change[] {
  while (log.look());
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

describe("every event of every journal, once and in order", () => {
  it("tells what runs, tasks, flows and workflows did", () => {
    const sandbox = useRun(ONE_NODE);
    const log = logOf(sandbox);
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

  it("numbers them without a gap, and gives the same pages again", () => {
    const desk = new LedgerDesk();
    desk.commit([1, 2, 3].map((number) => told(number)));
    const log = useLog(desk.registry);
    const first = newsSince(log);
    desk.commit([over(2), over(1)]);
    const all = newsSince(log);

    expect(all.map(({ cursor }) => Number(cursor.split(".")[1]))).toEqual(all.map((_, at) => at + 1));
    expect(all.slice(0, first.length)).toEqual(first);
    expect(names(all)).toEqual(
      [...new Set(readFileSync(desk.path, "utf8").trim().split("\n"))]
        .map((line) => JSON.parse(line) as { taskId: string; seq: number; event: string })
        .map((e) => `${e.taskId} ${e.seq} ${e.event}`),
    );
    expect(all.find(({ event }) => event === "task.ended")).toMatchObject({ kind: "task", status: "succeeded" });
  });

  it("takes a long journal in pieces", () => {
    const desk = new LedgerDesk();
    desk.commit(Array.from({ length: 50 }, (_, at) => told(at)));
    const log = useLog(desk.registry, { linesAtOnce: 20 });

    expect(log.look()).toBe(true);
    const seqs = newsSince(log).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => at + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(50);
  });

  it("does not tell a line before it is whole", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1)]);
    const log = useLog(desk.registry);
    newsSince(log);
    const { cursor } = log;
    const whole = JSON.stringify({
      event: "task.progressed",
      timestamp: "2026-11-20T13:00:00.000000+00:00",
      taskId: taskIdOf(1),
      seq: 99,
      source: "test",
    });
    appendFileSync(desk.path, whole.slice(0, 30));
    expect(newsSince(log, cursor)).toEqual([]);
    appendFileSync(desk.path, `${whole.slice(30)}\n`);
    expect(names(newsSince(log, cursor))).toEqual([`${taskIdOf(1)} 99 task.progressed`]);
  });

  it("passes over lines that are damaged or that lost a race for their position", () => {
    const sandbox = useRun(ONE_NODE);
    const log = logOf(sandbox);
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
  it("agree, whoever looks first", () => {
    const desk = new LedgerDesk();
    const [one, other] = [useLog(desk.registry), useLog(desk.registry)];
    for (let round = 0; round < 5; round += 1) {
      desk.commit([told(round)]);
      while ((round % 2 === 0 ? one : other).look());
    }
    expect(newsSince(one)).toEqual(newsSince(other));
    expect(new Set(newsSince(one).map(({ seq }) => seq)).size).toBe(newsSince(one).length);
  });

  it("agree when two processes look while a third writes", async () => {
    const desk = new LedgerDesk();
    desk.commit([told(0)]);
    const lookers = [0, 1].map(() => fork(new URL("../../../support/change-looker.ts", import.meta.url), [desk.root]));
    await Promise.all(lookers.map((looker) => once(looker, "message")));
    for (let number = 1; number <= 60; number += 1) desk.commit([told(number), over(number)]);
    for (const looker of lookers) looker.send("stop");
    const ends = await Promise.all(lookers.map((looker) => once(looker, "exit")));

    expect(ends.map(([code]) => code as number)).toEqual([0, 0]);
    const lines = readFileSync(desk.path, "utf8").trim().split("\n").length;
    expect(newsSince(useLog(desk.registry)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: lines }, (_, at) => at + 1),
    );
  });

  it("reads no further than it was told to", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1)]);
    const log = useLog(desk.registry);
    newsSince(log);
    const until = log.cursor;
    desk.commit([told(2)]);
    while (log.look());
    expect(log.read(until, 10, until)).toEqual({ changes: [], cursor: until, more: false });
  });
});

describe("journals that are put in the place of others", () => {
  it("does not tell a rewritten day's old events again, but says which tasks are gone", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1), told(2), over(1), over(2)]);
    const log = useLog(desk.registry);
    newsSince(log);
    const { cursor } = log;

    const stays = readFileSync(desk.path, "utf8")
      .trim()
      .split("\n")
      .filter((line) => !line.includes(taskIdOf(2)));
    desk.replace(stays.map((line) => `${line}\n`).join(""));
    expect(newsSince(log, cursor).map(({ id, event, removed }) => ({ id, event, removed }))).toEqual([
      { id: taskIdOf(2), event: "task.removed", removed: true },
    ]);

    // The last lines went, so the next event takes a position that was told before.
    const { cursor: behind } = log;
    desk.commit([told(3)], desk.journalOf());
    expect(newsSince(log, behind).map(({ id }) => id)).toContain(taskIdOf(3));
  });

  it("tells an event that came together with the rewriting", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1), told(2), over(1)]);
    const log = useLog(desk.registry);
    newsSince(log);
    const { cursor } = log;
    const stays = readFileSync(desk.path, "utf8")
      .trim()
      .split("\n")
      .filter((line) => !line.includes(taskIdOf(1)));
    desk.replace(stays.map((line) => `${line}\n`).join(""));
    desk.commit([told(3)], desk.journalOf());

    const news = newsSince(log, cursor);
    expect(news.filter(({ removed }) => removed).map(({ id }) => id)).toEqual([taskIdOf(1)]);
    expect([...new Set(news.filter(({ removed }) => !removed).map(({ id }) => id))]).toEqual([taskIdOf(3)]);
  });

  it("tells that a run was pruned, and one made anew under its name from its beginning", () => {
    const sandbox = useRun(ONE_NODE);
    const log = logOf(sandbox);
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

  it("tells nothing twice when a backup of the same journal is put back, and everything that follows", () => {
    const sandbox = useRun(ONE_NODE);
    const log = logOf(sandbox);
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

  it("tells what follows a write that was taken back", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1)]);
    const log = useLog(desk.registry);
    newsSince(log);
    const size = statSync(desk.path).size;
    appendFileSync(
      desk.path,
      `${JSON.stringify({ event: "task.progressed", timestamp: "2026-11-20T12:00:00.001500+00:00", taskId: taskIdOf(1), seq: 99, source: "test" })}\n`,
    );
    newsSince(log);
    const { cursor } = log;
    truncateSync(desk.path, size);
    desk.commit([over(1)], desk.journalOf());
    expect(newsSince(log, cursor).map(({ event }) => event)).toContain("task.ended");
  });
});

describe("cursors", () => {
  it("keeps so many changes, and takes no cursor from before", () => {
    const desk = new LedgerDesk();
    const log = useLog(desk.registry, { kept: 10 });
    const { cursor: start } = log;
    desk.commit(Array.from({ length: 30 }, (_, at) => told(at)));
    while (log.look());

    expect(log.read(start, 5)).toBeUndefined();
    const kept = newsSince(log);
    expect(kept).toHaveLength(10);
    expect(log.read(kept[0]?.cursor, 100)?.changes).toEqual(kept.slice(1));
  });

  it("takes no cursor of another epoch, of the future, or of nobody", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1)]);
    const log = useLog(desk.registry);
    while (log.look());
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

  it("begins another epoch when its file is deleted under it, torn, or of another version", () => {
    const desk = new LedgerDesk();
    desk.commit([told(1)]);
    const log = useLog(desk.registry);
    while (log.look());
    const path = join(desk.root, "changes.sqlite");
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
      while (log.look());
      expect(log.read(cursor, 5)).toBeUndefined();
      expect(newsSince(log).length).toBeGreaterThan(0);
    }
  });

  it("holds its file for its owner alone, and lives in memory where there is no registry", () => {
    const desk = new LedgerDesk();
    const log = useLog(desk.registry);
    while (log.look());
    expect(statSync(join(desk.root, "changes.sqlite")).mode & 0o777).toBe(0o600);

    const sandbox = useSandbox();
    const none = useLog(openRegistry({ root: sandbox.path("not-there") }));
    expect(none.look()).toBe(false);
    expect(none.cursor).toMatch(/\.0$/);
  });
});

describe("a new log on an old registry", () => {
  it("takes what did not change lately as known, up to a number of bytes, and tells what follows", () => {
    const sandbox = useRun(ONE_NODE);
    const size = statSync(sandbox.path("runs/demo/events.jsonl")).size;
    const log = logOf(sandbox, { firstBytes: size - 1 });
    expect(newsSince(log)).toEqual([]);
    sandbox.ok("progress", "demo", "half way");
    expect(newsSince(log)).toMatchObject([{ kind: "run", id: "demo", message: "half way" }]);
  });
});
