import { describe, expect, it } from "vitest";
import { readCronJob } from "../../../plugin/host/actions/cron-jobs.ts";
import type { HostTaskRow } from "../../../plugin/host/actions/host-task-row.ts";
import type { HostEvent } from "../../../plugin/host/events/host-events.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { listed, ReconcileTable } from "../support/reconcile-table.ts";

const started = (id: string): HostEvent => ({
  kind: "child_started",
  source: "subagent_progress",
  spawn: { runId: `run-${id}`, childSessionKey: `agent:fake:acp:${id}`, requesterSessionKey: REQUESTER, route: ROUTE },
});
const ended = (id: string, more: object = {}): HostTaskRow =>
  listed(id, { status: "completed", execution: { state: "finished" }, endedAt: Date.now(), ...more });

describe("work that the host shows nothing of", () => {
  it("is missed at the first look and lost after five minutes and a second look", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    await host.poll();
    expect(host.table.task()).toMatchObject({ status: "running", missingSince: expect.any(String) as string });
    await host.poll(4);
    expect(host.table.task().status).toBe("running");
    await host.poll(2);
    expect(host.table.task()).toMatchObject({
      status: "lost",
      error: expect.stringContaining("nothing has worked on it since") as string,
      delivery: { state: "pending", route: ROUTE },
    });
  });

  it("is not lost by one look alone, however long ago the last one was", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    await host.poll(60);
    expect(host.table.task().status).toBe("running");
  });

  it("is saved by a row that reappears within the five minutes", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    await host.poll();
    host.rows = [listed("a")];
    await host.poll(4);
    expect(host.table.task()).toMatchObject({ status: "running", missingSince: null });
    host.rows = [];
    await host.poll(10);
    expect(host.table.task().status, "counted anew").toBe("running");
  });

  it("is saved by a sign of life from another source", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    await host.poll();
    host.table.handleEvent({
      kind: "step",
      observed: { runId: "run-a", sessionKey: undefined, step: { update: "next" } },
    });
    await host.poll(6);
    expect(host.table.task().status).toBe("running");
  });

  it("is neither missed nor lost by a list that may have gaps", async () => {
    const host = new ReconcileTable();
    host.complete = false;
    host.table.handleEvent(started("a"));
    await host.poll();
    expect(host.table.task().missingSince).toBeNull();
    host.complete = true;
    await host.poll();
    host.complete = false;
    await host.poll(10);
    expect(host.table.task().status).toBe("running");
  });

  it("is asked for by its id before it is missed: lists of what is open do not show what has ended", async () => {
    const host = new ReconcileTable();
    host.rows = [listed("a")];
    await host.poll();
    host.rows = [ended("a")];
    host.results.set("row-a", "the whole result");
    await host.poll(1);
    expect(host.table.task()).toMatchObject({ status: "succeeded", result: "the whole result" });
    expect(host.queries.at(-1)?.only).toBe("open");
  });
});

describe("a run of the command line that was cut off", () => {
  const cut = {
    runtime: "cli",
    kind: "cli",
    childSessionKey: REQUESTER,
    status: "cancelled",
    error: "Task execution process exited before restart.",
    endedAt: Date.now(),
  };

  it("is lost after five minutes when the host does not go on with it", async () => {
    const host = new ReconcileTable();
    host.rows = [listed("a", { runtime: "cli", kind: "cli", childSessionKey: REQUESTER })];
    await host.poll();
    host.rows = [listed("a", cut)];
    await host.poll(1, "all");
    expect(host.table.task()).toMatchObject({ status: "running", missingSince: expect.any(String) as string });
    await host.poll(3);
    expect(host.table.task().status).toBe("running");
    await host.poll(2);
    expect(host.table.task().status).toBe("lost");
  });

  it("goes on when the host goes on with it", async () => {
    const host = new ReconcileTable();
    host.rows = [listed("a", { runtime: "cli", kind: "cli", childSessionKey: REQUESTER })];
    await host.poll();
    host.table.now += 10_000_000;
    host.table.reopen();
    host.rows = [
      listed("a", cut),
      listed("b", {
        runtime: "cli",
        kind: "cli",
        childSessionKey: REQUESTER,
        title: "[System] Your previous turn was interrupted by a",
      }),
    ];
    await host.poll(1, "all");
    await host.poll(6);
    await host.poll(6);
    expect(host.table.task()).toMatchObject({
      status: "running",
      missingSince: null,
      attempts: [{ status: "lost" }, { status: "running", runId: "run-b" }],
    });
  });
});

