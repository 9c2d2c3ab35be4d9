import {
  type CommandOutcome,
  type CommandRequest,
  commitAll,
  type DeliveryReport,
  getErrorMessage,
  isClawTaskError,
  isSettled,
  isTerminalTask,
  type LedgerDay,
  ledgerDayAggregate,
  LedgerIndex,
  LedgerJournal,
  type NotifyPolicy,
  openTasks,
  parseDayFromId,
  type Registry,
  type TaskCommand,
  type TaskEvent,
  type TaskRecord,
  type TaskRuntime,
  tasksStartedBy,
  timeOrderedId,
  type WantedTasks,
  wantedTasks,
} from "../../../registry-helper/internal.ts";
import {
  type PendingDelivery,
  listTaskDeliveries,
  SCHEDULED_SESSION,
  type ScheduledRun,
  toScheduledRun,
} from "../../delivery/pending-delivery.ts";
import type { ObservedSignal } from "../adapters/signals.ts";
import type { CancelRequest } from "../worker-messages.ts";
import { getSubtreeState } from "./nested-tasks.ts";
import { ObservedEndTimes } from "./observed-end-times.ts";
import { TaskResolver } from "./resolve-task.ts";
import { TaskRedirects } from "./task-redirects.ts";

/** Signals that wait for a disk that takes nothing; what is more than this is dropped, oldest first. */
const MAX_UNFLUSHED = 20_000;

type SignalRequest = CommandRequest<LedgerDay, TaskCommand>;
type Outcome = CommandOutcome<LedgerDay, TaskEvent>;

/**
 * The ledger as the gateway writes it: finds the task of each signal and commits in groups, one flush for
 * everything that waited. Runs in the recorder's worker thread, so that no disk is ever waited for on the
 * gateway's event loop. Holds only what goes on in memory; the rest is looked up in the index.
 */
export class LedgerWriter {
  private readonly registry: Registry;
  private readonly random: () => number;
  private readonly index: LedgerIndex;
  private readonly resolver: TaskResolver;
  private readonly problem: (message: string) => void;
  private readonly onTask: (task: TaskRecord) => void;
  private readonly days = new Map<string, LedgerJournal>();
  private readonly open = new Map<string, TaskRecord>();
  private readonly observedEndTimes = new ObservedEndTimes();
  /** Open tasks whose worker started work of its own. */
  private readonly parents = new Set<string>();
  /** Signals whose task has not been looked for yet. */
  private pendingSignals: ObservedSignal[] = [];
  private readonly unflushed = new Map<string, SignalRequest[]>();
  private readonly redirects: TaskRedirects;
  private reportedProblems = new Set<string>();

  /**
   * @param options.notify who hears of which runtime, where the operator chose
   * @param options.onTask told of each task that changed
   * @param options.problem told of days that cannot be read; all other days go on
   */
  constructor(options: {
    registry: Registry;
    random?: () => number;
    notify?: Partial<Record<TaskRuntime, NotifyPolicy>>;
    problem?: (message: string) => void;
    onTask?: (task: TaskRecord) => void;
  }) {
    this.registry = options.registry;
    this.random = options.random ?? Math.random;
    this.problem = options.problem ?? (() => undefined);
    this.onTask = options.onTask ?? (() => undefined);
    this.index = new LedgerIndex(this.registry);
    const { notify = {} } = options;
    this.resolver = new TaskResolver({ index: this.index, open: this.open, notify, startedAtMs: this.nowMs() });
    this.redirects = new TaskRedirects(this.index, (from, to) => {
      this.resolver.names.move(from, to);
      this.observedEndTimes.move(from, to);
    });
    this.refresh();
    for (const task of this.index.use(openTasks)) {
      this.applyRecord(task);
      if (listTasksStartedByWorker(task, this.index).length > 0) this.parents.add(task.taskId);
    }
  }

  /** Reads what other processes wrote. */
  refresh(): void {
    for (const task of this.index.refresh()) this.applyRecord(task);
    for (const problem of this.index.problems()) {
      if (!this.reportedProblems.has(problem)) this.problem(problem);
      this.reportedProblems.add(problem);
    }
  }

  /** Records signals in the order in which they came. What the disk does not take now is kept for `save`. */
  record(signals: readonly ObservedSignal[]): void {
    this.pendingSignals = [...this.pendingSignals, ...signals].slice(-MAX_UNFLUSHED);
    this.save();
  }

