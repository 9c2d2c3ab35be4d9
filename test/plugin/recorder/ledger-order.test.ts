import { describe, expect, it } from "vitest";
import {
  type HostEvent,
  readLifecycle,
  readSubagentEnded,
  readSubagentProgress,
  readSubagentSpawned,
  readToolCall,
} from "../../../plugin/host/events/host-events.ts";
import type { TaskRecord } from "../../../registry-helper/internal.ts";
import * as host from "../support/host-samples.ts";
import { LedgerTable } from "../support/ledger-table.ts";

/** Everything that the host tells of one child that succeeds. */
const EVENTS: Readonly<Record<string, HostEvent>> = {
  spawned: readSubagentSpawned(host.SPAWNED.event, host.SPAWNED.ctx),
  progress: readSubagentProgress(host.PROGRESS_STARTED.event, host.PROGRESS_STARTED.ctx),
  asked: readToolCall(host.SPAWN_CALL.event, host.SPAWN_CALL.ctx)!,
  start: readLifecycle(host.LIFECYCLE_START)!,
  end: readLifecycle(host.LIFECYCLE_END)!,
  ended: readSubagentEnded(host.ENDED.event, host.ENDED.ctx),
};

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

/** The record without what depends on when it was heard. */
function content(task: TaskRecord): object {
  const { taskId: _id, createdAt: _created, lastActivityAt: _active, updatedAt: _updated, ...rest } = task;
  const { startedAt, endedAt, attempts, names, delivery } = rest;
  return {
    ...rest,
    names: names.toSorted(),
    startedAt: startedAt !== null,
    endedAt: endedAt !== null,
    attempts: attempts.map(({ worker, runId, status }) => ({ worker, runId, status })),
    delivery: delivery && { state: delivery.state, sender: delivery.sender, route: delivery.route },
  };
}

const EXPECTED = {
  names: [`run:${host.CHILD_RUN}`, `session:${host.CHILD}`],
  runtime: "subagent",
  status: "succeeded",
  label: "tg-topic-job",
  task: "Count the sheep.\nTwice.",
  requesterSessionKey: host.REQUESTER,
  childSessionKey: host.CHILD,
  parentRunId: host.PARENT_RUN,
  route: host.ROUTE,
  wantsCompletion: true,
  result: "child-result-topic",
  error: null,
  lateSignals: 0,
  endedAt: true,
  delivery: { state: "pending", sender: "host", route: host.ROUTE },
};

describe("recording the events of one child in every order", () => {
  const orders = permutations(Object.keys(EVENTS));
  const inOrder = (order: readonly string[]): HostEvent[] => order.map((name) => EVENTS[name]!);

  it("creates one task with the same record in one batch", () => {
    expect(orders).toHaveLength(720);
    const table = new LedgerTable();
    for (const order of orders) {
      const fresh = new LedgerTable({ root: `${table.registry.root}/${order.join("-")}` });
      fresh.handleTogether(...inOrder(order));
      expect(content(fresh.task()), order.join(" ")).toMatchObject(EXPECTED);
    }
  });

  it("creates one task with the same record one by one", () => {
    const table = new LedgerTable();
    for (const order of orders.filter((_order, index) => index % 7 === 0)) {
      const fresh = new LedgerTable({ root: `${table.registry.root}/${order.join("-")}` });
      fresh.handleEvent(...inOrder(order));
      expect(content(fresh.task()), order.join(" ")).toMatchObject(EXPECTED);
    }
  });

  it("changes nothing when the events are repeated, also after a restart", () => {
    const table = new LedgerTable();
    table.handleEvent(...inOrder(["spawned", "progress", "asked", "start", "end", "ended"]));
    const before = table.task();
    table.handleEvent(...inOrder(["ended", "end", "start", "asked", "progress", "spawned"]));
    table.reopen();
    table.handleEvent(...inOrder(["spawned", "end", "ended", "progress"]));
    expect(table.task()).toEqual(before);
  });
});

describe("an end that arrives before the spawn", () => {
  it("is kept and applied to the task", () => {
    const table = new LedgerTable();
    table.handleEvent(EVENTS["start"]!, EVENTS["end"]!);
    expect(table.tasks()).toEqual([]);

    table.handleEvent(EVENTS["asked"]!);
    expect(table.task()).toMatchObject({ status: "succeeded", result: "child-result-topic" });
  });

  it("is applied when the task was created by its session only", () => {
    const table = new LedgerTable();
    table.handleEvent(EVENTS["end"]!);
    table.handleEvent({ kind: "child_started", source: "subagent_progress", spawn: { childSessionKey: host.CHILD } });
    table.handleEvent(EVENTS["spawned"]!);
    expect(table.task()).toMatchObject({ status: "succeeded", result: "child-result-topic" });
  });

  it("is dropped after two minutes, so that memory use stays bounded", () => {
    const table = new LedgerTable();
    table.handleEvent(EVENTS["end"]!);
    table.now += 121_000_000;
    table.handleEvent({ kind: "turn_started", runId: "another-turn", sessionKey: "agent:main:main" });
    table.handleEvent(EVENTS["spawned"]!);
    expect(table.task()).toMatchObject({ status: "running", result: null });
  });
});

describe("a contradicting end", () => {
  it("does not replace the first one", () => {
    const table = new LedgerTable();
    table.handleEvent(EVENTS["spawned"]!, EVENTS["end"]!);
    const { spawn } = EVENTS["ended"] as Extract<HostEvent, { kind: "child_ended" }>;
    table.handleEvent({ kind: "child_ended", spawn, outcome: "killed", error: "killed" });
    expect(table.task()).toMatchObject({ status: "succeeded", lateSignals: 1, error: null });
  });

  it("changes nothing when it arrives late for a cancelled task", () => {
    const table = new LedgerTable();
    table.handleEvent(
      EVENTS["spawned"]!,
      readLifecycle(host.lifecycle({ phase: "error", aborted: true, error: "aborted" }))!,
    );
    const before = table.task();
    const { spawn } = EVENTS["ended"] as Extract<HostEvent, { kind: "child_ended" }>;
    table.handleEvent({ kind: "child_ended", spawn, outcome: "killed", error: "killed" });
    expect(before).toMatchObject({ status: "cancelled", delivery: { state: "none" } });
    expect(table.task()).toEqual(before);
  });
});
