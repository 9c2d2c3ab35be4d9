import type { Worker } from "node:worker_threads";
import type {
  ApprovalAccess,
  DeliveryReport,
  NotifyPolicy,
  OperationDocument,
  OperationInput,
  OperationName,
  EventOrigin,
  OperationResult,
  StaleThresholds,
  TaskCommand,
  TaskRecord,
  TaskRuntime,
  ThreadStatus,
} from "../../registry-helper/internal.ts";
import type { DeliveryOwner } from "../delivery/pending-delivery.ts";
import type { HostEvent } from "../host/events/host-events.ts";
import type { OperationCaller } from "../operations/operation-caller.ts";
import { type Schedule, scheduleUnref, SupervisedWorker, within } from "../worker/supervised-worker.ts";
import { toSignals } from "./adapters/signals-from-event.ts";
import type { ObservedSignal } from "./adapters/signals.ts";
import { HeldWork } from "./held-work.ts";
import type { PendingWork, RecorderEvent, RecorderMethods, RecorderPost, RecorderSetup } from "./worker-messages.ts";

/** What the recorder needs of its surroundings. */
export interface RecorderOptions {
  root: string;
  notify?: Partial<Record<TaskRuntime, NotifyPolicy>>;
  approvals?: ApprovalAccess;
  staleAfter?: Partial<StaleThresholds>;
  startWorker: (setup: RecorderSetup) => Worker;
  onOpen: (open: PendingWork) => void;
  problem: (message: string) => void;
  schedule?: Schedule;
  /** Monotonic, in milliseconds. */
  now?: () => number;
}

/** How often the registry is looked at when no event of the host points to a change, in milliseconds. */
const POLL_INTERVAL_MS = 2_000;
/** Messages that are kept while no worker runs; more than this would mean that none ever starts. */
const MAX_BUFFERED = 10_000;

/** Longest wait for what is still to be written when the gateway stops, in milliseconds. */
const DRAIN_LIMIT_MS = 3_500;

const NO_ANSWER = { error: { code: "internal", message: "the ledger did not answer; try again" } } as const;

/**
 * The gateway's side of the ledger: takes events, returns at once, and hands what they mean to the worker
 * thread in batches.
 */
export class Recorder {
  readonly root: string;
  private readonly worker: SupervisedWorker<RecorderMethods, RecorderPost, RecorderEvent>;
  private readonly onOpen: (open: PendingWork) => void;
  private readonly problem: (message: string) => void;
  private queue: ObservedSignal[] = [];
  private flushing = false;
  private readonly held: HeldWork;
  private readonly schedule: Schedule;

  constructor({ root, notify = {}, approvals = {}, staleAfter = {}, onOpen, problem, ...options }: RecorderOptions) {
    this.root = root;
    this.onOpen = onOpen;
    this.problem = problem;
    this.schedule = options.schedule ?? scheduleUnref;
    this.held = new HeldWork({ now: Date.now, maxBatches: MAX_BUFFERED, problem });
    const base = { root, pollIntervalMs: POLL_INTERVAL_MS, notify, approvals, staleAfter };
    this.worker = new SupervisedWorker<RecorderMethods, RecorderPost, RecorderEvent>({
      name: "ledger worker",
      startWorker: (supervision) =>
        options.startWorker({ ...base, ...supervision, setAside: this.held.listSubjectsAside() }),
      isReady: () => true,
      onMessage: (message) => this.receive(message),
      getFirstMessages: () => this.held.takeUnacked(),
      onSend: (message) => {
        if (message.type === "signals") this.held.noteSent(message);
      },
      isOwedMore: () => this.held.signalCount > 0,
      onSilent: (note) => this.held.noteSilent(note),
      problem,
      maxHeld: MAX_BUFFERED,
      schedule: this.schedule,
      ...(options.now === undefined ? {} : { now: options.now }),
    });
    this.worker.start();
  }

  /** Signals that were heard and are not known to be on disk. */
  get backlog(): number {
    return this.queue.length + this.held.signalCount;
  }

  /** How the worker stands, and what it could not be given. */
  get status(): ThreadStatus & Pick<HeldWork, "oldestSignalAt" | "setAside"> {
    return { ...this.worker.status, oldestSignalAt: this.held.oldestSignalAt, setAside: this.held.setAside };
  }

  handleEvent(event: HostEvent): void {
    if (event.kind === "command_ran" || event.kind === "process_started") this.poll();
    this.take(toSignals(event));
  }

  /** Something outside of the recorder has changed the registry. */
  poll(): void {
    this.worker.post({ type: "look" });
  }

  /** Takes signals that no event of the host stands for. */
  take(signals: readonly ObservedSignal[]): void {
    if (signals.length === 0) return;
    const receivedAt = Date.now();
    this.queue.push(...signals.map((signal) => ({ ...signal, receivedAt })));
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => this.flush());
  }

  /** Records what became of a delivery; resolves once that is on disk, with undefined when nobody can say whether it is. */
  report(owner: DeliveryOwner, report: DeliveryReport): Promise<boolean | undefined> {
    return this.ask("report", { owner, report });
  }

  /** Commits one command. `refused` says why it cannot be. */
  async change(command: TaskCommand): Promise<{ changed: boolean; refused: string | null }> {
    return (await this.ask("change", { command })) ?? { changed: false, refused: "the ledger did not answer" };
  }

  /** Records what came of a wish to change the cron job of a run. */
  async answerCronPatch(answer: RecorderMethods["cronPatch"]["ask"]): Promise<void> {
    await this.ask("cronPatch", answer);
  }

  /** Tasks that go on. */
  async running(): Promise<TaskRecord[]> {
    return (await this.ask("running", {})) ?? [];
  }

  /** Calls an operation on the registry in the worker. */
  readonly call: OperationCaller = async <Name extends OperationName>(
    operation: Name,
    input: OperationInput<Name>,
    actor?: string,
    origin?: EventOrigin,
  ) => {
    const result = await this.ask("operation", { operation, input, actor, origin });
    // The worker answers what the catalog has under this name.
    return (result ?? NO_ANSWER) as OperationResult<OperationDocument<Name>>;
  };

  /** Resolves when everything that was heard so far is on disk. */
  async drain(): Promise<void> {
    await this.ask("drain", {});
  }

  /** Within five seconds, whatever the worker does. */
  async stop(): Promise<void> {
    await within(this.schedule, DRAIN_LIMIT_MS, this.drain());
    await this.worker.stop();
    if (this.backlog > 0) this.problem(`${this.backlog} signals were not written before the gateway stopped`);
  }

  private flush(): void {
    this.flushing = false;
    if (this.queue.length === 0) return;
    const signals = this.queue;
    this.queue = [];
    this.worker.post(this.held.makeBatch(signals));
  }

  /** What was heard before goes first. Undefined when no answer can be had. */
  private async ask<Kind extends keyof RecorderMethods>(
    type: Kind,
    params: RecorderMethods[Kind]["ask"],
  ): Promise<RecorderMethods[Kind]["answer"] | undefined> {
    this.flush();
    return (await this.worker.call(type, params).catch(() => undefined)) ?? undefined;
  }

  private receive(message: RecorderEvent): void {
    switch (message.type) {
      case "open":
        return this.onOpen(message);
      case "kept":
        return this.held.noteKept(message.batch);
      case "taken_back":
        return this.held.takeBack(message.subject);
      case "problem":
        return this.problem(message.message);
    }
  }
}
