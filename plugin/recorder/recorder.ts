import type { Worker } from "node:worker_threads";
import {
  type DeliveryReport,
  type NotifyPolicy,
  type TaskCommand,
  type TaskRecord,
  type TaskRuntime,
  getErrorMessage,
} from "../../registry-helper/index.ts";
import type { DeliveryOwner } from "../delivery/pending-delivery.ts";
import type { HostEvent } from "../host/events/host-events.ts";
import { toSignals } from "./adapters/signals-from-event.ts";
import type { ObservedSignal } from "./adapters/signals.ts";
import type {
  RecorderMessage,
  PendingWork,
  RecorderMethods,
  SignalBatch,
  RecorderRequest,
  WorkerSetup,
} from "./worker-messages.ts";

/** What the recorder needs of its surroundings. */
export interface RecorderOptions {
  root: string;
  notify?: Partial<Record<TaskRuntime, NotifyPolicy>>;
  startWorker: (setup: WorkerSetup) => Worker;
  onOpen: (open: PendingWork) => void;
  problem: (message: string) => void;
}

/** How often the registry is looked at when no event of the host points to a change, in milliseconds. */
const POLL_INTERVAL_MS = 2_000;
/** Pause before a worker that died is started again, in milliseconds. */
const RESTART_PAUSE_MS = 1_000;
/** Messages that are kept while no worker runs; more than this would mean that none ever starts. */
const MAX_BUFFERED = 10_000;

/**
 * The gateway's side of the ledger: takes events, returns at once, and hands what they mean to the worker
 * thread in batches.
 */
export class Recorder {
  readonly root: string;
  private readonly options: RecorderOptions;
  private worker: Worker;
  private queue: ObservedSignal[] = [];
  private flushing = false;
  private stopped = false;
  private nextId = 1;
  /** True from the first word of the worker: until then it may still fail to start. */
  private ready = false;
  private buffered: RecorderRequest[] = [];
  /** Handed to the worker and not known to be on disk: the next worker gets them again when this one dies. */
  private unacked: SignalBatch[] = [];
  private batches = 0;
  private readonly waiting = new Map<number, (value: unknown) => void>();

  constructor(options: RecorderOptions) {
    this.options = options;
    this.root = options.root;
    this.worker = this.start();
  }

  /** Signals that were heard and are not known to be on disk. */
  get backlog(): number {
    return this.queue.length + this.unacked.reduce((sum, { signals }) => sum + signals.length, 0);
  }

  handleEvent(event: HostEvent): void {
    if (event.kind === "command_ran" || event.kind === "process_started") this.post({ type: "look" });
    this.take(toSignals(event));
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

  /** Runs a command line of the helper, in somebody's name. */
  async commandLine(argv: string[], by?: string): Promise<{ exit: number; out: string; err: string }> {
    return (
      (await this.ask("cli", { argv, ...(by === undefined ? {} : { by }) })) ?? {
        exit: 1,
        out: "",
        err: "the ledger did not answer; try again\n",
      }
    );
  }

  /** Resolves when everything that was heard so far is on disk. */
  async drain(): Promise<void> {
    await this.ask("drain", {});
  }

  async stop(): Promise<void> {
    await this.drain();
    this.stopped = true;
    await this.worker.terminate();
  }

  private flush(): void {
    this.flushing = false;
    if (this.queue.length === 0) return;
    const signals = this.queue;
    this.queue = [];
    this.batches += 1;
    this.post({ type: "signals", batch: this.batches, signals });
  }

  private post(message: RecorderRequest): void {
    if (this.ready) this.send(message);
    else if (this.buffered.length < MAX_BUFFERED) this.buffered.push(message);
  }

  private send(message: RecorderRequest): void {
    if (message.type === "signals") this.unacked = [...this.unacked.slice(-MAX_BUFFERED + 1), message];
    this.worker.postMessage(message);
  }

  /** What was heard before goes first. Undefined when no answer can be had. */
  private ask<Kind extends keyof RecorderMethods>(
    type: Kind,
    params: RecorderMethods[Kind]["ask"],
  ): Promise<RecorderMethods[Kind]["answer"] | undefined> {
    if (this.stopped) return Promise.resolve(undefined);
    this.flush();
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, (value) => resolve((value ?? undefined) as RecorderMethods[Kind]["answer"] | undefined));
      this.post({ type, id, ...params } as unknown as RecorderRequest);
    });
  }

  private start(): Worker {
    const { notify = {} } = this.options;
    const worker = this.options.startWorker({ root: this.root, pollIntervalMs: POLL_INTERVAL_MS, notify });
    worker.on("message", (message: RecorderMessage) => this.receive(message));
    worker.on("error", (error) => this.options.problem(`ledger worker: ${getErrorMessage(error)}`));
    worker.on("exit", () => this.revive());
    worker.unref();
    return worker;
  }

  /** The worker must never be gone for good; whoever waited for it gets no answer. */
  private revive(): void {
    this.ready = false;
    // A question that nobody waits for any more must not be carried out later: who asked took it for undone.
    this.buffered = [...this.unacked.splice(0), ...this.buffered.filter((message) => !("id" in message))];
    for (const resolve of this.waiting.values()) resolve(undefined);
    this.waiting.clear();
    if (this.stopped) return;
    setTimeout(() => {
      if (!this.stopped) this.worker = this.start();
    }, RESTART_PAUSE_MS).unref();
  }

  private receive(message: RecorderMessage): void {
    this.ready = true;
    for (const buffered of this.buffered.splice(0)) this.post(buffered);
    switch (message.type) {
      case "open":
        return this.options.onOpen(message);
      case "kept":
        this.unacked = this.unacked.filter(({ batch }) => batch > message.batch);
        return;
      case "answer":
        this.waiting.get(message.id)?.(message.value);
        this.waiting.delete(message.id);
        return;
      case "problem":
        return this.options.problem(message.message);
    }
  }
}
