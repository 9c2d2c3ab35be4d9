import {
  commitAll,
  type CommandRequest,
  dayOfId,
  type DeliveryReport,
  isTerminalTask,
  type LedgerDay,
  ledgerDayAggregate,
  isClawTaskError,
  ledgerDays,
  LedgerJournal,
  type Registry,
  type TaskCommand,
  type TaskRecord,
  timeOrderedId,
} from "../../registry-helper/index.ts";
import { NestedWork } from "./nested-work.ts";
import { type OpenDelivery, openDeliveryOfTask } from "./open-delivery.ts";
import type { ObservedSignal } from "./signals.ts";
import { TaskNames } from "./task-names.ts";

/** Signals that wait for a disk that takes nothing; what is more than this is dropped, oldest first. */
const MOST_UNSAVED = 20_000;

type SignalRequest = CommandRequest<LedgerDay, TaskCommand>;

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
  private readonly nested = new NestedWork();
  private readonly unsaved = new Map<string, SignalRequest[]>();

  /** @param options.problem told of days that cannot be read; all other days go on */
  constructor(options: { registry: Registry; random?: () => number; problem?: (message: string) => void }) {
    this.registry = options.registry;
    this.random = options.random ?? Math.random;
    for (const day of ledgerDays(this.registry.fs, this.registry.root)) {
      try {
        const journal = this.journal(day);
        for (const task of journal.read()?.tasks.values() ?? []) this.learn(task);
        for (const damage of journal.damage) options.problem?.(damage);
      } catch (error) {
        if (!isClawTaskError(error)) throw error;
        options.problem?.(error.message);
      }
    }
  }

  /** Records signals in the order in which they came. What the disk does not take now is kept for `save`. */
  record(signals: readonly ObservedSignal[]): void {
    const queue = [...signals];
    for (let signal = queue.shift(); signal !== undefined; signal = queue.shift()) {
      const known = this.names.find(signal);
      if (known === undefined && !signal.mayCreate) {
        this.names.keepOrphan(signal, this.nowMs());
        continue;
      }
      const taskId = known ?? timeOrderedId("t", this.nowMs(), this.random());
      this.names.claim(taskId, signal.names);
      queue.unshift(...this.names.adoptOrphans(signal.names));
      const { mayCreate: _mayCreate, ...rest } = signal;
      this.keep(dayOfId(taskId) ?? "", { command: { type: "signal", taskId, ...rest } });
    }
    this.save();
  }

  /** Commits what was recorded and is not on disk yet: one append per day. */
  save(): void {
    for (const [day, requests] of this.unsaved) {
      this.commit(day, requests, () => this.unsaved.delete(day));
    }
  }

  private keep(day: string, request: SignalRequest): void {
    const waiting = this.unsaved.get(day) ?? [];
    this.unsaved.set(day, waiting);
    waiting.push(request);
    if (waiting.length > MOST_UNSAVED) waiting.shift();
  }

  /** Records what became of a delivery. Returns whether that changed anything. */
  reportDelivery(taskId: string, report: DeliveryReport): boolean {
    const command: TaskCommand = { type: "report_delivery", taskId, source: "outbox", report };
    return this.commit(dayOfId(taskId) ?? "", [{ command }]) > 0;
  }

  /** Results that are not with their requester yet. */
  openDeliveries(): OpenDelivery[] {
    return [...this.open.values()].flatMap((task) => openDeliveryOfTask(task, this.nested.quietSince(task)) ?? []);
  }

  /** @param onDisk called once nothing of this has to be written again */
  private commit(day: string, requests: readonly SignalRequest[], onDisk?: () => void): number {
    const journal = this.journal(day);
    const outcomes = commitAll({ journal, aggregate: ledgerDayAggregate, now: this.registry.now, requests });
    onDisk?.();
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
    this.nested.learn(task);
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
