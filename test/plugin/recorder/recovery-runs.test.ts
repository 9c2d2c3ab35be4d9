import { describe, expect, it } from "vitest";
import type { HostEvent } from "../../../plugin/host/events/host-events.ts";
import { LedgerTable } from "../support/ledger-table.ts";
import { lifecycle, reply, row } from "../support/runtime-samples.ts";

const SESSION = "agent:main:clitest";
const RECOVERY = "[System] Your previous turn was interrupted by a gateway restart. Continue.";
const INTERRUPTED = "Task execution process exited before restart.";

const cliRow = (id: string, more: object = {}): HostEvent =>
  row({
    taskId: `row-${id}`,
    kind: "cli",
    runtime: "cli",
    title: "count all sheep",
    agentId: "main",
    sessionKey: SESSION,
    childSessionKey: SESSION,
    ownerKey: SESSION,
    runId: `run-${id}`,
    sourceId: `run-${id}`,
    status: "running",
    execution: { state: "running" },
    deliveryStatus: "not_applicable",
    ...more,
  });
const interrupted = (id = "1"): HostEvent =>
  cliRow(id, {
    status: "cancelled",
    execution: { state: "finished" },
    error: INTERRUPTED,
    terminalSummary: INTERRUPTED,
  });
const recovery = (id = "2", more: object = {}): HostEvent => cliRow(id, { title: RECOVERY, ...more });

/** A run of the command line that a crash of the gateway cut off. */
function crashed(): LedgerTable {
  const table = new LedgerTable();
  table.handleEvent(cliRow("1"), lifecycle("run-1", SESSION, { phase: "start" }));
  table.now += 10_000_000;
  table.reopen();
  return table;
}

describe("a command-line run interrupted by a crash", () => {
  it("is still running and missing until it resumes", () => {
    const table = crashed();
    table.handleEvent(interrupted());
    expect(table.task()).toMatchObject({ status: "running", missingSince: expect.any(String) as string });
  });

  it.each([
    ["after the host reported the interruption", [interrupted(), recovery()]],
    ["before the host reported the interruption", [recovery(), interrupted()]],
    ["without a report of the interruption", [recovery()]],
  ])("resumes as a second attempt of the same task (%s)", (_when, events) => {
    const table = crashed();
    table.handleEvent(...events, lifecycle("run-2", SESSION, reply("seven sheep")));
    expect(table.task()).toMatchObject({
      status: "succeeded",
      label: "count all sheep",
      result: "seven sheep",
      lateSignals: 0,
      attempts: [
        { attempt: 1, status: "lost", runId: "run-1" },
        { attempt: 2, status: "succeeded", runId: "run-2" },
      ],
    });
  });

  it("resumes again after a second crash", () => {
    const table = crashed();
    table.handleEvent(interrupted(), recovery());
    table.now += 10_000_000;
    table.reopen();
    table.handleEvent(interrupted("2"), recovery("3"), lifecycle("run-3", SESSION, reply("seven sheep")));
    expect(table.task().attempts.map(({ runId, status }) => `${runId} ${status}`)).toEqual([
      "run-1 lost",
      "run-2 lost",
      "run-3 succeeded",
    ]);
  });

  it("receives the reply of its second attempt even before the row", () => {
    const table = crashed();
    table.handleEvent(
      lifecycle("run-2", SESSION, { phase: "start" }),
      lifecycle("run-2", SESSION, reply("seven")),
      recovery(),
    );
    expect(table.task()).toMatchObject({ status: "succeeded", result: "seven", attempts: [{}, { runId: "run-2" }] });
  });

  it("is not resumed by another session", () => {
    const table = crashed();
    table.handleEvent(recovery("2", { sessionKey: "agent:main:other", childSessionKey: "agent:main:other" }));
    expect(table.task().attempts).toHaveLength(1);
  });
});

describe("a recovery turn of the host", () => {
  it("creates no task when nothing was interrupted", () => {
    const table = new LedgerTable();
    table.handleEvent(
      recovery(),
      lifecycle("run-2", SESSION, reply("nothing to do")),
      recovery("2", { status: "completed" }),
    );
    expect(table.tasks()).toEqual([]);
  });

  it("is not an attempt of work that started after this gateway", () => {
    const table = new LedgerTable();
    table.handleEvent(cliRow("1"), recovery());
    expect(table.task().attempts).toHaveLength(1);
  });

  it("is not an attempt of ended work", () => {
    const table = crashed();
    table.handleEvent(lifecycle("run-1", SESSION, reply("done")), recovery());
    expect(table.task()).toMatchObject({ status: "succeeded", attempts: [{ runId: "run-1" }] });
  });
});

describe("another command-line run in the same session", () => {
  it("is a separate task while the first is running", () => {
    const table = new LedgerTable();
    table.handleEvent(cliRow("1"), cliRow("2"));
    expect(table.tasks()).toHaveLength(2);
  });
});
