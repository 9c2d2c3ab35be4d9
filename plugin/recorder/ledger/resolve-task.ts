import {
  type LedgerIndex,
  type NotifyPolicy,
  parseMicros,
  type TaskRecord,
  type TaskRuntime,
} from "../../../registry-helper/internal.ts";
import type { ObservedSignal } from "../adapters/signals.ts";
import { TaskCorrelator } from "./task-correlation.ts";

/** Two uses of one process name that were accepted further apart than this are two pieces of work. */
const SAME_PROCESS_MS = 10 * 60_000;

/** Where a signal belongs. */
export interface ResolvedTask {
  /** Undefined: no task that is known. */
  taskId: string | undefined;
  /** The signal is of a new run that continues an interrupted one. */
  isResumed: boolean;
}

/** Decides which task a signal is about: the same work, the same process, or the run that an interrupted one continues as. */
export class TaskResolver {
  readonly names: TaskCorrelator;
  private readonly index: LedgerIndex;
  private readonly open: ReadonlyMap<string, TaskRecord>;
  private readonly notify: Partial<Record<TaskRuntime, NotifyPolicy>>;
  private readonly startedAtMs: number;

  /**
   * @param options.open tasks in memory, by id; all others are looked up
   * @param options.notify who hears of which runtime, where the operator chose
   * @param options.startedAtMs when this gateway started, in epoch ms
   */
  constructor(options: {
    index: LedgerIndex;
    open: ReadonlyMap<string, TaskRecord>;
    notify: Partial<Record<TaskRuntime, NotifyPolicy>>;
    startedAtMs: number;
  }) {
    this.index = options.index;
    this.open = options.open;
    this.notify = options.notify;
    this.startedAtMs = options.startedAtMs;
    this.names = new TaskCorrelator(this.index);
  }

  resolve(signal: ObservedSignal): ResolvedTask {
    const found = this.names.find(signal);
    if (found !== undefined)
      return { taskId: this.isOtherProcess(found, signal) ? undefined : found, isResumed: false };
    const interrupted = this.findInterruptedTask(signal);
    return { taskId: interrupted?.taskId, isResumed: interrupted !== undefined };
  }

  /** What only this moment can tell of new work: whose worker started it, and who wants to hear of it. */
  getCreationFacts({ facts }: ObservedSignal): ObservedSignal["facts"] {
    const notify = facts.notify ?? this.notify[facts.runtime ?? "subagent"];
    const parentTaskId = facts.parentTaskId ?? this.findParent(facts);
    return {
      ...facts,
      ...(notify === undefined ? {} : { notify }),
      ...(parentTaskId === undefined ? {} : { parentTaskId }),
    };
  }

  private findParent({ requesterSessionKey, childSessionKey }: ObservedSignal["facts"]): string | undefined {
    // Work in the very session that asked for it is not below the work that was done there before.
    if (requesterSessionKey === undefined || requesterSessionKey === childSessionKey) return undefined;
    return this.names.find({ source: "", names: [`session:${requesterSessionKey}`], facts: {}, mayCreate: false });
  }

  /** The host names processes by two words, which come again some day. */
  private isOtherProcess(taskId: string, signal: ObservedSignal): boolean {
    if (signal.acceptedAt === undefined || !signal.names.some((name) => name.startsWith("exec:"))) return false;
    const task = this.open.get(taskId) ?? this.index.task(taskId);
    if (task === undefined || signal.names.some((name) => name.startsWith("host:") && task.names.includes(name)))
      return false;
    return Math.abs(signal.acceptedAt - toEpochMs(task.createdAt)) > SAME_PROCESS_MS;
  }

  /**
   * A run that the command line started and a crash cut off is continued by the host, under a new run id in the same
   * session. Whatever was running there before this gateway started is what it continues.
   */
  private findInterruptedTask(signal: ObservedSignal): TaskRecord | undefined {
    const session = signal.facts.childSessionKey;
    if (signal.facts.runtime !== "cli" || session === undefined || !signal.mayCreate) return undefined;
    return [...this.open.values()].find(
      (task) =>
        task.runtime === "cli" &&
        task.childSessionKey === session &&
        (task.status === "running" || task.status === "queued") &&
        (signal.isRecovery === true || task.missingSince !== null) &&
        toEpochMs(task.attempts.at(-1)?.startedAt ?? task.createdAt) < this.startedAtMs,
    );
  }
}

function toEpochMs(at: string): number {
  return Math.floor((parseMicros(at) ?? 0) / 1000);
}
