import type { Worker } from "node:worker_threads";
import type {
  DeliveryReport,
  NotifyPolicy,
  TaskCommand,
  TaskRecord,
  TaskRuntime,
} from "../../registry-helper/index.ts";
import type { HostEvent } from "../host/events/host-events.ts";
import { signalsOf } from "./adapters/signals-from-event.ts";
import type { DeliveryOwner } from "../delivery/pending-delivery.ts";
import type { ObservedSignal } from "./adapters/signals.ts";
import type { FromWorker, OpenWork, Questions, SignalBatch, ToWorker, WorkerSetup } from "./worker-messages.ts";
import { messageOf } from "../../registry-helper/index.ts";

/** What the recorder needs of its surroundings. */
export interface RecorderOptions {
  root: string;
  notify?: Partial<Record<TaskRuntime, NotifyPolicy>>;
  startWorker: (setup: WorkerSetup) => Worker;
  onOpen: (open: OpenWork) => void;
  problem: (message: string) => void;
}

/** How often the registry is looked at when no event of the host points to a change, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
/** Pause before a worker that died is started again, in milliseconds. */
const RESTART_PAUSE_MS = 1_000;
/** Messages that are kept while no worker runs; more than this would mean that none ever starts. */
const MOST_HELD = 10_000;

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
  private held: ToWorker[] = [];
  /** Handed to the worker and not known to be on disk: the next worker gets them again when this one dies. */
  private unkept: SignalBatch[] = [];
  private batches = 0;
  private readonly waiting = new Map<number, (value: unknown) => void>();

  constructor(options: RecorderOptions) {
    this.options = options;
    this.root = options.root;
    this.worker = this.start();
  }

  /** Signals that were heard and are not known to be on disk. */
  get backlog(): number {
    return this.queue.length + this.unkept.reduce((sum, { signals }) => sum + signals.length, 0);
  }

  hear(event: HostEvent): void {
    if (event.kind === "command_ran" || event.kind === "process_started") this.post({ type: "look" });
    this.take(signalsOf(event));
  }

  /** Takes signals that no event of the host stands for. */
  take(signals: readonly ObservedSignal[]): void {
    if (signals.length === 0) return;
    const heardAt = Date.now();
    this.queue.push(...signals.map((signal) => ({ ...signal, heardAt })));
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
  async answerCronPatch(answer: Questions["cronPatch"]["ask"]): Promise<void> {
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

  private post(message: ToWorker): void {
    if (this.ready) this.hand(message);
    else if (this.held.length < MOST_HELD) this.held.push(message);
  }

  private hand(message: ToWorker): void {
    if (message.type === "signals") this.unkept = [...this.unkept.slice(-MOST_HELD + 1), message];
    this.worker.postMessage(message);
  }

  /** What was heard before goes first. Undefined when no answer can be had. */
  private ask<Kind extends keyof Questions>(
    type: Kind,
    question: Questions[Kind]["ask"],
  ): Promise<Questions[Kind]["answer"] | undefined> {
    if (this.stopped) return Promise.resolve(undefined);
    this.flush();
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, (value) => resolve((value ?? undefined) as Questions[Kind]["answer"] | undefined));
      this.post({ type, id, ...question } as unknown as ToWorker);
    });
  }

  private start(): Worker {
    const { notify = {} } = this.options;
    const worker = this.options.startWorker({ root: this.root, lookEveryMs: LOOK_EVERY_MS, notify });
    worker.on("message", (message: FromWorker) => this.receive(message));
    worker.on("error", (error) => this.options.problem(`ledger worker: ${messageOf(error)}`));
    worker.on("exit", () => this.revive());
    worker.unref();
    return worker;
  }

  /** The worker must never be gone for good; whoever waited for it gets no answer. */
  private revive(): void {
    this.ready = false;
    // A question that nobody waits for any more must not be carried out later: who asked took it for undone.
    this.held = [...this.unkept.splice(0), ...this.held.filter((message) => !("id" in message))];
    for (const resolve of this.waiting.values()) resolve(undefined);
    this.waiting.clear();
    if (this.stopped) return;
    setTimeout(() => {
      if (!this.stopped) this.worker = this.start();
    }, RESTART_PAUSE_MS).unref();
  }

  private receive(message: FromWorker): void {
    this.ready = true;
    for (const held of this.held.splice(0)) this.post(held);
    switch (message.type) {
      case "open":
        return this.options.onOpen(message);
      case "kept":
        this.unkept = this.unkept.filter(({ batch }) => batch > message.batch);
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
