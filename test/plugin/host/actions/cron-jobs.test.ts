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

describe("a job", () => {
  it("of a person at a terminal has no owner and no address", () => {
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

  it("of an agent tells whose session made it and where its result goes", () => {
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
  ])("with payload %j asks for %s", (payload, task) => {
    expect(readCronJob({ ...COMMAND_JOB, payload })?.task).toBe(task);
  });

  it.each([undefined, null, 7, [], {}, { id: 7 }])("that cannot be read is none (%j)", (value) => {
    expect(readCronJob(value)).toBeUndefined();
  });
});

describe("the host's own jobs", () => {
  it.each([
    [HEARTBEAT],
    [{ id: "x", payload: { kind: "heartbeat" } }],
    [{ ...COMMAND_JOB, declarationKey: "skill-collection-review:main" }],
    [{ ...COMMAND_JOB, name: "skill-collection-review-main" }],
    [{ ...COMMAND_JOB, description: "[managed-by=memory-core.short-term-promotion] Promote weighted recalls" }],
  ])("are told apart (%#)", (job) => {
    expect(isSystemJob(job)).toBe(true);
    expect(readCronJob(job)?.isSystem).toBe(true);
  });

  it.each([[COMMAND_JOB], [{ ...COMMAND_JOB, declarationKey: "claw:main:1" }], [undefined]])(
    "are not what somebody asked for (%#)",
    (job) => {
      expect(isSystemJob(job)).toBe(false);
    },
  );
});

describe("all jobs", () => {
  it("come from the gateway page by page", async () => {
    const request = vi
      .fn()
      .mockResolvedValueOnce({ jobs: [COMMAND_JOB, {}], hasMore: true, nextOffset: 2 })
      .mockResolvedValueOnce({ jobs: [HEARTBEAT], hasMore: false });
    expect((await listCronJobs({ request })).map(({ jobId }) => jobId)).toEqual([JOB, "h"]);
    expect(request.mock.calls).toMatchObject([[{ params: { offset: 0 } }], [{ params: { offset: 2 } }]]);
  });

  it("of a gateway that pages in circles do not take for ever", async () => {
    const request = vi.fn().mockResolvedValue({ jobs: [COMMAND_JOB], hasMore: true, nextOffset: 1 });
    expect(await listCronJobs({ request })).toHaveLength(1);
  });

  it("come from the host's scheduler, and none from one that is not there", async () => {
    const list = vi.fn().mockResolvedValue([COMMAND_JOB, HEARTBEAT]);
    expect(await listSchedulerJobs(() => ({ list }))).toHaveLength(2);
    expect(list).toHaveBeenCalledWith({ includeDisabled: true });
    expect(await listSchedulerJobs(() => undefined)).toEqual([]);
  });
});

describe("a change of a job", () => {
  it("goes through the host's scheduler, whose refusal is told in its words", async () => {
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
