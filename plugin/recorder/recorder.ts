import type { Worker } from "node:worker_threads";
import type { DeliveryReport } from "../../registry-helper/index.ts";
import type { HostEvent } from "../host/host-events.ts";
import type { OpenDelivery } from "./open-delivery.ts";
import type { ObservedSignal } from "./signals.ts";
import { subagentSignals } from "./subagent-adapter.ts";
import type { FromWorker, SignalBatch, ToWorker, WorkerSetup } from "./worker-messages.ts";

/** What the recorder needs of its surroundings. */
export interface RecorderOptions {
  root: string;
  startWorker: (setup: WorkerSetup) => Worker;
  onOpenDeliveries: (deliveries: OpenDelivery[]) => void;
  problem: (message: string) => void;
}

/** How often runs are looked at when no event of the host points to a change, in milliseconds. */
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
  private readonly waiting = new Map<number, (changed: boolean) => void>();

  constructor(options: RecorderOptions) {
    this.options = options;
    this.root = options.root;
    this.worker = this.start();
  }

  hear(event: HostEvent): void {
    if (event.kind === "command_ran") this.post({ type: "look" });
    const signals = subagentSignals(event);
    if (signals.length === 0) return;
    this.queue.push(...signals);
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => this.flush());
  }

  /** Records what became of a delivery; resolves once that is on disk. */
  report(owner: OpenDelivery["owner"], report: DeliveryReport): Promise<boolean> {
    this.flush();
    return this.ask((id) => ({ type: "report", id, owner, report }));
  }

  /** Resolves when everything that was heard so far is on disk. */
  async drain(): Promise<void> {
    this.flush();
    await this.ask((id) => ({ type: "drain", id }));
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

  private ask(question: (id: number) => ToWorker): Promise<boolean> {
    if (this.stopped) return Promise.resolve(false);
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.post(question(id));
    });
  }

  private start(): Worker {
    const worker = this.options.startWorker({ root: this.root, lookEveryMs: LOOK_EVERY_MS });
    worker.on("message", (message: FromWorker) => this.receive(message));
    worker.on("error", (error) =>
      this.options.problem(`ledger worker: ${error instanceof Error ? error.message : String(error)}`),
    );
    worker.on("exit", () => this.revive());
    worker.unref();
    return worker;
  }

  /** The worker must never be gone for good; whoever waited for it is told that nothing changed. */
  private revive(): void {
    this.ready = false;
    this.held.unshift(...this.unkept.splice(0));
    for (const resolve of this.waiting.values()) resolve(false);
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
        return this.options.onOpenDeliveries(message.deliveries);
      case "kept":
        this.unkept = this.unkept.filter(({ batch }) => batch > message.batch);
        return;
      case "reported":
        return this.settle(message.id, message.changed);
      case "drained":
        return this.settle(message.id, true);
      case "problem":
        return this.options.problem(message.message);
    }
  }

  private settle(id: number, changed: boolean): void {
    this.waiting.get(id)?.(changed);
    this.waiting.delete(id);
  }
}
