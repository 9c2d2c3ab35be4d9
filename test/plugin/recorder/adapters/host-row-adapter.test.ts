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

describe("the names of a row", () => {
  it.each<[string, object, string[]]>([
    [
      "subagent",
      rows.SUBAGENT_BROADCAST,
      ["run:72f957a7-e8f9-427c-acb4-cb7e984e4aa8", `session:${rows.SUBAGENT_BROADCAST.childSessionKey}`],
    ],
    ["ACP", rows.ACP_RECORD, [`run:${rows.ACP_RECORD.runId}`, `session:${rows.ACP_RECORD.childSessionKey}`]],
    ["command line, whose session others use too", rows.CLI_BROADCAST, [`run:${rows.CLI_RUN}`]],
    ["process", rows.EXEC_BROADCAST, ["exec:crisp-otter"]],
    ["media, whose session others use too", rows.MEDIA_RECORD, [`run:${rows.MEDIA_RECORD.runId}`]],
    ["automation", rows.CRON_BROADCAST, [`cron:${rows.JOB}:1795231500859`]],
  ])("of %s work are those that other sources use as well", (_what, value, names) => {
    expect(toSignal(value).names).toEqual([expect.stringMatching(/^host:/) as string, ...names]);
  });
});

describe("a row that is broadcast", () => {
  it("tells of work that goes on, and that the host has it", () => {
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

  it("of queued work does not start it", () => {
    const signal = toSignal({ ...rows.EXEC_BROADCAST, status: "queued" });
    expect(signal).toMatchObject({ isBacked: true });
    expect(signal.started).toBeUndefined();
  });

  it("keeps its shortened title from those who know the whole label", () => {
    expect(toSignal({ ...rows.SUBAGENT_BROADCAST, ...RUNNING }).facts.label).toBeUndefined();
    expect(toSignal(rows.SUBAGENT_BROADCAST).facts.label, "in the end it names what nobody named").toBe("job-quick");
    expect(toSignal(rows.CLI_BROADCAST).facts.label).toBe("quick one");
  });

  it("leaves the end of an automation to its own event, which knows of its delivery too", () => {
    expect(toSignal(ended(rows.CRON_BROADCAST)).ending).toBeUndefined();
    expect(toSignal(ended(rows.CRON_BROADCAST)).isBacked).toBe(false);
  });

  it.each<[string, object, object]>([
    [
      "a process, with its summary",
      ended(rows.EXEC_BROADCAST, { status: "completed", terminalSummary: "Command completed" }),
      { status: "succeeded", result: "Command completed" },
    ],
    ["a process that failed", ended(rows.EXEC_RECORD), { status: "failed", error: "Command failed (exit code 3)" }],
    [
      "a subagent, whose row has only the beginning of its words",
      ended(rows.SUBAGENT_BROADCAST),
      { status: "succeeded" },
    ],
    ["a command-line run, likewise", ended(rows.CLI_BROADCAST), { status: "succeeded" }],
    [
      "work that nobody knows of any more",
      ended(rows.ACP_RECORD, { status: "failed", execution: { state: "unknown" }, error: "backing session missing" }),
      { status: "lost", error: "backing session missing" },
    ],
    [
      "a picture that was handed over",
      ended(rows.MEDIA_RECORD, { status: "succeeded", terminalSummary: "Generated 1 image" }),
      {
        status: "succeeded",
        result: "Generated 1 image",
        hostDelivery: { state: "delivered", reason: "handed over by the host" },
      },
    ],
    [
      "a picture that reached nobody",
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
    ["a picture that somebody stopped", ended(rows.MEDIA_RECORD, { status: "cancelled" }), { status: "cancelled" }],
  ])("tells the end of %s", (_what, value, ending) => {
    expect(toSignal(value).ending).toEqual(ending);
  });

  it("of a process that is gone is lost work, but a run of the command line may go on", () => {
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
  ])("knows a turn by which the host goes on with what a restart interrupted", (value, more, isRecovery) => {
    expect(toSignal({ ...value, ...more }).isRecovery).toBe(isRecovery);
  });

  it("of the host's own housekeeping is no signal", () => {
    expect(hostRowSignals(event({ ...rows.CRON_BROADCAST, title: "heartbeat-main" }))).toEqual([]);
  });
});

describe("a row that is read when both ledgers are compared", () => {
  it("tells all it has: the label, the end of an automation, the whole result", () => {
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

  it("dates an end back that nobody saw when it happened, and only that", () => {
    const at = Date.now() - 3_600_000;
    expect(toSignal({ ...rows.EXEC_RECORD, endedAt: at }).ending?.endedAt).toBe(
      new Date(at).toISOString().replace(/(\.\d{3})Z$/, "$1000+00:00"),
    );
    expect(toSignal(ended(rows.EXEC_RECORD)).ending).not.toHaveProperty("endedAt");
  });

  it.each(["delivered", "session_queued", "not_applicable"])(
    "of a child that ended long ago, delivery %s, leaves nothing to tell: the host has settled that",
    (deliveryStatus) => {
      const old = { ...rows.SUBAGENT_BROADCAST, endedAt: Date.now() - 24 * 3_600_000, deliveryStatus };
      expect(toSignal(old, { isLive: false }).settledBefore).toMatchObject({ state: "delivered" });
      const fresh = { ...old, endedAt: Date.now() - 1_000 };
      expect(toSignal(fresh, { isLive: false }).settledBefore, "its word is no proof yet").toBeUndefined();
    },
  );

  it.each(["failed", "pending"])(
    "of a child that ended with delivery %s is still to be told, and a person decides once it is no news any more",
    (deliveryStatus) => {
      const endedAgo = (ms: number): ObservedSignal =>
        toSignal({ ...rows.SUBAGENT_BROADCAST, endedAt: Date.now() - ms, deliveryStatus }, { isLive: false });
      expect(endedAgo(10 * 60_000).settledBefore).toBeUndefined();
      expect(endedAgo(24 * 3_600_000).settledBefore).toMatchObject({ state: "unknown" });
    },
  );

  it("of work that ended before anybody looked begins when the host says, and has no start of its own", () => {
    const old = { ...rows.SUBAGENT_BROADCAST, createdAt: 1_000, startedAt: 2_000, endedAt: 3_000 };
    const signal = toSignal(old, { isLive: false });
    expect(signal.facts.acceptedAt).toBe("1970-01-01T00:00:01.000000+00:00");
    expect(signal).not.toHaveProperty("started");
  });

  it("of a run that was cut off long ago says that it is lost: nothing goes on with it any more", () => {
    const row = {
      ...rows.CLI_BROADCAST,
      status: "cancelled" as const,
      error: "Task execution process exited before restart.",
    };
    expect(toSignal({ ...row, endedAt: Date.now() - 3_600_000 }, { isLive: false }).ending?.status).toBe("lost");
    expect(toSignal({ ...row, endedAt: Date.now() - 1_000 }, { isLive: false }).ending).toBeUndefined();
  });
});