describe("what the host knows and the ledger does not", () => {
  it("is recorded: what goes on, and what has ended", async () => {
    const host = new ReconcileTable();
    host.rows = [listed("a"), ended("b"), ended("c", { status: "failed", error: "boom" })];
    await host.poll(0, "all");
    expect(host.table.tasks().map(({ label, status }) => `${label} ${status}`)).toEqual([
      "job a running",
      "job b succeeded",
      "job c failed",
    ]);
  });

  it("changes nothing when it is compared again", async () => {
    const host = new ReconcileTable();
    host.rows = [
      listed("a"),
      ended("b"),
      listed("c", { runtime: "cli", kind: "exec", runId: "exec:x", sourceId: "x" }),
    ];
    await host.poll(0, "all");
    const before = host.table.tasks();
    await host.poll(1, "all");
    await host.poll(1);
    expect(host.table.tasks()).toEqual(before);
  });

  it("tells the end of our own work with the whole result, which lists do not have", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    host.rows = [ended("a", { progressSummary: "the wh" })];
    host.results.set("row-a", "the whole result");
    await host.poll(0, "all");
    expect(host.asked).toEqual(["row-a"]);
    expect(host.table.task()).toMatchObject({ status: "succeeded", result: "the whole result" });
  });
});

describe("a scheduled run that ended in a gap", () => {
  const JOB = "job-1";
  const run = {
    jobId: JOB,
    runAtMs: 7,
    jobName: "report",
    payloadKind: "agentTurn",
    task: "write a report",
    description: undefined,
    agentId: "main",
    sessionKey: undefined,
    sessionId: undefined,
    model: undefined,
  };
  const job = readCronJob({ id: JOB, name: "report", delivery: { mode: "announce", channel: "telegram", to: "4242" } });
  const row = (more: object = {}): HostTaskRow =>
    ended("cron", { runtime: "cron", kind: "automation_run", sourceId: JOB, runId: `cron:${JOB}:7:x`, ...more });

  it.each([
    [{ state: "delivered" }, { state: "delivered" }],
    [
      { state: "failed", reason: "no such chat" },
      { state: "pending", sender: "clawtask" },
    ],
    [{ state: "not_requested" }, { state: "pending", sender: "clawtask" }],
  ] as const)("is told as the host's scheduler says it was: %j", async (said, delivery) => {
    const host = new ReconcileTable({ cron: "done_only" });
    host.table.handleEvent({ kind: "cron_started", run, job });
    host.rows = [row({ terminalSummary: "seven sheep" })];
    host.deliveries.set(`${JOB} 7`, said);
    await host.poll(0, "all");
    expect(host.table.task()).toMatchObject({ status: "succeeded", result: "seven sheep", delivery });
  });

  it("that the scheduler knows nothing of ends all the same", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent({ kind: "cron_started", run, job });
    host.rows = [row()];
    await host.poll(0, "all");
    expect(host.table.task()).toMatchObject({ status: "succeeded", delivery: { state: "none" } });
  });
});

describe("comparing", () => {
  it("asks for what our own work needs", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"), started("b"));
    await host.poll();
    expect(host.queries).toEqual([{ only: "open", sessionKeys: [REQUESTER] }]);
  });

  it("is done once for many calls, and once more, whole, when there was a gap meanwhile", async () => {
    const host = new ReconcileTable();
    let open: () => void = () => undefined;
    host.gate = new Promise((resolve) => (open = resolve));
    const calls = [host.reconciler.run("open"), host.reconciler.run("open")];
    void host.reconciler.run("all");
    void host.reconciler.run("all");
    open();
    await Promise.all(calls);
    await host.reconciler.run("open");
    expect(host.queries.map(({ only }) => only)).toEqual(["open", "all"]);
  });

  it("goes on after the host gave no answer", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    host.fails = new Error("offline");
    await host.poll();
    expect(host.problems).toEqual([expect.stringContaining("offline")]);
    host.fails = undefined;
    await host.poll();
    expect(host.table.task().missingSince).not.toBeNull();
  });

  it("says nothing of a process by the row of an older one of the same name", async () => {
    const host = new ReconcileTable();
    const process = { runtime: "cli", kind: "exec", runId: "exec:young-dune", sourceId: "young-dune" };
    const at = host.table.now / 1000;
    host.table.handleEvent({
      kind: "process_started",
      process: { processId: "young-dune", command: "make", sessionKey: REQUESTER, runId: undefined, startedAt: at },
    });
    host.rows = [
      listed("new", { ...process, createdAt: at }),
      ended("old", { ...process, createdAt: at - 4 * 86_400_000, endedAt: at - 4 * 86_400_000 }),
    ];
    await host.poll(0);
    await host.poll(0, "all");
    expect(host.table.tasks().filter(({ label }) => label === "make")).toMatchObject([{ status: "running" }]);
  });
});