  /**
   * Commits what was recorded and is not on disk yet: one append per day. A day that takes nothing keeps no other from
   * being written.
   *
   * @throws the first of the errors; what they were about is kept for the next call
   */
  save(): void {
    this.registry.pin?.check();
    const errors: unknown[] = [];
    const attempt = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        errors.push(error);
      }
    };
    attempt(() => this.resolvePending());
    for (const [day, requests] of this.unflushed) attempt(() => this.saveDay(day, requests));
    if (this.unflushed.size === 0) {
      this.redirects.clear();
      this.observedEndTimes.retainOnly((taskId) => this.open.has(taskId));
    }
    if (errors.length > 0) throw errors[0];
  }

  /** A signal stays in the queue until its task is found: an index that cannot be asked for a moment loses nothing. */
  private resolvePending(): void {
    for (let signal = this.pendingSignals[0]; signal !== undefined; signal = this.pendingSignals[0]) {
      let adopted: ObservedSignal[] = [];
      try {
        adopted = this.resolveTask(signal);
      } catch (error) {
        if (isTransient(error)) throw error;
        this.problem(`a signal of ${signal.source} counts for nothing: ${getErrorMessage(error)}`);
      }
      this.pendingSignals.splice(0, 1, ...adopted);
    }
  }

  /** Finds the task of a signal, or makes one. Returns earlier signals whose task is known by that. */
  private resolveTask(signal: ObservedSignal): ObservedSignal[] {
    const { isResumed, taskId: known } = this.resolver.resolve(signal);
    if (known === undefined && (!signal.mayCreate || signal.isRecovery === true)) {
      if (signal.isFleeting !== true) this.resolver.names.storeUnmatched(signal, this.nowMs());
      return [];
    }
    const taskId = known ?? timeOrderedId("t", this.nowMs(), this.random());
    const facts = known === undefined ? this.resolver.getCreationFacts(signal) : signal.facts;
    this.resolver.names.bind(taskId, signal.names);
    const {
      mayCreate: _1,
      isRecovery: _2,
      acceptedAt: _3,
      isFleeting: _4,
      settledBefore,
      receivedAt,
      ...rest
    } = signal;
    if (rest.ending !== undefined && receivedAt !== undefined)
      this.observedEndTimes.note(taskId, receivedAt, rest.ending);
    if (known === undefined && settledBefore !== undefined && rest.ending !== undefined)
      rest.ending = { ...rest.ending, hostDelivery: settledBefore };
    const more = isResumed ? { resumes: true } : {};
    this.enqueue(taskId, { type: "signal", taskId, ...rest, ...more, facts });
    return this.resolver.names.takeUnmatched(signal.names);
  }

  private saveDay(day: string, requests: readonly SignalRequest[]): void {
    const outcomes = this.commit(day, requests);
    const retries: SignalRequest[] = [];
    let transientError: Error | undefined;
    for (const [at, outcome] of outcomes.entries()) {
      const request = requests[at];
      if (request === undefined || !("error" in outcome)) continue;
      if (isTransient(outcome.error)) {
        retries.push(request);
        transientError ??= outcome.error;
      } else this.problem(getErrorMessage(outcome.error));
    }
    if (retries.length === 0) this.unflushed.delete(day);
    else this.unflushed.set(day, retries);
    if (transientError !== undefined) throw transientError;
  }

  /** Records what became of one delivery. Returns whether that changed anything. */
  reportDelivery(taskId: string, report: DeliveryReport, which: { of?: "update"; generation?: number } = {}): boolean {
    return this.reportDeliveries([{ taskId, report, ...which }])[0] ?? false;
  }

  /** Records what became of deliveries, in one append per day. Returns of each whether that changed anything. */
  reportDeliveries(
    reports: readonly { taskId: string; report: DeliveryReport; of?: "update"; generation?: number }[],
  ): boolean[] {
    const changed = new Map<number, boolean>();
    const days = new Set(reports.map(({ taskId }) => parseDayFromId(taskId) ?? ""));
    for (const day of days) {
      const here = reports.flatMap((one, index) => (parseDayFromId(one.taskId) === day ? [{ ...one, index }] : []));
      const requests = here.map(({ index: _index, ...rest }) => ({
        command: { type: "report_delivery" as const, source: "outbox", ...rest },
      }));
      try {
        const outcomes = this.commit(day, requests);
        for (const [at, { index }] of here.entries()) changed.set(index, hasEvents(outcomes[at]));
      } catch (error) {
        // One day that takes nothing must not take the answers of the others with it.
        this.problem(getErrorMessage(error));
      }
    }
    return reports.map((_report, index) => changed.get(index) ?? false);
  }

  /**
   * Commits one command on one task. Returns whether it changed anything.
   *
   * @throws ClawTaskError what `decideTask` says
   */
  change(command: TaskCommand): boolean {
    const [outcome] = this.commit(parseDayFromId(command.taskId) ?? "", [{ command }]);
    if (outcome !== undefined && "error" in outcome) throw outcome.error;
    return hasEvents(outcome);
  }

  /** Work by what a run knows of it. */
  wanted(wanted: WantedTasks): TaskRecord[] {
    return this.index.use((database) => wantedTasks(database, wanted));
  }

  /** Writes down which flow a task belongs to. */
  link(taskId: string, flowId: string): void {
    this.enqueue(taskId, { type: "signal", taskId, source: "run", names: [], facts: { flowId } });
    this.save();
  }

  task(taskId: string): TaskRecord | undefined {
    return this.open.get(taskId) ?? this.index.task(taskId);
  }

  /** Tasks that go on. */
  runningTasks(): TaskRecord[] {
    return this.openTasks().filter((task) => !isTerminalTask(task));
  }

  /** Wishes to stop work that nobody has acted on. */
  cancelRequests(): CancelRequest[] {
    return this.runningTasks()
      .filter((task) => task.cancel?.outcome === "asked")
      .map((task) => ({
        taskId: task.taskId,
        hostTaskId: task.host?.taskId ?? null,
        requesterSessionKey: task.requesterSessionKey,
        runId: task.attempts.at(-1)?.runId ?? null,
        reason: task.cancel?.reason ?? null,
      }));
  }

  /** Tasks that go on, and those whose result is not with its requester yet. */
  openTasks(): TaskRecord[] {
    return [...this.open.values()];
  }

  /** Results and changes of state that are not with their requester yet. */
  openDeliveries(): PendingDelivery[] {
    const startedBy = (sessionKey: string): TaskRecord[] => listTasksStartedBySession(sessionKey, this.index);
    return this.openTasks().flatMap((recorded) => {
      const task = this.observedEndTimes.withObservedEnd(recorded);
      const subtree = this.parents.has(task.taskId) ? getSubtreeState(task, startedBy) : undefined;
      return listTaskDeliveries(task, subtree, this.findParentScheduledRun(task));
    });
  }

  private findParentScheduledRun(task: TaskRecord): ScheduledRun | undefined {
    if (task.parentTaskId === null || !SCHEDULED_SESSION.test(task.requesterSessionKey ?? "")) return undefined;
    const parent = this.open.get(task.parentTaskId) ?? this.index.task(task.parentTaskId);
    return parent === undefined ? undefined : toScheduledRun(parent);
  }

  private enqueue(taskId: string, command: TaskCommand): void {
    const day = parseDayFromId(taskId) ?? "";
    const waiting = this.unflushed.get(day) ?? [];
    this.unflushed.set(day, waiting);
    waiting.push({ command, loadFacts: (state, given) => this.redirects.redirect(state, given) });
    if (waiting.length > MAX_UNFLUSHED) waiting.shift();
  }

  private commit(day: string, requests: readonly SignalRequest[]): Outcome[] {
    const outcomes = commitAll({
      journal: this.journal(day),
      aggregate: ledgerDayAggregate,
      now: this.registry.now,
      requests,
    });
    // It is on disk: that nobody can look at the index for a moment makes it no failure.
    try {
      this.refresh();
    } catch (error) {
      this.problem(getErrorMessage(error));
    }
    return outcomes;
  }

  private applyRecord(task: TaskRecord): void {
    this.resolver.names.applyRecord(task);
    this.onTask(task);
    if (task.parentTaskId !== null) this.parents.add(task.parentTaskId);
    if (!isSettled(task)) {
      this.open.set(task.taskId, task);
      return;
    }
    this.open.delete(task.taskId);
    this.observedEndTimes.forget(task.taskId);
    this.parents.delete(task.taskId);
  }

  private journal(day: string): LedgerJournal {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    const { fs, root } = this.registry;
    const journal = new LedgerJournal({ fs, root, day, snapshot: this.index.getSnapshot(day) });
    this.days.set(day, journal);
    return journal;
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }
}

/** Whether a command made an event. */
function hasEvents(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && !("error" in outcome) && outcome.events.length > 0;
}

const DISK_CODES: readonly string[] = [
  "registry_not_found",
  "registry_unreadable",
  "registry_unwritable",
  "disk_full",
  "journal_busy",
];

/** What the disk or the index says may be otherwise the next time; what the record or our own code says may not. */
function isTransient(error: unknown): error is Error {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return !isClawTaskError(error) || DISK_CODES.includes(error.code);
}

function listTasksStartedBySession(sessionKey: string, index: LedgerIndex): TaskRecord[] {
  return index.use((database) => tasksStartedBy(database, sessionKey));
}

function listTasksStartedByWorker({ childSessionKey }: TaskRecord, index: LedgerIndex): TaskRecord[] {
  return childSessionKey === null ? [] : listTasksStartedBySession(childSessionKey, index);
}
