import { describe, expect, it } from "vitest";
import { readHostTaskRow } from "../../../../plugin/host/actions/host-task-row.ts";
import type { HostEvent } from "../../../../plugin/host/events/host-events.ts";
import { hostRowSignals } from "../../../../plugin/recorder/adapters/host-row-adapter.ts";
import type { ObservedSignal } from "../../../../plugin/recorder/adapters/signals.ts";
import * as rows from "../../support/host-rows.ts";
import { ROUTE } from "../../support/host-samples.ts";

type RowEvent = Extract<HostEvent, { kind: "host_row" }>;
const event = (value: object, more: Partial<RowEvent> = {}): RowEvent => {
  const row = readHostTaskRow(value);
  if (row === undefined) throw new Error("no row");
  return { kind: "host_row", row, isLive: true, ...more };
};
function toSignal(value: object, more: Partial<RowEvent> = {}): ObservedSignal {
  const [signal, ...others] = hostRowSignals(event(value, more));
  if (signal === undefined || others.length > 0) throw new Error("not one signal");
  return signal;
}
const RUNNING = { status: "running", execution: { state: "running" }, endedAt: undefined };
const ended = (value: object, more: object = {}): object => ({ ...value, endedAt: Date.now(), ...more });

describe("the names of a host row", () => {
  it.each<[string, object, string[]]>([
    [
      "subagent",
      rows.SUBAGENT_BROADCAST,
      ["run:72f957a7-e8f9-427c-acb4-cb7e984e4aa8", `session:${rows.SUBAGENT_BROADCAST.childSessionKey}`],
    ],
    ["ACP", rows.ACP_RECORD, [`run:${rows.ACP_RECORD.runId}`, `session:${rows.ACP_RECORD.childSessionKey}`]],
    ["command-line run, whose session is shared", rows.CLI_BROADCAST, [`run:${rows.CLI_RUN}`]],
    ["process", rows.EXEC_BROADCAST, ["exec:crisp-otter"]],
    ["media job, whose session is shared", rows.MEDIA_RECORD, [`run:${rows.MEDIA_RECORD.runId}`]],
    ["automation", rows.CRON_BROADCAST, [`cron:${rows.JOB}:1795231500859`]],
  ])("match those of other sources: %s", (_what, value, names) => {
    expect(toSignal(value).names).toEqual([expect.stringMatching(/^host:/) as string, ...names]);
  });
});

describe("a broadcast host row", () => {
  it("reports running work that the host backs", () => {
    const signal = toSignal(ended(rows.EXEC_BROADCAST, RUNNING), { route: ROUTE });
    expect(signal).toMatchObject({
      source: "host_row",
      mayCreate: true,
      started: true,
      isBacked: true,
      acceptedAt: 1795231494017,
      facts: { runtime: "exec", label: "sleep 60", sourceId: "crisp-otter", route: ROUTE },
      host: { taskId: rows.EXEC_BROADCAST.id, status: "running", delivery: "not_applicable" },
    });
    expect(signal.ending).toBeUndefined();
  });

  it("does not start queued work", () => {
    const signal = toSignal({ ...rows.EXEC_BROADCAST, status: "queued" });
    expect(signal).toMatchObject({ isBacked: true });
    expect(signal.started).toBeUndefined();
  });

  it("does not replace a full label with its shortened title", () => {
    expect(toSignal({ ...rows.SUBAGENT_BROADCAST, ...RUNNING }).facts.label).toBeUndefined();
    expect(toSignal(rows.SUBAGENT_BROADCAST).facts.label, "in the end it names what nobody named").toBe("job-quick");
    expect(toSignal(rows.CLI_BROADCAST).facts.label).toBe("quick one");
  });

  it("leaves the end of an automation to the cron event, which includes the delivery", () => {
    expect(toSignal(ended(rows.CRON_BROADCAST)).ending).toBeUndefined();
    expect(toSignal(ended(rows.CRON_BROADCAST)).isBacked).toBe(false);
  });

  it.each<[string, object, object]>([
    [
      "a process, with its summary",
      ended(rows.EXEC_BROADCAST, { status: "completed", terminalSummary: "Command completed" }),
      { status: "succeeded", result: "Command completed" },
    ],
    ["a failed process", ended(rows.EXEC_RECORD), { status: "failed", error: "Command failed (exit code 3)" }],
    ["a subagent, without the shortened result in its row", ended(rows.SUBAGENT_BROADCAST), { status: "succeeded" }],
    ["a command-line run, without the shortened result", ended(rows.CLI_BROADCAST), { status: "succeeded" }],
    [
      "work with a missing session",
      ended(rows.ACP_RECORD, { status: "failed", execution: { state: "unknown" }, error: "backing session missing" }),
      { status: "lost", error: "backing session missing" },
    ],
    [
      "a delivered picture",
      ended(rows.MEDIA_RECORD, { status: "succeeded", terminalSummary: "Generated 1 image" }),
      {
        status: "succeeded",
        result: "Generated 1 image",
        hostDelivery: { state: "delivered", reason: "handed over by the host" },
      },
    ],
    [
      "an undelivered picture",
      ended(rows.MEDIA_RECORD, {
        status: "succeeded",
        terminalOutcome: "blocked",
        terminalSummary: "not confirmed. Retained",
      }),
      {
        status: "succeeded",
        result: "not confirmed. Retained",
        hostDelivery: { state: "failed", reason: "not confirmed. Retained" },
      },
    ],
    ["a cancelled picture", ended(rows.MEDIA_RECORD, { status: "cancelled" }), { status: "cancelled" }],
  ])("reports the end of %s", (_what, value, ending) => {
    expect(toSignal(value).ending).toEqual(ending);
  });

  it("reports a process that is gone as lost, but not a command-line run, which may resume", () => {
    const gone = { status: "cancelled", error: "Task execution process exited before restart." };
    expect(toSignal(ended(rows.EXEC_BROADCAST, gone)).ending).toMatchObject({ status: "lost" });
    const cli = toSignal(ended(rows.CLI_BROADCAST, gone));
    expect(cli.ending).toBeUndefined();
    expect(cli.isBacked).toBe(false);
  });

  it.each([
    [rows.CLI_BROADCAST, { title: "[System] Your previous turn was interrupted by a gat…" }, true],
    [rows.CLI_RECORD, { task: "[System] Your previous turn was interrupted by a gateway restart. Go on." }, true],
    [rows.CLI_RECORD, { task: "what does [System] Your previous turn was interrupted mean?" }, undefined],
  ])("recognizes a turn that resumes interrupted work", (value, more, isRecovery) => {
    expect(toSignal({ ...value, ...more }).isRecovery).toBe(isRecovery);
  });

  it("of the host's own maintenance gives no signal", () => {
    expect(hostRowSignals(event({ ...rows.CRON_BROADCAST, title: "heartbeat-main" }))).toEqual([]);
  });
});

