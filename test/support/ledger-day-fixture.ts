import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskCommand, TaskSignal } from "../../registry-helper/domain/task/commands.ts";
import { type LedgerDay, ledgerDayAggregate } from "../../registry-helper/domain/task/ledger-day.ts";
import type { TaskEvent } from "../../registry-helper/model/task-events.ts";
import type { TaskRecord } from "../../registry-helper/model/task-record.ts";
import { type CommandOutcome, commitAll } from "../../registry-helper/registry/commit.ts";
import { openRegistry, type Registry } from "../../registry-helper/registry/registry.ts";
import { LedgerJournal } from "../../registry-helper/storage/ledger-journal.ts";
import { LedgerIndex } from "../../registry-helper/views/queries/ledger-index.ts";
import { useTempFolder } from "../plugin/support/temp-folder.ts";
import { NOON } from "./played-run.ts";

export const DAY = "2026-11-20";

/** One day of a ledger on disk, written through a journal that starts from the index, as the gateway's does. */
export class LedgerDayFixture {
  readonly root = useTempFolder();
  readonly registry: Registry;
  readonly index: LedgerIndex;
  readonly journal: LedgerJournal;
  private now = NOON;

  constructor() {
    this.registry = openRegistry({ root: this.root, now: () => (this.now += 1_000) });
    this.index = new LedgerIndex(this.registry);
    this.journal = this.openJournal({ snapshot: this.index.getSnapshot(DAY) });
  }

  get path(): string {
    return join(this.root, "ledger", `${DAY}.jsonl`);
  }

  openJournal(more: { snapshot?: ReturnType<LedgerIndex["getSnapshot"]> } = {}): LedgerJournal {
    return new LedgerJournal({ fs: this.registry.fs, root: this.root, day: DAY, ...more });
  }

  /** Commits in one group, through the journal over the index unless another one is named. */
  commit(commands: readonly TaskCommand[], journal = this.journal): CommandOutcome<LedgerDay, TaskEvent>[] {
    const requests = commands.map((command) => ({ command }));
    return commitAll({ journal, aggregate: ledgerDayAggregate, now: this.registry.now, requests });
  }

  /** What the disk says, folded by a reader that knows nothing else. */
  folded(): Map<string, TaskRecord> {
    return new Map([...(this.openJournal().read()?.tasks.values() ?? [])].map((task) => [task.taskId, task]));
  }

  /** Puts another file under the same name, as `maintenance` does. */
  replace(text: string): void {
    writeFileSync(`${this.path}.next`, text);
    renameSync(`${this.path}.next`, this.path);
  }
}

export const getTaskId = (number: number): string => `t-20261120-${String(number).padStart(12, "0")}`;

export const startedSignal = (number: number, more: Partial<TaskSignal> = {}): TaskSignal => ({
  type: "signal",
  taskId: getTaskId(number),
  source: "test",
  names: [`run:${number}`],
  facts: { runtime: "exec", runId: String(number) },
  started: true,
  ...more,
});

export const endedSignal = (number: number, more: Partial<NonNullable<TaskSignal["ending"]>> = {}): TaskSignal =>
  startedSignal(number, { ending: { status: "succeeded", ...more } });
