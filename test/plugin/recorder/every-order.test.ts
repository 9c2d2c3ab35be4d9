import { describe, expect, it } from "vitest";
import type { TaskRecord } from "../../../registry-helper/internal.ts";
import { permutations } from "../../support/played-task.ts";
import * as cronSamples from "../support/cron-samples.ts";
import { REQUESTER, ROUTE } from "../support/host-samples.ts";
import { LedgerTable } from "../support/ledger-table.ts";
import * as samples from "../support/runtime-samples.ts";

const SUBAGENT = {
  label: "count",
  task: "Count all sheep.",
  result: "seven sheep",
  requesterSessionKey: REQUESTER,
  route: ROUTE,
};

/** What is on record in the end, whichever source was first. */
const CASES: Record<string, [make: (number: number) => samples.Sample, task: object]> = {
  subagent: [
    (number) => samples.subagent(number),
    {
      ...SUBAGENT,
      runtime: "subagent",
      parentRunId: "parent-run",
      delivery: { state: "pending", sender: "host", route: ROUTE },
    },
  ],
  acp: [
    (number) => samples.subagent(number, "acp"),
    {
      ...SUBAGENT,
      runtime: "acp",
      parentRunId: "parent-run",
      delivery: { state: "pending", sender: "host", route: ROUTE },
    },
  ],
  cli: [samples.cli, { runtime: "cli", label: "count all sheep", result: "seven sheep", delivery: { state: "none" } }],
  exec: [
    samples.exec,
    {
      runtime: "exec",
      label: "count --all",
      task: "count --all",
      result: "Command completed",
      requesterSessionKey: REQUESTER,
      parentRunId: "parent-run",
      route: ROUTE,
      delivery: { state: "none" },
    },
  ],
  media: [
    samples.media,
    {
      runtime: "media",
      label: "Image generation",
      task: "seven sheep",
      result: "Generated 1 image with scripted/scripted-1.",
      requesterSessionKey: REQUESTER,
      route: ROUTE,
      delivery: { state: "delivered", receipt: "handed over by the host" },
    },
  ],
  cron: [
    cronSamples.cron,
    {
      runtime: "cron",
      label: "count job",
      task: "Count all sheep.",
      result: "seven sheep",
      requesterSessionKey: REQUESTER,
      delivery: { state: "none", reason: "silent by policy" },
    },
  ],
};

/** So many orders at most, spread over all there are. */
const MAX_ORDERS = 120;

function listOrders(make: (number: number) => samples.Sample): number[][] {
  const all = permutations(make(0).events.map((_event, index) => index));
  const every = Math.max(1, Math.floor(all.length / MAX_ORDERS));
  return all.filter((_order, index) => index % every === 0);
}

/** Plays each order with work of its own, and gives the tasks by that work. */
function playAll(
  orders: number[][],
  make: (number: number) => samples.Sample,
  handleEvent: (table: LedgerTable, events: samples.Sample["events"]) => void,
): TaskRecord[] {
  const table = new LedgerTable();
  for (const [number, order] of orders.entries()) {
    const { events } = make(number);
    handleEvent(
      table,
      order.flatMap((index) => events[index] ?? []),
    );
  }
  return table.tasks();
}

describe.each(Object.keys(CASES))("recording host events of %s work", (runtime) => {
  const [make, expected] = CASES[runtime] as [(number: number) => samples.Sample, object];
  const orders = listOrders(make);

  it("creates one task with the facts of all sources in any order", () => {
    const tasks = playAll(orders, make, (table, events) => table.handleTogether(...events));
    expect(tasks).toHaveLength(orders.length);
    for (const [number, task] of tasks.entries()) {
      expect(task, `order ${orders[number]?.join(" ")}`).toMatchObject({
        ...expected,
        status: "succeeded",
        error: null,
        lateSignals: 0,
        attempts: [{ attempt: 1, status: "succeeded" }],
      });
    }
  });

  it("has the same effect one by one and when repeated", () => {
    const few = orders.filter((_order, index) => index % Math.ceil(orders.length / 6) === 0);
    const tasks = playAll(few, make, (table, events) => table.handleEvent(...events, ...events));
    expect(tasks.map(({ status, lateSignals }) => `${status} ${lateSignals}`)).toEqual(few.map(() => "succeeded 0"));
    for (const task of tasks) expect(task).toMatchObject(expected);
  });
});

describe("a scheduled run stopped by its scheduler", () => {
  it("times out in any order, although its own run reports a cancellation", () => {
    const make = (number: number): samples.Sample => cronSamples.cron(number, cronSamples.CRON_TIMED_OUT);
    const orders = listOrders(make);
    const tasks = playAll(orders, make, (table, events) => table.handleTogether(...events));
    expect(tasks).toHaveLength(orders.length);
    for (const [number, task] of tasks.entries())
      expect(task, `order ${orders[number]?.join(" ")}`).toMatchObject({ status: "timed_out", lateSignals: 0 });
  });

  it("keeps the phase of its steps until it ends", () => {
    const table = new LedgerTable();
    table.handleEvent(...cronSamples.cron(1).events.slice(0, 3));
    expect(table.task()).toMatchObject({ status: "running", phase: "researching", latestUpdate: "web_search: sheep" });
  });
});
