import {
  type CommandOutcome,
  type CommandRequest,
  commitAll,
  dayOfId,
  type DeliveryReport,
  isClawTaskError,
  isSettled,
  isTerminalTask,
  type LedgerDay,
  ledgerDayAggregate,
  LedgerIndex,
  LedgerJournal,
  messageOf,
  type NotifyPolicy,
  openTasks,
  parseMicros,
  type Registry,
  type TaskCommand,
  type TaskEvent,
  type TaskRecord,
  type TaskRuntime,
  tasksStartedBy,
  timeOrderedId,
  type WantedTasks,
  wantedTasks,
} from "../../../registry-helper/index.ts";
import { HeardEnds } from "./observed-end-times.ts";
import { LandingTasks } from "./task-redirects.ts";
import { quietOf } from "./nested-tasks.ts";
import {
  type OpenDelivery,
  openDeliveriesOfTask,
  SCHEDULED_SESSION,
  type ScheduledRun,
  scheduledRunOf,
} from "../../delivery/pending-delivery.ts";
import type { ObservedSignal } from "../adapters/signals.ts";
import { TaskNames } from "./task-correlation.ts";
import type { CancelWish } from "../worker-messages.ts";

/** Signals that wait for a disk that takes nothing; what is more than this is dropped, oldest first. */
const MOST_UNSAVED = 20_000;
/** Two uses of one process name that were accepted further apart than this are two pieces of work. */
const SAME_PROCESS_MS = 10 * 60_000;

type SignalRequest = CommandRequest<LedgerDay, TaskCommand>;
type Outcome = CommandOutcome<LedgerDay, TaskEvent>;

/**
 * The ledger as the gateway writes it: finds the task of each signal and commits in groups, one flush for
 * everything that waited. Runs in the recorder's worker thread, so that no disk is ever waited for on the
 * gateway's event loop. Holds only what goes on in memory; the rest is looked up in the index.
 */
