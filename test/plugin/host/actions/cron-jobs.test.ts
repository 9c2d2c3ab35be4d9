import { describe, expect, it, vi } from "vitest";
import {
  isSystemJob,
  listCronJobs,
  listSchedulerJobs,
  readCronJob,
  updateSchedulerJob,
} from "../../../../plugin/host/actions/cron-jobs.ts";
import { JOB } from "../../support/host-rows.ts";

const COMMAND_JOB = {
  id: JOB,
  name: "cmdjob",
  enabled: true,
  schedule: { kind: "every", everyMs: 3_600_000 },
  sessionTarget: "isolated",
  wakeMode: "now",
  payload: { kind: "command", argv: ["sh", "-lc", "echo cron-out; sleep 2"] },
  delivery: { mode: "none", channel: "last" },
  state: {},
};
const HEARTBEAT = {
  id: "h",
  declarationKey: "heartbeat:main",
  displayName: "Heartbeat (main)",
  agentId: "main",
  name: "heartbeat-main",
  payload: { kind: "heartbeat" },
};

describe("readCronJob", () => {
  it("reads a job created from a terminal without an owner or address", () => {
    expect(readCronJob(COMMAND_JOB)).toEqual({
      jobId: JOB,
      name: "cmdjob",
      agentId: undefined,
      enabled: true,
      payloadKind: "command",
      task: "echo cron-out; sleep 2",
      sessionTarget: "isolated",
      ownerSessionKey: undefined,
      deliveryMode: "none",
      route: undefined,
      isSystem: false,
    });
  });

  it("reads the owner session and the delivery route of an agent's job", () => {
    const job = {
      ...COMMAND_JOB,
      payload: { kind: "agentTurn", message: "count the sheep" },
      owner: { agentId: "main", sessionKey: "agent:main:main", accountId: "default" },
      delivery: { mode: "announce", channel: "telegram", to: "telegram:4242" },
      enabled: false,
    };
    expect(readCronJob(job)).toMatchObject({
      enabled: false,
      task: "count the sheep",
      ownerSessionKey: "agent:main:main",
      deliveryMode: "announce",
      route: { channel: "telegram", to: "telegram:4242", sessionKey: "agent:main:main" },
    });
  });

  it.each([
    [{ kind: "systemEvent", text: "remember the milk" }, "remember the milk"],
    [{ kind: "command", argv: ["node", "x.js", 7] }, "node x.js 7"],
    [{ kind: "command", argv: [] }, undefined],
    [undefined, undefined],
  ])("reads payload %j as task %s", (payload, task) => {
    expect(readCronJob({ ...COMMAND_JOB, payload })?.task).toBe(task);
  });

  it.each([undefined, null, 7, [], {}, { id: 7 }])("returns nothing for an invalid value: %j", (value) => {
    expect(readCronJob(value)).toBeUndefined();
  });
});

describe("isSystemJob", () => {
  it.each([
    [HEARTBEAT],
    [{ id: "x", payload: { kind: "heartbeat" } }],
    [{ ...COMMAND_JOB, declarationKey: "skill-collection-review:main" }],
    [{ ...COMMAND_JOB, name: "skill-collection-review-main" }],
    [{ ...COMMAND_JOB, description: "[managed-by=memory-core.short-term-promotion] Promote weighted recalls" }],
  ])("recognizes the host's own jobs (%#)", (job) => {
    expect(isSystemJob(job)).toBe(true);
    expect(readCronJob(job)?.isSystem).toBe(true);
  });

  it.each([[COMMAND_JOB], [{ ...COMMAND_JOB, declarationKey: "claw:main:1" }], [undefined]])(
    "rejects user jobs and missing values (%#)",
    (job) => {
      expect(isSystemJob(job)).toBe(false);
    },
  );
});

describe("the list of jobs", () => {
  it("is read from the gateway page by page", async () => {
    const request = vi
      .fn()
      .mockResolvedValueOnce({ jobs: [COMMAND_JOB, {}], hasMore: true, nextOffset: 2 })
      .mockResolvedValueOnce({ jobs: [HEARTBEAT], hasMore: false });
    expect((await listCronJobs({ request })).map(({ jobId }) => jobId)).toEqual([JOB, "h"]);
    expect(request.mock.calls).toMatchObject([[{ params: { offset: 0 } }], [{ params: { offset: 2 } }]]);
  });

  it("ends when the gateway returns the same page repeatedly", async () => {
    const request = vi.fn().mockResolvedValue({ jobs: [COMMAND_JOB], hasMore: true, nextOffset: 1 });
    expect(await listCronJobs({ request })).toHaveLength(1);
  });

  it("is read from the host's scheduler, and is empty without one", async () => {
    const list = vi.fn().mockResolvedValue([COMMAND_JOB, HEARTBEAT]);
    expect(await listSchedulerJobs(() => ({ list }))).toHaveLength(2);
    expect(list).toHaveBeenCalledWith({ includeDisabled: true });
    expect(await listSchedulerJobs(() => undefined)).toEqual([]);
  });
});

describe("updateSchedulerJob", () => {
  it("updates through the host's scheduler and returns its refusal", async () => {
    const asked: unknown[] = [];
    const update = (id: string, patch: object): Promise<void> => {
      asked.push([id, patch]);
      return id === "job-1" ? Promise.resolve() : Promise.reject(new Error("unknown job"));
    };
    expect(await updateSchedulerJob(() => ({ update }), "job-1", { enabled: false })).toEqual({ ok: true });
    expect(asked).toEqual([["job-1", { enabled: false }]]);
    expect(await updateSchedulerJob(() => ({ update }), "job-2", {})).toEqual({
      ok: false,
      isFinal: true,
      message: "unknown job",
    });
    expect(await updateSchedulerJob(() => undefined, "job-1", {})).toMatchObject({ ok: false, isFinal: false });
  });
});
