import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HostEvent, SpawnFacts } from "../../../../plugin/host/events/host-events.ts";
import { toSignals } from "../../../../plugin/recorder/adapters/signals-from-event.ts";
import { LedgerWriter } from "../../../../plugin/recorder/ledger/ledger-writer.ts";
import { openFlows } from "../../../../registry-helper/flows.ts";
import { formatMicros, LedgerIndex, limits, openRegistry } from "../../../../registry-helper/internal.ts";
import type { FileSystem } from "../../../../registry-helper/storage/file-system.ts";
import { interferingFileSystem, systemError } from "../../../support/failing-file-system.ts";
import { ROUTE } from "../../support/host-samples.ts";
import { LedgerTable, NOON } from "../../support/ledger-table.ts";
import { useTempFolder } from "../../support/temp-folder.ts";

const child = (id: string, more: Partial<SpawnFacts> = {}): SpawnFacts => ({
  runId: `run-${id}`,
  childSessionKey: `agent:main:subagent:${id}`,
  route: ROUTE,
  ...more,
});
const started = (spawn: SpawnFacts): HostEvent => ({ kind: "child_started", source: "subagent_spawned", spawn });
/** As SQLite says it when another process keeps the index for too long. */
const sqliteBusy = (): Error =>
  Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR", errcode: 5 });
const ended = (spawn: SpawnFacts, outcome = "ok"): HostEvent => ({
  kind: "child_ended",
  spawn,
  outcome,
  error: undefined,
});

describe("a reused session", () => {
  const session = "agent:main:subagent:shared";
  const [first, second] = [
    child("1", { childSessionKey: session, label: "first" }),
    child("2", { childSessionKey: session, label: "second" }),
  ];

  it("creates a second task, and each end goes to its own task", () => {
    const table = new LedgerTable();
    table.handleEvent(started(first), ended(first), started(second), ended(second, "error"));
    expect(table.tasks().map(({ label, status }) => `${label} ${status}`)).toEqual([
      "first succeeded",
      "second failed",
    ]);
  });

  it("assigns an end without a run id to the newest task, also after a restart", () => {
    const table = new LedgerTable();
    table.handleEvent(started(first), ended(first), started(second));
    table.reopen();
    table.handleEvent(ended({ childSessionKey: session }, "deleted"));
    expect(table.tasks().map(({ label, status }) => `${label} ${status}`)).toEqual([
      "first succeeded",
      "second cancelled",
    ]);
  });
});

describe("a batch of signals", () => {
  it("is written with one flush, however large it is", () => {
    const { fs, calls } = interferingFileSystem((_call, _index, _args, real) => real());
    const table = new LedgerTable({ fs });
    const children = Array.from({ length: 500 }, (_none, index) => child(String(index)));
    calls.length = 0;
    table.handleTogether(...children.map((one) => started(one)), ...children.map((one) => ended(one)));

    expect(calls.filter((call) => call === "fdatasyncSync")).toHaveLength(1);
    expect(calls.filter((call) => call === "writeSync")).toHaveLength(1);
    expect(table.tasks()).toHaveLength(500);
    expect(table.tasks().every((task) => task.status === "succeeded")).toBe(true);
  });

  it("is not written when it contains nothing new", () => {
    const { fs, calls } = interferingFileSystem((_call, _index, _args, real) => real());
    const table = new LedgerTable({ fs });
    table.handleEvent(started(child("a")));
    calls.length = 0;
    table.handleEvent(started(child("a")));
    expect(calls).not.toContain("fdatasyncSync");
  });

  it("after midnight is written to the day of each task", () => {
    const table = new LedgerTable();
    table.handleEvent(started(child("a")));
    table.now = NOON + 13 * 3_600_000_000;
    table.handleTogether(started(child("b")), ended(child("a")), ended(child("b")));

    expect(table.tasks().map(({ taskId, status }) => `${taskId.slice(2, 10)} ${status}`)).toEqual([
      "20261120 succeeded",
      "20261121 succeeded",
    ]);
  });
});

