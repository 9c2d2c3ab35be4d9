import { describe, expect, it } from "vitest";
import type { HostEvent, SpawnFacts } from "../../../../plugin/host/events/host-events.ts";
import { ROUTE } from "../../support/host-samples.ts";
import { LedgerTable, NOON } from "../../support/ledger-table.ts";

const session = (name: string): string => `agent:main:subagent:${name}`;
const child = (name: string, parent: string): SpawnFacts => ({
  runId: `run-${name}`,
  childSessionKey: session(name),
  requesterSessionKey: parent,
  label: name,
  route: ROUTE,
});
const started = (spawn: SpawnFacts): HostEvent => ({ kind: "child_started", source: "subagent_spawned", spawn });
function turnEnded(name: string, text: string, continued = false): HostEvent {
  const silent = { error: undefined, disposition: undefined, delivery: undefined };
  return {
    kind: "turn_ended",
    turn: { runId: `run-${name}`, continued, sessionKey: session(name), status: "succeeded", text, ...silent },
  };
}

const PARENT = child("parent", "agent:main:telegram:direct:1");
const MIDDLE = child("middle", session("parent"));
const LEAF = child("leaf", session("middle"));

/** A parent that ended its turn while its child, and the child of that, still work. */
function waiting(): LedgerTable {
  const table = new LedgerTable();
  table.handleEvent(started(PARENT), started(MIDDLE), started(LEAF));
  table.handleEvent(turnEnded("parent", "waiting for middle"), turnEnded("middle", "waiting for leaf"));
  return table;
}
const subtree = (table: LedgerTable, name: string): number | null | undefined =>
  table.book.openDeliveries().find((open) => open.title === name)?.subtreeEndedAt;

describe("the end of a subtree", () => {
  it("is open while nested work is running at any depth, also after a restart", () => {
    const table = waiting();
    expect([subtree(table, "parent"), subtree(table, "middle")]).toEqual([null, null]);
    table.reopen();
    expect([subtree(table, "parent"), subtree(table, "middle")]).toEqual([null, null]);
  });

  it("is the last end of all nested work", () => {
    const table = waiting();
    table.now = NOON + 600_000_000;
    table.handleEvent(turnEnded("leaf", "leaf is done"));
    const lastEnd = Math.floor(table.now / 1000);
    expect([subtree(table, "parent"), subtree(table, "middle"), subtree(table, "leaf")]).toEqual([
      lastEnd,
      lastEnd,
      lastEnd,
    ]);
  });

  it("is the task's own end without nested work", () => {
    const table = new LedgerTable();
    table.handleEvent(started(PARENT), turnEnded("parent", "done"));
    expect(subtree(table, "parent")).toBe(Math.floor(table.now / 1000));
  });
});

describe("a child that continues after its own children", () => {
  it("has the result of its last turn, in one task with one delivery", () => {
    const table = new LedgerTable();
    table.handleEvent(started(PARENT), turnEnded("parent", "waiting"), turnEnded("parent", "all done", true));
    expect(table.task()).toMatchObject({ status: "succeeded", result: "all done", lateSignals: 0 });
    expect(table.book.openDeliveries()).toMatchObject([{ body: "all done", delivery: { generation: 1 } }]);
  });

  it("keeps the result when its last report is empty or repeated", () => {
    const table = new LedgerTable();
    table.handleEvent(started(PARENT), turnEnded("parent", "all done", true), turnEnded("parent", "all done", true));
    const before = table.task();
    table.handleEvent({ kind: "child_ended", spawn: PARENT, outcome: "ok", error: undefined });
    expect(table.task()).toEqual(before);
  });
});
