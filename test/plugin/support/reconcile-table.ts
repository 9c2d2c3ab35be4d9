import { type HostTaskRow, readHostTaskRow } from "../../../plugin/host/actions/host-task-row.ts";
import { Reconciler } from "../../../plugin/reconcile/reconciler.ts";
import { toSignals } from "../../../plugin/recorder/adapters/signals-from-event.ts";
import type { HostDelivery, NotifyPolicy, TaskRuntime } from "../../../registry-helper/internal.ts";
import { REQUESTER } from "./host-samples.ts";
import { LedgerTable } from "./ledger-table.ts";

/** A host's ledger that a test writes, held against a real ledger of ours. */
export class ReconcileTable {
  readonly table: LedgerTable;
  /** The host's ledger. */
  rows: HostTaskRow[] = [];
  complete = true;
  /** What can be had of a row only by asking for it. */
  readonly results = new Map<string, string>();
  /** What the host did with the results of scheduled runs, by job and time. */
  readonly deliveries = new Map<string, HostDelivery>();
  readonly queries: { only: string; sessionKeys: readonly string[] }[] = [];
  readonly asked: string[] = [];
  readonly problems: string[] = [];
  /** Stands in the way of the next answer; a test sets it to hold the host back. */
  gate: Promise<void> = Promise.resolve();
  fails: Error | undefined;
  readonly reconciler: Reconciler;

  constructor(notify: Partial<Record<TaskRuntime, NotifyPolicy>> = {}) {
    const table = new LedgerTable({ notify });
    this.table = table;
    this.reconciler = new Reconciler({
      now: () => table.now / 1000,
      list: async (query) => {
        this.queries.push(query);
        await this.gate;
        if (this.fails !== undefined) throw this.fails;
        const isOpen = ({ status }: HostTaskRow): boolean => status === "queued" || status === "running";
        const rows = query.only === "open" ? this.rows.filter(isOpen) : this.rows;
        return { rows, complete: this.complete };
      },
      get: (hostTaskId) => {
        this.asked.push(hostTaskId);
        const row = this.rows.find((one) => one.hostTaskId === hostTaskId);
        return Promise.resolve(row === undefined ? undefined : { ...row, result: this.results.get(hostTaskId) });
      },
      findCronDelivery: ({ jobId, runAtMs }) => Promise.resolve(this.deliveries.get(`${jobId} ${runAtMs}`)),
      running: () => Promise.resolve(table.book.runningTasks()),
      handleEvent: (event) => table.book.record(toSignals(event)),
      take: (signals) => table.book.record(signals),
      change: (command) => Promise.resolve(table.book.change(command)),
      problem: (message) => this.problems.push(message),
    });
  }

  /** Lets time pass and compares. */
  async poll(minutesLater = 0, only: "open" | "all" = "open"): Promise<void> {
    this.table.now += minutesLater * 60_000_000;
    await this.reconciler.run(only);
  }
}

/** A row as the host lists it. */
export function listed(id: string, more: object = {}): HostTaskRow {
  const row = readHostTaskRow({
    taskId: `row-${id}`,
    kind: "acp",
    runtime: "acp",
    title: `job ${id}`,
    agentId: "fake",
    sessionKey: REQUESTER,
    childSessionKey: `agent:fake:acp:${id}`,
    ownerKey: REQUESTER,
    runId: `run-${id}`,
    sourceId: `run-${id}`,
    status: "running",
    execution: { state: "running" },
    deliveryStatus: "pending",
    createdAt: 1,
    ...more,
  });
  if (row === undefined) throw new Error("no row");
  return row;
}
