import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CronJob, readCronJob } from "../../../plugin/host/actions/cron-jobs.ts";
import { type HostTaskRow, readHostTaskRow } from "../../../plugin/host/actions/host-task-row.ts";
import type { HostEvent } from "../../../plugin/host/events/host-events.ts";
import { BroadcastFeed } from "../../../plugin/reconcile/broadcast-feed.ts";
import type { DeliveryRoute } from "../../../registry-helper/internal.ts";
import { CLI_BROADCAST, EXEC_BROADCAST, SUBAGENT_BROADCAST } from "../support/host-rows.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";

const SNAPSHOT = { id: "j1", name: "iso job", payload: { kind: "agentTurn", message: "Count." } };
const OWNED = { ...SNAPSHOT, owner: { agentId: "main", sessionKey: REQUESTER } };
const toJob = (value: object): CronJob => readCronJob(value) as CronJob;
const cron = (action: string, more: object = {}): object => ({
  jobId: "j1",
  action,
  runAtMs: 5,
  job: SNAPSHOT,
  ...more,
});

/** A gateway that a test plays, and what the recorder hears of it. */
class Gateway {
  received: HostEvent[] = [];
  everything = 0;
  readonly problems: string[] = [];
  readonly routed: string[] = [];
  /** Rows as they are when one is asked for. */
  readonly whole = new Map<string, HostTaskRow>();
  jobs = vi.fn<() => Promise<readonly CronJob[]>>(() => Promise.resolve([toJob(OWNED)]));
  findRoute: (sessionKey: string) => Promise<DeliveryRoute | undefined> = () => Promise.resolve(ROUTE);
  readonly feed = new BroadcastFeed({
    handleEvent: (event) => this.received.push(event),
    jobs: () => this.jobs(),
    findRoute: (sessionKey) => {
      this.routed.push(sessionKey);
      return this.findRoute(sessionKey);
    },
    get: (hostTaskId) => Promise.resolve(this.whole.get(hostTaskId)),
    onResync: () => (this.everything += 1),
    problem: (message) => this.problems.push(message),
  });

  async task(task: object): Promise<void> {
    this.feed.broadcast("task", { action: "upserted", task });
    await flush();
  }

  async cron(value: object): Promise<void> {
    this.feed.broadcast("cron", value);
    await flush();
  }

  owners(): (string | undefined)[] {
    return this.received.map((event) =>
      event.kind === "cron_started" || event.kind === "cron_finished" ? event.job?.ownerSessionKey : "no cron",
    );
  }
}