describe("a host row from a comparison", () => {
  it("reports the label, the end of an automation and the whole result", () => {
    expect(toSignal(rows.SUBAGENT_BROADCAST, { isLive: false }).facts.label).toBe("job-quick");
    expect(toSignal(ended(rows.CRON_BROADCAST), { isLive: false }).ending).toEqual({
      status: "succeeded",
      result: "cron-out",
    });
    expect(toSignal(ended(rows.SUBAGENT_BROADCAST), { isLive: false, result: "the whole text" }).ending).toMatchObject({
      status: "succeeded",
      result: "the whole text",
    });
  });

  it("backdates only an end that was not observed in time", () => {
    const at = Date.now() - 3_600_000;
    expect(toSignal({ ...rows.EXEC_RECORD, endedAt: at }).ending?.endedAt).toBe(
      new Date(at).toISOString().replace(/(\.\d{3})Z$/, "$1000+00:00"),
    );
    expect(toSignal(ended(rows.EXEC_RECORD)).ending).not.toHaveProperty("endedAt");
  });

  it.each(["delivered", "session_queued", "not_applicable"])(
    "marks an old child with delivery %s as already delivered by the host",
    (deliveryStatus) => {
      const old = { ...rows.SUBAGENT_BROADCAST, endedAt: Date.now() - 24 * 3_600_000, deliveryStatus };
      expect(toSignal(old, { isLive: false }).settledBefore).toMatchObject({ state: "delivered" });
      const fresh = { ...old, endedAt: Date.now() - 1_000 };
      expect(toSignal(fresh, { isLive: false }).settledBefore, "its word is no proof yet").toBeUndefined();
    },
  );

  it.each(["failed", "pending"])(
    "keeps a child with delivery %s as undelivered, and as unknown once it is old",
    (deliveryStatus) => {
      const endedAgo = (ms: number): ObservedSignal =>
        toSignal({ ...rows.SUBAGENT_BROADCAST, endedAt: Date.now() - ms, deliveryStatus }, { isLive: false });
      expect(endedAgo(10 * 60_000).settledBefore).toBeUndefined();
      expect(endedAgo(24 * 3_600_000).settledBefore).toMatchObject({ state: "unknown" });
    },
  );

  it("dates ended work by the host's creation time, without a start signal", () => {
    const old = { ...rows.SUBAGENT_BROADCAST, createdAt: 1_000, startedAt: 2_000, endedAt: 3_000 };
    const signal = toSignal(old, { isLive: false });
    expect(signal.facts.acceptedAt).toBe("1970-01-01T00:00:01.000000+00:00");
    expect(signal).not.toHaveProperty("started");
  });

  it("reports a run that was interrupted long ago as lost", () => {
    const row = {
      ...rows.CLI_BROADCAST,
      status: "cancelled" as const,
      error: "Task execution process exited before restart.",
    };
    expect(toSignal({ ...row, endedAt: Date.now() - 3_600_000 }, { isLive: false }).ending?.status).toBe("lost");
    expect(toSignal({ ...row, endedAt: Date.now() - 1_000 }, { isLive: false }).ending).toBeUndefined();
  });
});
