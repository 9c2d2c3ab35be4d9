import { describe, expect, it } from "vitest";
import { type HostTaskRow, readHostTaskRow, readTaskEvent } from "../../../../plugin/host/actions/host-task-row.ts";
import * as rows from "../../support/host-rows.ts";

const known = (value: unknown): Partial<HostTaskRow> =>
  Object.fromEntries(Object.entries(readHostTaskRow(value) ?? {}).filter(([, one]) => one !== undefined));

describe("readHostTaskRow", () => {
  it("reads a row from a broadcast", () => {
    expect(known(rows.CLI_BROADCAST)).toEqual({
      hostTaskId: "402feeba-2d0e-47ae-9548-3a949260f7ae",
      runtime: "cli",
      sourceId: rows.CLI_RUN,
      runId: rows.CLI_RUN,
      childSessionKey: "agent:main:main",
      requesterSessionKey: "agent:main:main",
      agentId: "main",
      title: "quick one",
      status: "succeeded",
      deliveryStatus: "not_applicable",
      createdAt: 1795231468229,
      startedAt: 1795231470520,
      endedAt: 1795231470686,
      lastEventAt: 1795231470687,
      terminalSummary: "completed",
      isSystem: false,
    });
  });

  it("reads a row from tasks.get with the whole task text", () => {
    const prompt = "quick one\nand a second line";
    expect(known({ ...rows.CLI_BROADCAST, prompt })).toMatchObject({ title: "quick one", task: prompt });
  });

  it("reads a row from the in-process view, whose title is the task", () => {
    expect(known(rows.CLI_VIEW)).toEqual({
      ...known({ ...rows.CLI_BROADCAST, prompt: "quick one" }),
      notifyPolicy: "silent",
    });
  });

  it("reads a row from openclaw tasks list --json", () => {
    expect(known(rows.CLI_RECORD)).toEqual(known(rows.CLI_VIEW));
  });

  it.each([
    ["subagent", rows.SUBAGENT_BROADCAST],
    ["acp", rows.ACP_RECORD],
    ["cron", rows.CRON_BROADCAST],
    ["cli", rows.CLI_RECORD],
    ["exec", rows.EXEC_BROADCAST],
    ["exec", rows.EXEC_RECORD],
    ["exec", rows.EXEC_VIEW],
    ["media", rows.MEDIA_RECORD],
    ["media", { ...rows.MEDIA_RECORD, taskKind: undefined }],
    ["media", { ...rows.MEDIA_RECORD, taskKind: "music_generation", runId: "r" }],
  ])("reads the runtime %s", (runtime, row) => {
    expect(readHostTaskRow(row)?.runtime).toBe(runtime);
  });

  it.each([
    ["completed", undefined, "succeeded"],
    ["succeeded", undefined, "succeeded"],
    ["failed", { state: "finished" }, "failed"],
    ["failed", { state: "unknown" }, "lost"],
    ["lost", undefined, "lost"],
    ["running", { state: "finished" }, "running"],
    ["running", { state: "unknown" }, "running"],
    ["queued", undefined, "queued"],
    ["timed_out", undefined, "timed_out"],
    ["cancelled", undefined, "cancelled"],
  ])("reads status %s with execution %j as %s", (status, execution, expected) => {
    expect(readHostTaskRow({ ...rows.CLI_BROADCAST, status, execution })?.status).toBe(expected);
  });

  it("reads the result of a subagent as its progress", () => {
    expect(known(rows.SUBAGENT_BROADCAST)).toMatchObject({
      requesterSessionKey: "agent:main:main",
      childSessionKey: expect.stringContaining(":subagent:") as string,
      progressSummary: "did quick child",
      deliveryStatus: "delivered",
      flowId: "52e40a68-c840-46ed-bdee-8ff657dfa981",
    });
  });

  it("reads an automation without an owner, as one run of its job", () => {
    expect(known(rows.CRON_BROADCAST)).toMatchObject({
      title: "cmdjob",
      cronJobId: rows.JOB,
      cronRunAtMs: 1795231500859,
      isSystem: false,
    });
    expect(readHostTaskRow(rows.CRON_BROADCAST)?.requesterSessionKey).toBeUndefined();
  });

  it("reads the run time and the route of an automation without a run id", () => {
    const detail = {
      runAtMs: 5,
      delivery: {
        intended: { channel: "last", to: null },
        resolved: { ok: true, channel: "telegram", to: "4242", accountId: "default" },
      },
    };
    const row = { ...rows.CRON_BROADCAST, runId: undefined, detail };
    expect(known(row)).toMatchObject({
      cronRunAtMs: 5,
      route: { channel: "telegram", to: "4242", accountId: "default" },
    });
    expect(known({ ...row, detail: undefined, createdAt: 7 })).toMatchObject({ cronRunAtMs: 7 });
    expect(readHostTaskRow({ ...row, detail: { delivery: { intended: { channel: "last", to: "x" } } } })?.route).toBe(
      undefined,
    );
  });

  it.each([
    [{ ...rows.CRON_BROADCAST, title: "heartbeat-main" }],
    [{ ...rows.CRON_BROADCAST, title: "skill-collection-review-main" }],
    [{ ...rows.CRON_BROADCAST, label: "Memory Dreaming Promotion" }],
    [{ ...rows.CLI_RECORD, taskKind: "context_engine_turn_maintenance" }],
  ])("marks the host's own maintenance as system work (%#)", (row) => {
    expect(readHostTaskRow(row)?.isSystem).toBe(true);
  });

  it("does not mark a user's work as system work by its title", () => {
    expect(readHostTaskRow({ ...rows.CLI_BROADCAST, title: "heartbeat-main" })?.isSystem).toBe(false);
  });

  it.each([
    undefined,
    null,
    7,
    "row",
    [],
    {},
    { ...rows.CLI_BROADCAST, id: undefined, taskId: "" },
    { ...rows.CLI_BROADCAST, runtime: "quantum" },
    { ...rows.CLI_BROADCAST, status: "pondering" },
    { taskId: {}, runtime: [], status: 7 },
  ])("returns nothing for an invalid row (%#)", (value) => {
    expect(readHostTaskRow(value)).toBeUndefined();
  });

  it("keeps the valid fields of a partly invalid row", () => {
    const row = { ...rows.CLI_BROADCAST, createdAt: "yesterday", error: 5, execution: "running", flowId: [] };
    expect(readHostTaskRow(row)).toMatchObject({ status: "succeeded", createdAt: undefined, error: undefined });
  });
});

describe("readTaskEvent", () => {
  it("reads a row", () => {
    expect(readTaskEvent({ action: "upserted", task: rows.CLI_BROADCAST })).toEqual({
      kind: "row",
      row: readHostTaskRow(rows.CLI_BROADCAST),
    });
  });

  it("reads that a row was deleted or that everything may have changed", () => {
    expect(readTaskEvent({ action: "deleted", taskId: "t" })).toEqual({ kind: "deleted", hostTaskId: "t" });
    expect(readTaskEvent({ action: "restored" })).toEqual({ kind: "everything" });
  });

  it.each([undefined, {}, { action: "upserted" }, { action: "deleted" }, { action: "moved", taskId: "t" }])(
    "returns nothing for an invalid event: %j",
    (payload) => {
      expect(readTaskEvent(payload)).toBeUndefined();
    },
  );
});