export class LedgerBook {
  private readonly registry: Registry;
  private readonly random: () => number;
  private readonly index: LedgerIndex;
  private readonly names: TaskNames;
  private readonly notify: Partial<Record<TaskRuntime, NotifyPolicy>>;
  private readonly problem: (message: string) => void;
  private readonly onTask: (task: TaskRecord) => void;
  private readonly days = new Map<string, LedgerJournal>();
  private readonly open = new Map<string, TaskRecord>();
  private readonly heardEnds = new HeardEnds();
  /** Open tasks whose worker started work of its own. */
  private readonly parents = new Set<string>();
  /** Signals whose task has not been looked for yet. */
  private heard: ObservedSignal[] = [];
  private readonly unsaved = new Map<string, SignalRequest[]>();
  private readonly landing: LandingTasks;
  private readonly startedAtMs: number;
  private toldProblems = new Set<string>();

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
    this.notify = options.notify ?? {};
    this.problem = options.problem ?? (() => undefined);
    this.onTask = options.onTask ?? (() => undefined);
    this.index = new LedgerIndex(this.registry);
    this.names = new TaskNames(this.index);
    this.landing = new LandingTasks(this.index, (from, to) => {
      this.names.move(from, to);
      this.heardEnds.move(from, to);
    });
    this.startedAtMs = this.nowMs();
    this.catchUp();
    for (const task of this.index.use(openTasks)) {
      this.learn(task);
      if (startedByWorkerOf(task, this.index).length > 0) this.parents.add(task.taskId);
    }
  }

  /** Reads what other processes wrote. */
  catchUp(): void {
    for (const task of this.index.refresh()) this.learn(task);
    for (const problem of this.index.problems()) {
      if (!this.toldProblems.has(problem)) this.problem(problem);
      this.toldProblems.add(problem);
    }
  }

  /** Records signals in the order in which they came. What the disk does not take now is kept for `save`. */
  record(signals: readonly ObservedSignal[]): void {
    this.heard = [...this.heard, ...signals].slice(-MOST_UNSAVED);
    this.save();
  }

  /**
   * Commits what was recorded and is not on disk yet: one append per day. A day that takes nothing keeps no other from
   * being written.
   *
   * @throws the first of the errors; what they were about is kept for the next call
   */
  save(): void {
    const errors: unknown[] = [];
    const attempt = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        errors.push(error);
      }
    };
    attempt(() => this.placeHeard());
    for (const [day, requests] of this.unsaved) attempt(() => this.saveDay(day, requests));
    if (this.unsaved.size === 0) {
      this.landing.clear();
      this.heardEnds.keepOnly((taskId) => this.open.has(taskId));
    }
    if (errors.length > 0) throw errors[0];
  }

  /** A signal stays in the queue until its task is found: an index that cannot be asked for a moment loses nothing. */
  private placeHeard(): void {
    for (let signal = this.heard[0]; signal !== undefined; signal = this.heard[0]) {
      let freed: ObservedSignal[] = [];
      try {
        freed = this.place(signal);
      } catch (error) {
        if (isOfTheMoment(error)) throw error;
        this.problem(`a signal of ${signal.source} counts for nothing: ${messageOf(error)}`);
      }
      this.heard.splice(0, 1, ...freed);
    }
  }

  /** Finds the task of a signal, or makes one. Returns earlier signals whose task is known by that. */
  private place(signal: ObservedSignal): ObservedSignal[] {
    const { resumed, taskId: known } = this.taskOf(signal);
    if (known === undefined && (!signal.mayCreate || signal.isRecovery === true)) {
      if (signal.isFleeting !== true) this.names.keepOrphan(signal, this.nowMs());
      return [];
    }
    const taskId = known ?? timeOrderedId("t", this.nowMs(), this.random());
    const facts = known === undefined ? this.factsOfNew(signal) : signal.facts;
    this.names.claim(taskId, signal.names);
    const { mayCreate: _1, isRecovery: _2, acceptedAt: _3, isFleeting: _4, settledBefore, heardAt, ...rest } = signal;
    if (rest.ending !== undefined && heardAt !== undefined) this.heardEnds.note(taskId, heardAt, rest.ending);
    if (known === undefined && settledBefore !== undefined && rest.ending !== undefined)
      rest.ending = { ...rest.ending, hostDelivery: settledBefore };
    const more = resumed ? { resumes: true } : {};
    this.keep(taskId, { type: "signal", taskId, ...rest, ...more, facts });
    return this.names.adoptOrphans(signal.names);
  }

  private saveDay(day: string, requests: readonly SignalRequest[]): void {
    const outcomes = this.commit(day, requests);
    const again: SignalRequest[] = [];
    let passing: Error | undefined;
    for (const [at, outcome] of outcomes.entries()) {
      const request = requests[at];
      if (request === undefined || !("error" in outcome)) continue;
      if (isOfTheMoment(outcome.error)) {
        again.push(request);
        passing ??= outcome.error;
      } else this.problem(messageOf(outcome.error));
    }
    if (again.length === 0) this.unsaved.delete(day);
    else this.unsaved.set(day, again);
    if (passing !== undefined) throw passing;
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
    const days = new Set(reports.map(({ taskId }) => dayOfId(taskId) ?? ""));
    for (const day of days) {
      const here = reports.flatMap((one, index) => (dayOfId(one.taskId) === day ? [{ ...one, index }] : []));
      const requests = here.map(({ index: _index, ...rest }) => ({
        command: { type: "report_delivery" as const, source: "outbox", ...rest },
      }));
      try {
        const outcomes = this.commit(day, requests);
        for (const [at, { index }] of here.entries()) changed.set(index, changes(outcomes[at]));
      } catch (error) {
        // One day that takes nothing must not take the answers of the others with it.
        this.problem(messageOf(error));
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
    const [outcome] = this.commit(dayOfId(command.taskId) ?? "", [{ command }]);
    if (outcome !== undefined && "error" in outcome) throw outcome.error;
    return changes(outcome);
  }

  /** Work by what a run knows of it. */
  wanted(wanted: WantedTasks): TaskRecord[] {
    return this.index.use((database) => wantedTasks(database, wanted));
  }

  /** Writes down which flow a task belongs to. */
  link(taskId: string, flowId: string): void {
    this.keep(taskId, { type: "signal", taskId, source: "run", names: [], facts: { flowId } });
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
  cancelWishes(): CancelWish[] {
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
  openDeliveries(): OpenDelivery[] {
    const startedBy = (sessionKey: string): TaskRecord[] => startedFrom(sessionKey, this.index);
    return this.openTasks().flatMap((recorded) => {
      const task = this.heardEnds.asHeard(recorded);
      const quiet = this.parents.has(task.taskId) ? quietOf(task, startedBy) : undefined;
      return openDeliveriesOfTask(task, quiet, this.scheduledRunAbove(task));
    });
  }

  private scheduledRunAbove(task: TaskRecord): ScheduledRun | undefined {
    if (task.parentTaskId === null || !SCHEDULED_SESSION.test(task.requesterSessionKey ?? "")) return undefined;
    const parent = this.open.get(task.parentTaskId) ?? this.index.task(task.parentTaskId);
    return parent === undefined ? undefined : scheduledRunOf(parent);
  }

  private taskOf(signal: ObservedSignal): { taskId: string | undefined; resumed: boolean } {
    const found = this.names.find(signal);
    if (found !== undefined) return { taskId: this.isOtherProcess(found, signal) ? undefined : found, resumed: false };
    const interrupted = this.interruptedWork(signal);
    return { taskId: interrupted?.taskId, resumed: interrupted !== undefined };
  }

  /** The host names processes by two words, which come again some day. */
  private isOtherProcess(taskId: string, signal: ObservedSignal): boolean {
    if (signal.acceptedAt === undefined || !signal.names.some((name) => name.startsWith("exec:"))) return false;
    const task = this.open.get(taskId) ?? this.index.task(taskId);
    if (task === undefined || signal.names.some((name) => name.startsWith("host:") && task.names.includes(name)))
      return false;
    const createdAt = Math.floor((parseMicros(task.createdAt) ?? 0) / 1000);
    return Math.abs(signal.acceptedAt - createdAt) > SAME_PROCESS_MS;
  }

  /**
   * A run that the command line started and a crash cut off is gone on with by the host, under a new run id in
   * the same session. Whatever went on there before this gateway began is what it goes on with.
   */
  private interruptedWork(signal: ObservedSignal): TaskRecord | undefined {
    const session = signal.facts.childSessionKey;
    if (signal.facts.runtime !== "cli" || session === undefined || !signal.mayCreate) return undefined;
    return this.openTasks().find(
      (task) =>
        task.runtime === "cli" &&
        task.childSessionKey === session &&
        (task.status === "running" || task.status === "queued") &&
        (signal.isRecovery === true || task.missingSince !== null) &&
        Math.floor((parseMicros(task.attempts.at(-1)?.startedAt ?? task.createdAt) ?? 0) / 1000) < this.startedAtMs,
    );
  }

  /** What only this moment can tell of new work: whose worker started it, and who wants to hear of it. */
  private factsOfNew(signal: ObservedSignal): ObservedSignal["facts"] {
    const { facts } = signal;
    const notify = facts.notify ?? this.notify[facts.runtime ?? "subagent"];
    // Work in the very session that asked for it is not below the work that was done there before.
    const isNested = facts.requesterSessionKey !== undefined && facts.requesterSessionKey !== facts.childSessionKey;
    const parentTaskId =
      facts.parentTaskId ??
      (!isNested
        ? undefined
        : this.names.find({
            source: "",
            names: [`session:${facts.requesterSessionKey}`],
            facts: {},
            mayCreate: false,
          }));
    return {
      ...facts,
      ...(notify === undefined ? {} : { notify }),
      ...(parentTaskId === undefined ? {} : { parentTaskId }),
    };
  }

  private keep(taskId: string, command: TaskCommand): void {
    const day = dayOfId(taskId) ?? "";
    const waiting = this.unsaved.get(day) ?? [];
    this.unsaved.set(day, waiting);
    waiting.push({ command, gather: (state, given) => this.landing.redirect(state, given) });
    if (waiting.length > MOST_UNSAVED) waiting.shift();
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
      this.catchUp();
    } catch (error) {
      this.problem(messageOf(error));
    }
    return outcomes;
  }

  private learn(task: TaskRecord): void {
    this.names.learn(task);
    this.onTask(task);
    if (task.parentTaskId !== null) this.parents.add(task.parentTaskId);
    if (!isSettled(task)) {
      this.open.set(task.taskId, task);
      return;
    }
    this.open.delete(task.taskId);
    this.heardEnds.forget(task.taskId);
    this.parents.delete(task.taskId);
  }

  private journal(day: string): LedgerJournal {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    const { fs, root } = this.registry;
    const journal = new LedgerJournal({ fs, root, day, snapshot: this.index.snapshotOf(day) });
    this.days.set(day, journal);
    return journal;
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }
}

/** Whether a command made an event. */
function changes(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && !("error" in outcome) && outcome.events.length > 0;
}

/** What the disk or the index says may be otherwise the next time; what the record or our own code says may not. */
function isOfTheMoment(error: unknown): error is Error {
  return error instanceof Error && "code" in error && !isClawTaskError(error);
}

function startedFrom(sessionKey: string, index: LedgerIndex): TaskRecord[] {
  return index.use((database) => tasksStartedBy(database, sessionKey));
}

function startedByWorkerOf({ childSessionKey }: TaskRecord, index: LedgerIndex): TaskRecord[] {
  return childSessionKey === null ? [] : startedFrom(childSessionKey, index);
}
