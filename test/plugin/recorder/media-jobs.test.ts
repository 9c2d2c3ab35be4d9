import { describe, expect, it } from "vitest";
import { listTaskDeliveries } from "../../../plugin/delivery/pending-delivery.ts";
import { readHostTaskRow } from "../../../plugin/host/actions/host-task-row.ts";
import type { HostEvent, TurnEnd } from "../../../plugin/host/events/host-events.ts";
import { toSignals } from "../../../plugin/recorder/adapters/signals-from-event.ts";
import { MEDIA_RECORD } from "../support/host-rows.ts";
import { ROUTE } from "../support/host-samples.ts";
import { LedgerTable } from "../support/ledger-table.ts";

const feed = (table: LedgerTable, ...events: HostEvent[]): void => {
  for (const event of events) table.book.record(toSignals(event));
};
const mediaRow = (more: object): HostEvent => {
  const row = readHostTaskRow({ ...MEDIA_RECORD, ...more });
  if (row === undefined) throw new Error("no row");
  return { kind: "host_row", row, isLive: true, route: ROUTE };
};

describe("a media job", () => {
  it("that a crash interrupted is delivered by ClawTask as lost, under its request text", () => {
    const table = new LedgerTable();
    feed(table, mediaRow({}), mediaRow({ status: "lost", error: "backing session missing" }));
    const task = table.task();
    expect(task).toMatchObject({ status: "lost", delivery: { state: "pending", sender: "clawtask", route: ROUTE } });
    expect(listTaskDeliveries(task)).toMatchObject([{ title: "a cat", status: "lost" }]);
  });

  it("that was delivered after a restart succeeds, though its row is lost later", () => {
    const table = new LedgerTable();
    const handOver = (more: Partial<TurnEnd> = {}): HostEvent => ({
      kind: "turn_ended",
      turn: {
        runId: `image_generate:${MEDIA_RECORD.taskId}:ok:agent-loop`,
        continued: false,
        sessionKey: MEDIA_RECORD.requesterSessionKey,
        status: "succeeded",
        text: "here it is",
        error: undefined,
        disposition: undefined,
        delivery: "sent",
        ...more,
      },
    });
    feed(table, mediaRow({}), handOver({ delivery: "failed" }));
    feed(table, handOver({ runId: `image_generate:${MEDIA_RECORD.taskId}:error:agent-loop` }));
    expect(table.task().status, "not handed over yet").toBe("running");
    feed(table, handOver(), mediaRow({ status: "lost", error: "backing session missing" }));
    expect(table.tasks()).toMatchObject([{ status: "succeeded", delivery: { state: "delivered", sender: "host" } }]);
  });

  it("that the host delivered is delivered", () => {
    const table = new LedgerTable();
    feed(table, mediaRow({}), mediaRow({ status: "succeeded", terminalSummary: "Generated 1 image" }));
    expect(table.task()).toMatchObject({ status: "succeeded", delivery: { state: "delivered", sender: "host" } });
  });
});
