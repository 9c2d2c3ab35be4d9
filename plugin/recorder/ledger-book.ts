import {
  commitAll,
  type CommandRequest,
  dayOfId,
  type DeliveryReport,
  isTerminalTask,
  type LedgerDay,
  ledgerDayAggregate,
  ledgerDays,
  LedgerJournal,
  type Registry,
  type TaskCommand,
  type TaskRecord,
  timeOrderedId,
} from "../../registry-helper/index.ts";
import { type OpenDelivery, openDeliveryOfTask } from "./open-delivery.ts";
import type { ObservedSignal } from "./signals.ts";
import { TaskNames } from "./task-names.ts";

/**
 * The ledger as the gateway writes it: finds the task of each signal and commits in groups, one flush for
 * everything that waited. Runs in the recorder's worker thread, so that no disk is ever waited for on the
 * gateway's event loop.
 */
export class LedgerBook {
  private readonly registry: Registry;
  private readonly random: () => number;
  private readonly names = new TaskNames();
  private readonly days = new Map<string, LedgerJournal>();
  private readonly open = new Map<string, TaskRecord>();

  constructor(options: { registry: Registry; random?: () => number }) {
    this.registry = options.registry;
    this.random = options.random ?? Math.random;
    for (const day of ledgerDays(this.registry.fs, this.registry.root)) {
      for (const task of this.journal(day).read()?.tasks.values() ?? []) this.learn(task);
    }
  }

  /** Records signals in the order in which they came. */
  record(signals: readonly ObservedSignal[]): void {
    const requests = new Map<string, CommandRequest<LedgerDay, TaskCommand>[]>();
    const queue = [...signals];
    for (let signal = queue.shift(); signal !== undefined; signal = queue.shift()) {
      const known = this.names.find(signal);
      if (known === undefined && !signal.mayCreate) {
        this.names.keepOrphan(signal, this.nowMs());
        continue;
      }
      const taskId = known ?? timeOrderedId("t", this.nowMs(), this.random());
      this.names.claim(taskId, signal.names);
      if (known === undefined) queue.unshift(...this.names.adoptOrphans(signal.names));
      const { mayCreate: _mayCreate, ...rest } = signal;
      const day = dayOfId(taskId) ?? "";
      requests.set(day, [...(requests.get(day) ?? []), { command: { type: "signal", taskId, ...rest } }]);
    }
    for (const [day, group] of requests) this.commit(day, group);
  }

  /** Records what became of a delivery. Returns whether that changed anything. */
  reportDelivery(taskId: string, report: DeliveryReport): boolean {
    const command: TaskCommand = { type: "report_delivery", taskId, source: "outbox", report };
    return this.commit(dayOfId(taskId) ?? "", [{ command }]) > 0;
  }

  /** Results that are not with their requester yet. */
  openDeliveries(): OpenDelivery[] {
    return [...this.open.values()].flatMap((task) => openDeliveryOfTask(task) ?? []);
  }

  private commit(day: string, requests: readonly CommandRequest<LedgerDay, TaskCommand>[]): number {
    const journal = this.journal(day);
    const outcomes = commitAll({ journal, aggregate: ledgerDayAggregate, now: this.registry.now, requests });
    const changed = new Set<string>();
    let events = 0;
    for (const outcome of outcomes) {
      if ("error" in outcome) throw outcome.error;
      events += outcome.events.length;
      for (const event of outcome.events) changed.add(event.taskId);
    }
    const tasks = journal.read()?.tasks;
    for (const taskId of changed) {
      const task = tasks?.get(taskId);
      if (task !== undefined) this.learn(task);
    }
    return events;
  }

  private learn(task: TaskRecord): void {
    this.names.learn(task);
    const isOpen = isTerminalTask(task) && openDeliveryOfTask(task) !== undefined;
    if (isOpen) this.open.set(task.taskId, task);
    else this.open.delete(task.taskId);
  }

  private journal(day: string): LedgerJournal {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    const journal = new LedgerJournal({ fs: this.registry.fs, root: this.registry.root, day });
    this.days.set(day, journal);
    return journal;
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }
}
