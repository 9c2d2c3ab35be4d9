import { describe, expect, it } from "vitest";
import { readCronJob } from "../../../../plugin/host/actions/cron-jobs.ts";
import { type CronEnd, readCronEvent } from "../../../../plugin/host/events/cron-events.ts";
import { cronSignals } from "../../../../plugin/recorder/adapters/cron-adapter.ts";
import { REQUESTER } from "../../support/host-samples.ts";

const SESSION = "agent:main:cron:j1:run:s1";
const JOB = { id: "j1", name: "iso job", payload: { kind: "agentTurn", message: "Count." }, sessionTarget: "isolated" };
const event = (more: object): object => ({ jobId: "j1", runAtMs: 1795214229198, job: JOB, ...more });
const getEnd = (more: object): CronEnd => {
  const read = readCronEvent(event({ action: "finished", ...more }));
  if (read?.action !== "finished") throw new Error("not finished");
  return read.end;
};

describe("the end of a scheduled run, in the words of the scheduler", () => {
  it.each<[object, CronEnd["status"]]>([
    [{ status: "ok", completionStatus: "succeeded" }, "succeeded"],
    [{ status: "ok" }, "succeeded"],
    [{ status: "error", completionStatus: "failed", error: "command exited with code 3" }, "failed"],
    [{ status: "error", error: "cron: job execution timed out (last phase: model-call-started)" }, "timed_out"],
    [{ status: "error", error: "cron: job execution timed out" }, "timed_out"],
    [{ status: "error", completionStatus: "failed", error: "Cancelled by operator." }, "cancelled"],
    [{ status: "error", error: "Cancelled by operator. no longer needed" }, "cancelled"],
    [{ status: "error", completionStatus: "cancelled", error: "stopped" }, "cancelled"],
    [{ status: "error", error: "cron: job interrupted by gateway restart" }, "failed"],
    [{ status: "error", error: "LLM said: Cancelled by operator." }, "failed"],
    [{}, "failed"],
  ])("%j is %s", (words, status) => {
    expect(getEnd(words).status).toBe(status);
  });

  it.each<[object, CronEnd["hostDelivery"]]>([
    [{ deliveryStatus: "delivered", delivered: true }, { state: "delivered" }],
    [{ delivered: true }, { state: "delivered" }],
    [
      { deliveryStatus: "not-delivered", deliveryError: "Refusing implicit isolated cron delivery" },
      { state: "failed", reason: "Refusing implicit isolated cron delivery" },
    ],
    [{ deliveryStatus: "not-requested", delivered: false }, { state: "not_requested" }],
    [{ deliveryStatus: "unknown" }, { state: "unknown" }],
    [{ delivered: false }, undefined],
    [{ deliveryStatus: "something new" }, undefined],
  ])("with %j says of its own delivery: %j", (words, hostDelivery) => {
    expect(getEnd({ status: "ok", ...words }).hostDelivery).toEqual(hostDelivery);
  });
});

describe("what tells of no run", () => {
  it.each(["added", "updated", "removed", "scheduled"])("(%s) is a change of the job", (action) => {
    expect(readCronEvent(event({ action }))).toEqual({ action: "changed", jobId: "j1" });
  });

  it("is a change also when a run is told without its time, which would have no name", () => {
    expect(readCronEvent({ jobId: "j1", action: "finished", job: JOB })).toEqual({ action: "changed", jobId: "j1" });
  });

  it.each([undefined, null, 7, "x", [], {}, { action: "started" }, { jobId: 4, action: "started", runAtMs: 1 }])(
    "(%j) is nothing",
    (value) => {
      expect(readCronEvent(value)).toBeUndefined();
    },
  );
});

describe("the signals of a scheduled run", () => {
  const toSignal = (more: object, job: object = JOB): ReturnType<typeof cronSignals> => {
    const read = readCronEvent(event({ job, ...more }));
    if (read === undefined || read.action === "changed") throw new Error("no run");
    const known = readCronJob(job);
    return cronSignals(
      read.action === "started"
        ? { kind: "cron_started", run: read.run, job: known }
        : { kind: "cron_finished", run: read.run, job: known, end: read.end },
    );
  };

  it("are named by job and time; the session of an isolated run is its own", () => {
    expect(toSignal({ action: "started" })).toMatchObject([
      { names: ["cron:j1:1795214229198"], started: true, mayCreate: true },
    ]);
    expect(toSignal({ action: "finished", status: "ok", sessionKey: SESSION, sessionId: "s1" })).toMatchObject([
      {
        names: ["cron:j1:1795214229198", `session:${SESSION}`],
        facts: { childSessionKey: SESSION, sessionId: "s1" },
      },
    ]);
  });

  it("of a reminder in the main session claim nothing of that session", () => {
    const [signal] = toSignal({ action: "finished", status: "ok", sessionKey: "agent:main:main", summary: "stretch" });
    expect(signal?.names).toEqual(["cron:j1:1795214229198"]);
    expect(signal?.facts).not.toHaveProperty("childSessionKey");
    expect(signal?.ending).toEqual({ status: "succeeded", result: "stretch" });
  });

  it.each<[string, object, string]>([
    ["the prompt of an agent's turn", { kind: "agentTurn", message: "Count." }, "Count."],
    ["the reminder", { kind: "systemEvent", text: "stretch" }, "stretch"],
    ["the command as it was typed", { kind: "command", argv: ["sh", "-lc", "make all"] }, "make all"],
  ])("carry as the task %s", (_what, payload, task) => {
    expect(toSignal({ action: "started" }, { ...JOB, payload })[0]?.facts).toMatchObject({
      runtime: "cron",
      sourceId: "j1",
      label: "iso job",
      task,
    });
  });

  it("carry whom the job belongs to, and where its results go", () => {
    const job = {
      ...JOB,
      owner: { agentId: "main", sessionKey: REQUESTER },
      delivery: { mode: "announce", channel: "telegram", to: "4242" },
    };
    expect(toSignal({ action: "started" }, job)[0]?.facts).toMatchObject({
      requesterSessionKey: REQUESTER,
      route: { channel: "telegram", to: "4242", sessionKey: REQUESTER },
    });
    expect(
      toSignal({ action: "started" }, { ...job, delivery: { mode: "announce", channel: "last" } })[0]?.facts,
    ).not.toHaveProperty("route");
  });

  it.each([
    ["a heartbeat", { ...JOB, payload: { kind: "heartbeat" } }],
    ["the host's upkeep", { ...JOB, description: "[managed-by=memory-core] x" }],
    ["a review of skills", { ...JOB, name: "skill-collection-review-main" }],
  ])("are none for %s", (_what, job) => {
    expect(toSignal({ action: "started" }, job)).toEqual([]);
  });
});
