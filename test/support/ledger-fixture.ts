import type { TaskCommand, TaskSignal } from "../../registry-helper/domain/task/commands.ts";
import { ledgerDayAggregate } from "../../registry-helper/domain/task/ledger-day.ts";
import { parseDayFromId, timeOrderedId } from "../../registry-helper/model/ids.ts";
import type { TaskFacts } from "../../registry-helper/model/task-events.ts";
import type { TaskRecord } from "../../registry-helper/model/task-record.ts";
import type { Micros } from "../../registry-helper/model/time.ts";
import { commit } from "../../registry-helper/registry/commit.ts";
import { openRegistry } from "../../registry-helper/registry/registry.ts";
import { LedgerJournal } from "../../registry-helper/storage/ledger-journal.ts";
import type { RegistrySandbox } from "./registry-sandbox.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const ROUTE = { channel: "telegram", to: "telegram:42", sessionKey: "agent:main:main" };

type SignalInput = Omit<Partial<TaskSignal>, "type" | "taskId" | "facts"> & { facts?: TaskFacts };

/** Writes a ledger as the gateway would, at any time before now. Within a day, the earlier first. */
export class LedgerFixture {
  readonly sandbox: RegistrySandbox;
  private readonly now = Date.now();
  private count = 0;

  constructor(sandbox: RegistrySandbox) {
    this.sandbox = sandbox;
  }

  /** A new task; returns its id. */
  task(input: SignalInput, agoMs = 0): string {
    this.count += 1;
    const taskId = timeOrderedId("t", this.now - agoMs, this.count / 1_000_000);
    this.signal(taskId, input, agoMs);
    return taskId;
  }

  signal(taskId: string, input: SignalInput, agoMs = 0): void {
    const command: TaskSignal = { type: "signal", taskId, source: "test", names: [], facts: {}, ...input };
    this.do(command, agoMs);
  }

  do(command: TaskCommand, agoMs = 0, key?: string): TaskRecord {
    const { fs } = openRegistry({ root: this.sandbox.root });
    const journal = new LedgerJournal({ fs, root: this.sandbox.root, day: parseDayFromId(command.taskId) ?? "" });
    const now = (): Micros => (this.now - agoMs) * 1000;
    const { state } = commit({ journal, aggregate: ledgerDayAggregate, now, request: { command, key } });
    const task = state.tasks.get(command.taskId);
    if (task === undefined) throw new Error(`no task ${command.taskId}`);
    return task;
  }

  /** A subagent of the main session whose result could not be delivered. */
  undelivered(label: string, agoMs = 0, facts: TaskFacts = {}): string {
    const taskId = this.task(
      {
        facts: { runtime: "subagent", label, route: ROUTE, requesterSessionKey: "agent:main:main", ...facts },
        started: true,
        ending: { status: "succeeded", result: "done" },
      },
      agoMs,
    );
    const report = { kind: "refused", reason: "chat not found", final: true } as const;
    this.do({ type: "report_delivery", taskId, source: "outbox", report }, agoMs);
    return taskId;
  }

  /** The file of a task's day, below the root. */
  file(taskId: string): string {
    return `ledger/${parseDayFromId(taskId) ?? ""}.jsonl`;
  }

  lines(taskId: string): Record<string, unknown>[] {
    return this.sandbox
      .text(this.file(taskId))
      .split("\n")
      .filter((line) => line.includes(taskId))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** The words of a command that is shown to paste, without how the helper is called. */
export function pastedWords(command: string): string[] {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, one, other, plain]) => one ?? other ?? plain ?? "",
  );
  const root = words.indexOf("--registry-root");
  return root === -1 ? words.slice(1) : words.slice(root + 2);
}
