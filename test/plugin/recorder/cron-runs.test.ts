import { describe, expect, it } from "vitest";
import type { HostEvent } from "../../../plugin/host/events/host-events.ts";
import { toSignals } from "../../../plugin/recorder/adapters/signals-from-event.ts";
import { LedgerTable } from "../support/ledger-table.ts";

const feed = (table: LedgerTable, ...events: HostEvent[]): void => {
  for (const event of events) table.book.record(toSignals(event));
};

describe("a run of a scheduled job", () => {
  const session = "agent:main:cron:job-1:run:s1";
  const run = {
    jobId: "job-1",
    runAtMs: 1,
    jobName: "report",
    payloadKind: "agentTurn",
    task: "write a report",
    description: undefined,
    agentId: "main",
    sessionKey: session,
    sessionId: undefined,
    model: undefined,
  };
  const turn = { runId: "r1", continued: false, sessionKey: session, status: "succeeded", text: undefined } as const;
  const started: HostEvent[] = [
    { kind: "cron_started", run, job: undefined },
    { kind: "step", observed: { runId: "r1", sessionKey: session, usage: { input: 1, output: 2 } } },
    { kind: "turn_ended", turn: { ...turn, error: undefined, disposition: undefined, delivery: undefined } },
  ];

  it("does not end with its agent's turn, since its result is not delivered yet", () => {
    const table = new LedgerTable();
    feed(table, ...started);
    expect(table.task()).toMatchObject({ status: "running", delivery: null });
  });

  it("ends as the scheduler reports, even when a crash interrupted its delivery", () => {
    const table = new LedgerTable();
    feed(table, ...started);
    const error = "cron: job interrupted by gateway restart";
    const end = { status: "failed", summary: undefined, error, hostDelivery: { state: "unknown" } } as const;
    feed(table, { kind: "cron_finished", run, job: undefined, end });
    expect(table.task()).toMatchObject({ status: "failed", error, lateSignals: 0 });
  });
});
