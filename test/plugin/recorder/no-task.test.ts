import { describe, expect, it } from "vitest";
import type { HostEvent, SpawnFacts } from "../../../plugin/host/events/host-events.ts";
import { UNMATCHED_RETENTION_MS } from "../../../plugin/recorder/ledger/task-correlation.ts";
import { ROUTE } from "../support/host-samples.ts";
import { LedgerTable } from "../support/ledger-table.ts";
import * as samples from "../support/runtime-samples.ts";

const PERSON = "agent:main:telegram:direct:1";
const child = (id: string): SpawnFacts => ({
  runId: `run-${id}`,
  childSessionKey: `agent:main:subagent:${id}`,
  requesterSessionKey: PERSON,
  label: id,
  route: ROUTE,
});
const started = (spawn: SpawnFacts): HostEvent => ({ kind: "child_started", source: "subagent_spawned", spawn });
const ended = (spawn: SpawnFacts): HostEvent => ({ kind: "child_ended", spawn, outcome: "ok", error: undefined });

describe("recording events of work that is not detached", () => {
  const heartbeat = samples.row({
    taskId: "hb",
    kind: "automation_run",
    runtime: "cron",
    title: "heartbeat-main",
    status: "failed",
    error: "heartbeat skipped: no-route",
    sessionKey: "",
    ownerKey: "",
    runId: "cron:job:1795231500859:x",
    sourceId: "job",
    createdAt: 1795231500859,
  });
  const maintenance = samples.row({
    taskId: "m",
    kind: "context_engine_turn_maintenance",
    runtime: "cli",
    title: "maintenance",
    status: "running",
    sessionKey: PERSON,
    runId: "r",
  });
  const { activity } = samples;
  const step = (runId: string): HostEvent => ({
    kind: "step",
    observed: {
      runId,
      sessionKey: PERSON,
      step: { phase: "editing", update: activity("tool", { phase: "start", name: "edit" }).kind },
    },
  });

  it.each<[string, HostEvent[]]>([
    ["heartbeats", [heartbeat]],
    ["host maintenance", [maintenance]],
    [
      "an ordinary turn",
      [
        samples.lifecycle("r1", PERSON, { phase: "start" }),
        step("r1"),
        samples.lifecycle("r1", PERSON, samples.reply("hello")),
      ],
    ],
    ["a command that ended at once", [{ kind: "command_ran", sessionKey: PERSON }]],
    [
      "a turn that announces a child",
      [samples.lifecycle("announce:v1:agent:main:subagent:x:r", PERSON, samples.reply("hi"))],
    ],
    ["the end of a child whose start was not observed", [ended(child("x"))]],
  ])("creates no task for %s", (_what, events) => {
    const table = new LedgerTable();
    table.handleEvent(...events, ...events);
    expect(table.tasks()).toEqual([]);
  });
});

describe("a signal that arrives before its task", () => {
  const step: HostEvent = {
    kind: "step",
    observed: { runId: "run-a", sessionKey: "agent:main:subagent:a", step: { phase: "editing", update: "early" } },
  };
  const turnEnd = samples.lifecycle("run-a", "agent:main:subagent:a", samples.reply("done"));

  it("is applied when it is an end, and dropped when it is a step", () => {
    const table = new LedgerTable();
    table.handleEvent(step, turnEnd, started(child("a")));
    expect(table.task()).toMatchObject({ status: "succeeded", result: "done", latestUpdate: null });
  });

  it("is kept for two minutes only", () => {
    const table = new LedgerTable();
    table.handleEvent(turnEnd);
    table.now += UNMATCHED_RETENTION_MS * 1000;
    table.handleEvent(ended(child("other")), started(child("a")));
    expect(table.task().status).toBe("running");
  });
});

describe("work that the host recorded before ClawTask was installed", () => {
  const last = samples.subagent(1).events[4] as Extract<HostEvent, { kind: "host_row" }>;
  const old = (deliveryStatus: string): HostEvent => {
    const endedAt = Date.now() - 6 * 24 * 3_600_000;
    return { ...last, isLive: false, row: { ...last.row, endedAt, deliveryStatus } };
  };

  it("is recorded, and not delivered again", () => {
    const table = new LedgerTable();
    table.handleEvent(old("delivered"), old("delivered"));
    expect(table.task()).toMatchObject({ status: "succeeded", delivery: { state: "delivered" } });
    expect(table.book.openDeliveries()).toEqual([]);
  });

  it("does not settle a delivery that ClawTask is watching itself", () => {
    const table = new LedgerTable();
    table.handleEvent(...samples.subagent(1).events, old("delivered"));
    expect(table.task().delivery).toMatchObject({ state: "pending" });
  });
});