describe("a concurrent reader of the ledger", () => {
  it("does not hide changes from the gateway", () => {
    const root = useTempFolder();
    const other = new LedgerIndex(openRegistry({ root }));
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      const answer = real();
      // The lines are on disk, and the gateway has not looked at the index yet.
      if (call === "fdatasyncSync") other.refresh();
      return answer;
    });
    const table = new LedgerTable({ fs, root });
    table.handleEvent(started(child("a")), ended(child("a")));
    const [open] = table.book.openDeliveries();
    expect(open).toMatchObject({ owner: { id: table.task().taskId } });
    expect(table.book.runningTasks()).toEqual([]);

    table.book.reportDelivery(table.task().taskId, { kind: "host_confirmed", receipt: "r" });
    expect(table.book.openDeliveries()).toEqual([]);
  });
});

describe("work that is added to a flow while the gateway records it", () => {
  const spawn = child("a");
  /** Calls something once, right before the lock of a day's journal is taken. */
  function beforeLock(act: () => void): FileSystem {
    let isDone = false;
    return interferingFileSystem((call, _index, args, real) => {
      if (!isDone && call === "mkdirSync" && String(args[0]).endsWith(".jsonl.lock")) {
        isDone = true;
        act();
      }
      return real();
    }).fs;
  }
  const request = { runId: spawn.runId, childSessionKey: spawn.childSessionKey, started: true };

  it.each([
    ["by its run", request],
    ["by its session", { childSessionKey: spawn.childSessionKey, started: true }],
  ])("has one task when the flow was first (%s)", (_what, how) => {
    const root = useTempFolder();
    const flows = openFlows({ registry: openRegistry({ root, now: () => NOON }) });
    const { flowId } = flows.createFlow({ title: "Invoices", step: "read" });
    const fs = beforeLock(() => flows.runTaskInFlow({ flowId, ...how }));
    const table = new LedgerTable({ root, fs });
    const nested = child("b", { requesterSessionKey: spawn.childSessionKey ?? "" });
    table.handleTogether(started(spawn), started(nested), {
      kind: "child_ended",
      spawn,
      outcome: "ok",
      error: undefined,
    });

    const [first, below, ...more] = table.tasks();
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      flowId,
      status: "succeeded",
      names: expect.arrayContaining(["run:run-a"]) as object,
    });
    expect(below).toMatchObject({ parentTaskId: first?.taskId });
    expect(flows.getFlow(flowId).flow.tasks).toEqual([first?.taskId]);
    table.handleEvent(ended(spawn, "error"));
    expect(table.tasks()).toHaveLength(2);
  });

  it("has one task when the gateway was first", () => {
    const root = useTempFolder();
    const table = new LedgerTable({ root });
    const fs = beforeLock(() => table.handleEvent(started(spawn)));
    const flows = openFlows({ registry: openRegistry({ root, fs, now: () => NOON }) });
    const { flowId } = flows.createFlow({ title: "Invoices", step: "read" });
    const { flow, task } = flows.runTaskInFlow({ flowId, ...request });

    expect(table.task()).toMatchObject({ taskId: task.taskId, flowId, status: "running" });
    expect(flow.tasks).toEqual([task.taskId]);
  });
});

describe("a failing disk", () => {
  it("loses no signal: unwritten ones are written as soon as the disk recovers", () => {
    let full = false;
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      if (full && call === "writeSync") throw systemError("ENOSPC", call);
      return real();
    });
    const table = new LedgerTable({ fs });
    table.handleEvent(started(child("a", { label: "early" })));
    full = true;
    expect(() => table.handleEvent(ended(child("a")))).toThrow(/ENOSPC|disk|space/i);
    expect(() => table.handleEvent(started(child("b", { label: "late" })))).toThrow();
    full = false;
    table.book.save();
    table.handleEvent(ended(child("b")));

    expect(table.tasks().map(({ label, status }) => `${label} ${status}`)).toEqual([
      "early succeeded",
      "late succeeded",
    ]);
  });
});