async function flush(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

describe("a broadcast task row", () => {
  it.each([
    ["a command-line run", { ...CLI_BROADCAST, status: "running" }],
    ["work started by a plugin", { ...SUBAGENT_BROADCAST, status: "running", title: "plugin:elsewhere" }],
  ])("is emitted again with the full task text for %s", async (_what, row) => {
    const gateway = new Gateway();
    const whole = readHostTaskRow({ ...row, prompt: "the whole of a long request" });
    gateway.whole.set(whole?.hostTaskId ?? "", whole as HostTaskRow);
    await gateway.task(row);
    expect(gateway.received.at(-1)).toMatchObject({ row: { task: "the whole of a long request" }, isLive: true });
    expect(gateway.received).toHaveLength(2);
  });

  it("is looked up again on the next broadcast when the first lookup failed", async () => {
    const gateway = new Gateway();
    gateway.findRoute = () => Promise.reject(new Error("the gateway is not connected"));
    await gateway.task({ ...EXEC_BROADCAST, status: "running" });
    gateway.findRoute = () => Promise.resolve(ROUTE);
    await gateway.task({ ...EXEC_BROADCAST, status: "running" });
    expect(gateway.received.at(-1)).toMatchObject({ route: ROUTE });
    expect(gateway.problems).toHaveLength(1);
  });

  it("is emitted at once, and again with the route of unrouted work", async () => {
    const gateway = new Gateway();
    await gateway.task(EXEC_BROADCAST);
    expect(gateway.received).toMatchObject([
      { kind: "host_row", isLive: true },
      { kind: "host_row", isLive: true, route: ROUTE },
    ]);
    expect(gateway.received[0]).not.toHaveProperty("route");
  });

  it("has its route looked up once, at the start", async () => {
    const gateway = new Gateway();
    await gateway.task(EXEC_BROADCAST);
    await gateway.task({ ...EXEC_BROADCAST, updatedAt: 7 });
    await gateway.task({ ...EXEC_BROADCAST, status: "completed" });
    expect(gateway.routed).toEqual([EXEC_BROADCAST.sessionKey]);
  });

  it.each([
    ["a child, which gets its route when it is spawned", { ...SUBAGENT_BROADCAST, status: "running" }],
    ["ended work, whose session may have moved", CLI_BROADCAST],
  ])("needs no route lookup for %s", async (_what, task) => {
    const gateway = new Gateway();
    await gateway.task(task);
    expect(gateway.routed).toEqual([]);
    expect(gateway.received).toHaveLength(1);
  });

  it("is emitted without a route when it is missing or the lookup fails", async () => {
    const gateway = new Gateway();
    gateway.findRoute = () => Promise.resolve(undefined);
    await gateway.task(EXEC_BROADCAST);
    gateway.findRoute = () => Promise.reject(new Error("no session store"));
    await gateway.task({ ...EXEC_BROADCAST, id: "x2", taskId: "x2" });
    expect(gateway.received).toHaveLength(2);
    expect(gateway.problems).toEqual([expect.stringContaining("no session store")]);
  });

  it("triggers a full comparison after a restore", () => {
    const gateway = new Gateway();
    gateway.feed.broadcast("task", { action: "restored" });
    expect(gateway.everything).toBe(1);
  });

  it.each([
    ["task", { action: "deleted", taskId: "x" }],
    ["task", { action: "upserted", task: { taskId: 4 } }],
    ["task", undefined],
    ["cron", null],
    ["chat", { text: "hi" }],
    ["tick", {}],
  ])("is ignored when it describes no work (%s %j)", async (name, payload) => {
    const gateway = new Gateway();
    gateway.feed.broadcast(name, payload);
    await flush();
    expect([gateway.received, gateway.everything, gateway.problems]).toEqual([[], 0, []]);
  });
});

describe("a broadcast cron run", () => {
  it("is emitted at once, and again when its owner is known", async () => {
    const gateway = new Gateway();
    await gateway.cron(cron("started"));
    expect(gateway.owners()).toEqual([undefined, REQUESTER]);
    await gateway.cron(cron("finished", { status: "ok" }));
    expect(gateway.owners().at(-1)).toBe(REQUESTER);
    expect(gateway.jobs).toHaveBeenCalledTimes(1);
  });

  it("reloads the jobs after a change, and keeps the owner of a removed job", async () => {
    const gateway = new Gateway();
    await gateway.cron(cron("added", { runAtMs: undefined }));
    gateway.jobs.mockResolvedValue([]);
    await gateway.cron(cron("removed", { runAtMs: undefined }));
    await gateway.cron(cron("finished", { status: "ok" }));
    expect(gateway.jobs).toHaveBeenCalledTimes(2);
    expect(gateway.owners()).toEqual([REQUESTER]);
  });

  it("waits for the jobs when they are being loaded", async () => {
    const gateway = new Gateway();
    let answer: (jobs: readonly CronJob[]) => void = () => undefined;
    gateway.jobs.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    await gateway.cron(cron("added", { runAtMs: undefined }));
    await gateway.cron(cron("started"));
    answer([toJob(OWNED)]);
    await flush();
    expect(gateway.jobs).toHaveBeenCalledTimes(1);
    expect(gateway.owners()).toEqual([undefined, REQUESTER]);
  });

  it("reloads the jobs when the previous load failed", async () => {
    const gateway = new Gateway();
    gateway.jobs.mockRejectedValueOnce(new Error("scheduler is starting"));
    await gateway.cron(cron("started"));
    expect(gateway.problems).toEqual([expect.stringContaining("scheduler is starting")]);
    await gateway.cron(cron("started", { runAtMs: 6 }));
    expect(gateway.owners()).toEqual([undefined, undefined, REQUESTER]);
  });

  it("reloads the jobs at most once a minute when its job is unknown", async () => {
    const gateway = new Gateway();
    gateway.jobs.mockResolvedValue([]);
    await gateway.cron(cron("started"));
    await gateway.cron(cron("started", { runAtMs: 6 }));
    expect(gateway.jobs).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + 60_000);
    await gateway.cron(cron("started", { runAtMs: 7 }));
    expect(gateway.jobs).toHaveBeenCalledTimes(2);
  });

  it("uses the owner named in the broadcast when nothing else names one", async () => {
    const gateway = new Gateway();
    gateway.jobs.mockResolvedValue([]);
    await gateway.cron(cron("started", { job: OWNED }));
    expect(gateway.owners()).toEqual([REQUESTER]);
  });

  it.each([
    ["a heartbeat", { ...SNAPSHOT, payload: { kind: "heartbeat" } }],
    ["a job with a reserved key", { ...SNAPSHOT, declarationKey: "heartbeat:main" }],
    ["a managed job", { ...SNAPSHOT, description: "[managed-by=memory-core]" }],
    ["a skill review", { ...SNAPSHOT, name: "skill-collection-review-main" }],
  ])("is ignored for %s", async (_what, job) => {
    const gateway = new Gateway();
    for (const action of ["added", "started", "finished"]) await gateway.cron(cron(action, { job, status: "error" }));
    expect(gateway.received).toEqual([]);
    expect(gateway.jobs).not.toHaveBeenCalled();
  });
});
