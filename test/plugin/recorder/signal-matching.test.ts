import { describe, expect, it } from "vitest";
import type { HostEvent, SpawnFacts } from "../../../plugin/host/events/host-events.ts";
import * as cronSamples from "../support/cron-samples.ts";
import { ROUTE } from "../support/host-samples.ts";
import { LedgerTable, NOON } from "../support/ledger-table.ts";
import * as samples from "../support/runtime-samples.ts";

const DAY = 24 * 3_600_000_000;
const PERSON = "agent:main:telegram:direct:1";
const child = (id: string, more: Partial<SpawnFacts> = {}): SpawnFacts => ({
  runId: `run-${id}`,
  childSessionKey: `agent:main:subagent:${id}`,
  requesterSessionKey: PERSON,
  label: id,
  route: ROUTE,
  ...more,
});
const started = (spawn: SpawnFacts): HostEvent => ({ kind: "child_started", source: "subagent_spawned", spawn });
const ended = (spawn: SpawnFacts, outcome = "ok"): HostEvent => ({
  kind: "child_ended",
  spawn,
  outcome,
  error: undefined,
});
const brief = (table: LedgerTable): string[] => table.tasks().map(({ label, status }) => `${label} ${status}`);

describe("a reused process name", () => {
  const process = (label: string, startedAt: number): HostEvent => ({
    kind: "process_started",
    process: { processId: "young-dune", command: label, sessionKey: PERSON, runId: undefined, startedAt },
  });
  const processRow = (id: string, createdAt: number, status: string): HostEvent =>
    samples.row({
      taskId: id,
      kind: "exec",
      runtime: "cli",
      title: id,
      sessionKey: PERSON,
      runId: "exec:young-dune",
      sourceId: "young-dune",
      status,
      createdAt,
    });
  const at = (micros: number): number => Math.floor(micros / 1000);

  it("refers to new work days later, and each end goes to its own task", () => {
    const table = new LedgerTable();
    table.handleEvent(
      process("first", at(NOON)),
      processRow("h1", at(NOON), "running"),
      processRow("h1", at(NOON), "completed"),
    );
    table.now = NOON + 3 * DAY;
    table.handleEvent(process("second", at(table.now)), processRow("h2", at(table.now), "running"));
    expect(brief(table)).toEqual(["first succeeded", "second running"]);
    table.handleEvent(processRow("h1", at(NOON), "completed"), processRow("h2", at(NOON + 3 * DAY), "failed"));
    expect(brief(table)).toEqual(["first succeeded", "second failed"]);
  });

  it("refers to the same work within minutes, from several sources and after a restart", () => {
    const table = new LedgerTable();
    table.handleEvent(process("first", at(NOON)));
    table.reopen();
    table.now += 60_000_000;
    table.handleEvent(processRow("h1", at(NOON), "running"), process("first", at(NOON)));
    expect(table.tasks()).toHaveLength(1);
  });
});

describe("a reused session", () => {
  const session = "agent:main:subagent:shared";
  const [first, second] = [
    child("first", { childSessionKey: session, runId: "run-1" }),
    child("second", { childSessionKey: session, runId: "run-2" }),
  ];

  it.each<[string, (table: LedgerTable) => void]>([
    ["the first one's end is repeated", (table) => table.handleEvent(ended(first))],
    [
      "the first one's result is delivered",
      (table) => {
        const [task] = table.tasks();
        table.book.reportDelivery(task?.taskId ?? "", { kind: "host_confirmed", receipt: "r" });
      },
    ],
  ])("refers to its newest work even after %s", (_what, happens) => {
    for (const restarts of [false, true]) {
      const table = new LedgerTable();
      table.handleEvent(started(first), ended(first), started(second));
      happens(table);
      if (restarts) table.reopen();
      table.handleEvent(ended({ childSessionKey: session }, "deleted"));
      expect(brief(table), `restarts: ${restarts}`).toEqual(["first succeeded", "second cancelled"]);
    }
  });

  it("does not take another run while its work has one, even in one batch", () => {
    const table = new LedgerTable();
    table.handleEvent({
      kind: "child_progress_ended",
      spawn: { childSessionKey: session },
      outcome: "ok",
      error: undefined,
    });
    table.handleTogether(started(first), started(second));
    expect(table.tasks().map(({ names }) => names.filter((name) => name.startsWith("run:")))).toEqual([
      ["run:run-1"],
      ["run:run-2"],
    ]);
  });
});

describe("nested work", () => {
  it("is linked to its parent task, both from memory and from disk", () => {
    for (const restarts of [false, true]) {
      const table = new LedgerTable();
      table.handleEvent(started(child("parent")));
      if (restarts) table.reopen();
      table.handleEvent(started(child("leaf", { requesterSessionKey: "agent:main:subagent:parent" })));
      const [parent, leaf] = table.tasks();
      expect(leaf?.parentTaskId).toBe(parent?.taskId);
      expect(parent?.parentTaskId).toBeNull();
    }
  });

  it("is linked to the run of a scheduled job", () => {
    const table = new LedgerTable();
    const cron = cronSamples.cron(1).events;
    table.handleEvent(...cron.slice(0, 2), started(child("leaf", { requesterSessionKey: cronSamples.cronSession(1) })));
    const [above, leaf] = table.tasks();
    expect(leaf?.parentTaskId).toBe(above?.taskId);
  });

  it("is never its own parent, though it runs in the requester's session", () => {
    const table = new LedgerTable();
    const same = "agent:main:subagent:self";
    table.handleEvent(
      started(child("self", { requesterSessionKey: same })),
      started(child("self", { requesterSessionKey: same, runId: "run-b" })),
    );
    expect(table.tasks().map(({ parentTaskId }) => parentTaskId)).toEqual([null, null]);
  });
});

describe("the notification policy of a task", () => {
  it("is the operator's choice for its runtime, or that of its parent, at creation", () => {
    const table = new LedgerTable({ notify: { exec: "done_only", subagent: "silent" } });
    table.handleEvent(...samples.exec(1).events.slice(0, 3), started(child("a")), samples.media(1).events[1]!);
    expect(table.tasks().map(({ runtime, notify }) => `${runtime} ${notify}`)).toEqual([
      "exec done_only",
      "subagent silent",
      "media silent",
    ]);
  });
});

describe("the result of a scheduled run with active children", () => {
  const below = child("leaf", { requesterSessionKey: cronSamples.cronSession(1) });
  const leafEnds = samples.lifecycle(
    "run-leaf",
    below.childSessionKey ?? "",
    samples.reply("seven sheep, counted twice"),
  );

  it("waits for the children and is then taken from them", () => {
    const table = new LedgerTable({ notify: { cron: "done_only" } });
    const { events } = cronSamples.cron(1);
    table.handleEvent(...events.slice(0, 3), started(below), ...events.slice(4));
    const open = (): unknown => table.book.openDeliveries().find(({ title }) => title === "count job");
    expect(open()).toMatchObject({ subtreeEndedAt: null });
    table.handleEvent(leafEnds);
    expect(open()).toMatchObject({
      body: "seven sheep, counted twice",
      subtreeEndedAt: Math.floor(table.now / 1000),
    });
  });

  it("is its own when the children ended before it", () => {
    const table = new LedgerTable({ notify: { cron: "done_only" } });
    const { events } = cronSamples.cron(1);
    table.handleEvent(...events.slice(0, 3), started(below), leafEnds, ...events.slice(4));
    expect(table.book.openDeliveries().find(({ title }) => title === "count job")?.body).toBe("seven sheep");
  });
});
