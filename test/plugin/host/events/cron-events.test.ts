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

describe("the end of a scheduled run", () => {
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
    [{ status: "skipped", completionStatus: "failed", error: "heartbeat skipped: quiet hours" }, "cancelled"],
    [{ status: "skipped" }, "cancelled"],
    [{}, "failed"],
  ])("with %j has status %s", (words, status) => {
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
    ...["silent", "empty", "heartbeat", "a new reason"].flatMap((why): [object, CronEnd["hostDelivery"]][] =>
      ["not-delivered", "not-requested", "unknown"].map((deliveryStatus) => [
        { deliveryStatus, deliverySuppressionReason: why, summary: "NO_REPLY" },
        { state: "suppressed", reason: `the automation chose to say nothing (${why})` },
      ]),
    ),
    [{ delivered: false }, undefined],
    [{ deliveryStatus: "something new" }, undefined],
  ])("with %j has host delivery %j", (words, hostDelivery) => {
    expect(getEnd({ status: "ok", ...words }).hostDelivery).toEqual(hostDelivery);
  });
});

describe("the delivery of a scheduled run that failed", () => {
  const RUN_FAILED = { state: "failed", reason: "the run failed before it had anything to deliver" };
  const deliveryOf = (words: object): CronEnd["hostDelivery"] =>
    getEnd({ status: "error", completionStatus: "failed", error: "LLM request failed", ...words }).hostDelivery;

  it.each([
    ...["unknown", "not-delivered"].flatMap((deliveryStatus) => [
      { deliveryStatus },
      { deliveryStatus, deliveryError: "LLM request failed" },
    ]),
    {
      deliveryStatus: "unknown",
      error: "cron: job execution timed out",
      deliveryError: "cron: job execution timed out",
    },
    {
      deliveryStatus: "unknown",
      error: "Network request for 'chat' failed!",
      deliveryError: "Network request for 'chat' failed!",
    },
  ])("never began when its error is the run's own: %j", (words) => {
    expect(deliveryOf(words)).toEqual(RUN_FAILED);
  });

  it.each<[object, CronEnd["hostDelivery"]]>([
    [{ deliveryStatus: "delivered" }, { state: "delivered" }],
    [{ deliveryStatus: "not-requested" }, { state: "not_requested" }],
    [
      { deliveryStatus: "not-delivered", deliveryError: "403: Forbidden" },
      { state: "failed", reason: "403: Forbidden" },
    ],
    [
      { deliveryStatus: "not-delivered", deliveryError: "Network request for 'sendMessage' failed!" },
      { state: "unknown", reason: "Network request for 'sendMessage' failed!" },
    ],
    [
      { deliveryStatus: "unknown", deliveryError: "the answer was lost" },
      { state: "unknown", reason: "the answer was lost" },
    ],
  ])("is what the host says when it has words of its own: %j", (words, expected) => {
    expect(deliveryOf(words)).toEqual(expected);
  });
});

describe("readCronEvent", () => {
  it.each(["added", "updated", "removed", "scheduled"])("reads %s as a change of the job", (action) => {
    expect(readCronEvent(event({ action }))).toEqual({ action: "changed", jobId: "j1" });
  });

  it("reads a finished run without its time as a change of the job", () => {
    expect(readCronEvent({ jobId: "j1", action: "finished", job: JOB })).toEqual({ action: "changed", jobId: "j1" });
  });

  it.each([undefined, null, 7, "x", [], {}, { action: "started" }, { jobId: 4, action: "started", runAtMs: 1 }])(
    "returns nothing for %j",
    (value) => {
      expect(readCronEvent(value)).toBeUndefined();
    },
  );
});

describe("cronSignals", () => {
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

  it("names the run by job and time, and by the session of an isolated run", () => {
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

  it("does not claim the main session for a reminder", () => {
    const [signal] = toSignal({ action: "finished", status: "ok", sessionKey: "agent:main:main", summary: "stretch" });
    expect(signal?.names).toEqual(["cron:j1:1795214229198"]);
    expect(signal?.facts).not.toHaveProperty("childSessionKey");
    expect(signal?.ending).toEqual({ status: "succeeded", result: "stretch" });
  });

  it.each<[string, object, string]>([
    ["the prompt of an agent's turn", { kind: "agentTurn", message: "Count." }, "Count."],
    ["the reminder", { kind: "systemEvent", text: "stretch" }, "stretch"],
    ["the command line", { kind: "command", argv: ["sh", "-lc", "make all"] }, "make all"],
  ])("uses %s as the task", (_what, payload, task) => {
    expect(toSignal({ action: "started" }, { ...JOB, payload })[0]?.facts).toMatchObject({
      runtime: "cron",
      sourceId: "j1",
      label: "iso job",
      task,
    });
  });

  it("includes the owner of the job and its delivery route", () => {
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
    ["host maintenance", { ...JOB, description: "[managed-by=memory-core] x" }],
    ["a skill review", { ...JOB, name: "skill-collection-review-main" }],
  ])("returns nothing for %s", (_what, job) => {
    expect(toSignal({ action: "started" }, job)).toEqual([]);
  });
});