describe("a day file that cannot be written", () => {
  /** Yesterday's file cannot be written; the other days can. */
  function failingYesterday(): { table: LedgerTable; refuse: (on: boolean) => void; problems: string[] } {
    let failing = false;
    const problems: string[] = [];
    const { fs } = interferingFileSystem((call, _index, args, real) => {
      if (failing && call === "openSync" && String(args[0]).endsWith("2026-11-20.jsonl") && args[1] !== 0) {
        const isRead = (Number(args[1]) & 3) === 0;
        if (!isRead) throw systemError("EACCES", call);
      }
      return real();
    });
    const table = new LedgerTable({ fs, problem: (message) => problems.push(message) });
    table.handleEvent(started(child("old", { label: "old" })));
    table.now = NOON + 24 * 3_600_000_000;
    return { table, refuse: (on) => (failing = on), problems };
  }

  it("does not block other days, and receives its signals once it is writable", () => {
    const { table, refuse } = failingYesterday();
    refuse(true);
    expect(() => table.handleEvent(ended(child("old")))).toThrow(/EACCES|writable/);
    expect(() => table.handleEvent(started(child("new", { label: "new" })))).toThrow(/EACCES|writable/);
    expect(table.tasks().map(({ label, status }) => `${label} ${status}`)).toEqual(["old running", "new running"]);
    refuse(false);
    table.book.save();
    expect(table.tasks().map(({ label, status }) => `${label} ${status}`)).toEqual(["old succeeded", "new running"]);
  });

  it("does not affect the results of reports for another day", () => {
    const { table, refuse, problems } = failingYesterday();
    table.handleEvent(ended(child("old")), started(child("new")), ended(child("new")));
    const [old, fresh] = table.tasks().map(({ taskId }) => taskId);
    refuse(true);
    const confirmed = { kind: "host_confirmed", receipt: "r" } as const;
    const answers = table.book.reportDeliveries([
      { taskId: fresh ?? "", report: confirmed },
      { taskId: old ?? "", report: confirmed },
    ]);
    expect(answers).toEqual([true, false]);
    expect(problems).toEqual([expect.stringMatching(/EACCES|writable/)]);
  });
});

describe("a locked index", () => {
  afterEach(() => vi.restoreAllMocks());

  it("loses no signal of the batch being recorded", () => {
    const table = new LedgerTable();
    const spy = vi.spyOn(LedgerIndex.prototype, "getTaskId").mockImplementation(() => {
      throw sqliteBusy();
    });
    expect(() => table.handleTogether(started(child("a")), started(child("b")), ended(child("a")))).toThrow(/locked/);
    expect(() => table.book.save(), "what was heard is not on disk yet").toThrow(/locked/);
    spy.mockRestore();
    table.book.save();
    expect(table.tasks().map(({ status }) => status)).toEqual(["succeeded", "running"]);
  });

  it("does not affect the result of a written report, whose change is read on the next refresh", () => {
    const problems: string[] = [];
    const table = new LedgerTable({ problem: (message) => problems.push(message) });
    table.handleEvent(started(child("a")), ended(child("a")));
    const { taskId } = table.task();
    const spy = vi.spyOn(LedgerIndex.prototype, "refresh").mockImplementation(() => {
      throw sqliteBusy();
    });
    expect(table.book.reportDelivery(taskId, { kind: "host_confirmed", receipt: "r" })).toBe(true);
    expect(problems).toEqual([expect.stringContaining("locked")]);
    spy.mockRestore();
    table.book.refresh();
    expect(table.book.openDeliveries()).toEqual([]);
  });
});

describe("a damaged day file", () => {
  it.each([
    ["an invalid line", "{ not an event }\n"],
    ["a file of a newer version", '{"event":"task.created","taskId":"t","seq":1,"schema":99}\n'],
  ])("is reported, and the other days are still read (%s)", (_what, text) => {
    const root = useTempFolder();
    mkdirSync(join(root, "ledger"));
    writeFileSync(join(root, "ledger", "2026-11-19.jsonl"), text);
    const table = new LedgerTable({ root });
    table.handleEvent(started(child("a")), ended(child("a")));

    const problems: string[] = [];
    const book = new LedgerWriter({ registry: openRegistry({ root }), problem: (message) => problems.push(message) });
    expect(book.openDeliveries()).toHaveLength(1);
    expect(problems).toEqual([expect.stringContaining("2026-11-19.jsonl")]);
  });

  it("with a torn last line is truncated and continued", () => {
    const table = new LedgerTable();
    table.handleEvent(started(child("a")));
    appendFileSync(join(table.registry.root, "ledger", "2026-11-20.jsonl"), '{"event":"task.end');
    table.reopen();
    table.handleEvent(ended(child("a")));
    expect(table.task().status).toBe("succeeded");
  });
});

