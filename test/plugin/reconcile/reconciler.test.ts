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

describe("work that is missing from the host's list", () => {
  it("is missing after the first check, and lost after five minutes and a second check", async () => {
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

  it("is not lost after a single check, however long ago the last one was", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    await host.poll(60);
    expect(host.table.task().status).toBe("running");
  });

  it("is kept when its row reappears within five minutes", async () => {
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

  it("is kept when another source reports activity", async () => {
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

  it("is neither missing nor lost when the list is incomplete", async () => {
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

  it("is looked up by its id first, since the list of open tasks omits ended ones", async () => {
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

describe("an interrupted command-line run", () => {
  const cut = {
    runtime: "cli",
    kind: "cli",
    childSessionKey: REQUESTER,
    status: "cancelled",
    error: "Task execution process exited before restart.",
    endedAt: Date.now(),
  };

  it("is lost after five minutes when the host does not resume it", async () => {
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

  it("resumes when the host resumes it", async () => {
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

describe("work that is missing from the ledger", () => {
  it("is recorded, whether it is running or has ended", async () => {
    const host = new ReconcileTable();
    host.rows = [listed("a"), ended("b"), ended("c", { status: "failed", error: "boom" })];
    await host.poll(0, "all");
    expect(host.table.tasks().map(({ label, status }) => `${label} ${status}`)).toEqual([
      "job a running",
      "job b succeeded",
      "job c failed",
    ]);
  });

  it("is unchanged when it is compared again", async () => {
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

  it("gets its end with the whole result, which the list does not contain", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    host.rows = [ended("a", { progressSummary: "the wh" })];
    host.results.set("row-a", "the whole result");
    await host.poll(0, "all");
    expect(host.asked).toEqual(["row-a"]);
    expect(host.table.task()).toMatchObject({ status: "succeeded", result: "the whole result" });
  });
});

describe("a scheduled run that ended during a gap", () => {
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
  ] as const)("takes its delivery from the host's scheduler: %j", async (said, delivery) => {
    const host = new ReconcileTable({ cron: "done_only" });
    host.table.handleEvent({ kind: "cron_started", run, job });
    host.rows = [row({ terminalSummary: "seven sheep" })];
    host.deliveries.set(`${JOB} 7`, said);
    await host.poll(0, "all");
    expect(host.table.task()).toMatchObject({ status: "succeeded", result: "seven sheep", delivery });
  });

  it("ends even when the scheduler does not know it", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent({ kind: "cron_started", run, job });
    host.rows = [row()];
    await host.poll(0, "all");
    expect(host.table.task()).toMatchObject({ status: "succeeded", delivery: { state: "none" } });
  });
});

describe("the reconciler", () => {
  it("queries the sessions of the ledger's own work", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"), started("b"));
    await host.poll();
    expect(host.queries).toEqual([{ only: "open", sessionKeys: [REQUESTER] }]);
  });

  it("merges concurrent calls, and runs once more in full after a gap", async () => {
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

  it("continues after a failed request to the host", async () => {
    const host = new ReconcileTable();
    host.table.handleEvent(started("a"));
    host.fails = new Error("offline");
    await host.poll();
    expect(host.problems).toEqual([expect.stringContaining("offline")]);
    host.fails = undefined;
    await host.poll();
    expect(host.table.task().missingSince).not.toBeNull();
  });

  it("ignores the row of an older process with the same name", async () => {
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
