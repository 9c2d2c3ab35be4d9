import type { HostEvent } from "../../../plugin/host/events/host-events.ts";
import { toSignals } from "../../../plugin/recorder/adapters/signals-from-event.ts";
import { LedgerWriter } from "../../../plugin/recorder/ledger/ledger-writer.ts";
import {
  ledgerDays,
  LedgerJournal,
  type Micros,
  type NotifyPolicy,
  openRegistry,
  type Registry,
  type TaskRecord,
  type TaskRuntime,
} from "../../../registry-helper/internal.ts";
import type { FileSystem } from "../../../registry-helper/storage/file-system.ts";
import { useTempFolder } from "./temp-folder.ts";

/** 2026-11-20T12:00:00Z in microseconds. */
export const NOON: Micros = Date.UTC(2026, 10, 20, 12) * 1000;

/** A ledger book on a registry of its own, whose clock a test moves and whose ids count up. */
export class LedgerTable {
  readonly registry: Registry;
  book: LedgerWriter;
  now = NOON;
  private ids = 0;
  private readonly notify: Partial<Record<TaskRuntime, NotifyPolicy>>;
  private readonly problem: (message: string) => void;

  constructor(
    options: {
      fs?: FileSystem;
      root?: string;
      notify?: Partial<Record<TaskRuntime, NotifyPolicy>>;
      problem?: (message: string) => void;
    } = {},
  ) {
    const { fs, root = useTempFolder(), notify = {}, problem = () => undefined } = options;
    this.notify = notify;
    this.problem = problem;
    this.registry = openRegistry({ root, now: () => this.now, ...(fs === undefined ? {} : { fs }) });
    this.book = this.open();
  }

  /** As a restart does: a new book that knows what the disk knows. */
  reopen(): void {
    this.book = this.open();
  }

  private open(): LedgerWriter {
    const { registry, notify, problem } = this;
    return new LedgerWriter({ registry, random: () => this.ids++ / 2 ** 30, notify, problem });
  }

  /** The events come one by one, a second apart. */
  handleEvent(...events: HostEvent[]): void {
    for (const event of events) {
      this.now += 1_000_000;
      this.book.record(toSignals(event));
    }
  }

  /** The events come in one batch. */
  handleTogether(...events: HostEvent[]): void {
    this.book.record(events.flatMap((event) => toSignals(event)));
  }

  /** What the disk says, by a reader of its own. */
  tasks(): TaskRecord[] {
    const { fs, root } = this.registry;
    return ledgerDays(fs, root).flatMap((day) => [
      ...(new LedgerJournal({ fs, root, day }).read()?.tasks.values() ?? []),
    ]);
  }

  /** The one task that there is. */
  task(): TaskRecord {
    const tasks = this.tasks();
    if (tasks.length !== 1 || tasks[0] === undefined) throw new Error(`${tasks.length} tasks, not one`);
    return tasks[0];
  }
}