describe("hostile text", () => {
  const HOSTILE = "\u001b[31mred\u001b[0m\u202e gnp\u0000.exe\nline two\r\n\u200b";

  it("is sanitized in labels, tasks and results, and kept on one line for labels", () => {
    const table = new LedgerTable();
    const spawn = child("a", { label: HOSTILE, task: `${HOSTILE}${"x".repeat(20_000)}` });
    table.handleEvent(started(spawn), {
      kind: "turn_ended",
      turn: {
        runId: "run-a",
        continued: false,
        sessionKey: undefined,
        status: "succeeded",
        text: `${HOSTILE}${"y".repeat(100_000)}`,
        error: undefined,
        disposition: undefined,
        delivery: undefined,
      },
    });

    const task = table.task();
    expect(task.label).toBe("red gnp.exe line two");
    expect(task.task?.length).toBeLessThanOrEqual(limits.MAX_TASK_TEXT_LENGTH);
    expect(task.result?.length).toBeLessThanOrEqual(limits.MAX_TASK_RESULT_LENGTH);
    const onDisk = readFileSync(join(table.registry.root, "ledger", "2026-11-20.jsonl"), "utf8");
    expect(onDisk).not.toMatch(/\\u001b|\\u0000|\u202e|\u200b/);
    expect(
      onDisk
        .trimEnd()
        .split("\n")
        .every((line) => typeof JSON.parse(line) === "object"),
    ).toBe(true);
  });

  it.each(["__proto__", "constructor", "a\nb", "../../etc/passwd", "x".repeat(5_000)])(
    "as a name creates one ordinary task (%j)",
    (name) => {
      const table = new LedgerTable();
      const spawn = { runId: name, childSessionKey: name, label: name };
      table.handleEvent(started(spawn), ended(spawn));
      table.reopen();
      table.handleEvent(ended(spawn));
      expect(table.task()).toMatchObject({ status: "succeeded", lateSignals: 0 });
    },
  );
});

describe("an end that is recorded late", () => {
  it("counts from when it was received, so that later host actions are matched to it", () => {
    const table = new LedgerTable();
    table.handleEvent(started(child("a")));
    const receivedAt = table.now / 1000;
    table.now += 30_000_000;
    table.book.record(toSignals(ended(child("a"))).map((signal) => ({ ...signal, receivedAt })));
    expect(table.book.openDeliveries()).toMatchObject([{ endedAt: receivedAt, subtreeEndedAt: receivedAt }]);
    expect(table.task().endedAt).toBe(formatMicros(table.now));
  });
});

describe("open deliveries", () => {
  it("are the ended tasks with undelivered results, also after a restart", () => {
    const table = new LedgerTable();
    for (const id of ["running", "told", "open", "cancelled"]) table.handleEvent(started(child(id, { label: id })));
    for (const id of ["told", "open"]) table.handleEvent(ended(child(id)));
    table.handleEvent(ended(child("cancelled"), "killed"));
    const confirmed = table.tasks().find((task) => task.label === "told");
    expect(table.book.reportDelivery(confirmed?.taskId ?? "", { kind: "host_confirmed", receipt: "r" })).toBe(true);
    expect(table.book.reportDelivery(confirmed?.taskId ?? "", { kind: "host_confirmed", receipt: "r" })).toBe(false);

    expect(table.book.openDeliveries().map((open) => open.title)).toEqual(["open"]);
    table.reopen();
    expect(table.book.openDeliveries().map((open) => open.title)).toEqual(["open"]);
  });

  it("are unchanged by a report on an unknown task", () => {
    const table = new LedgerTable();
    table.handleEvent(started(child("a")));
    expect(table.book.reportDelivery("t-20261120-000000zzzzzz", { kind: "sending" })).toBe(false);
  });
});
