import type { SetAside } from "../../registry-helper/internal.ts";
import type { WorkNote, WorkSubject } from "../worker/work-note.ts";
import type { ObservedSignal } from "./adapters/signals.ts";
import type { SignalBatch } from "./worker-messages.ts";

/** What is remembered of work that was set aside; each is told once in the log. */
const MAX_SET_ASIDE = 100;

/**
 * What the recorder's worker has been given and has not finished: the next worker gets it again when this one dies. What a
 * worker did not come back from is found by trying its parts one by one, and is then left out.
 */
export class HeldWork {
  private readonly now: () => number;
  private readonly maxBatches: number;
  private readonly problem: (message: string) => void;
  /** In the order in which the worker got them. */
  private unacked: SignalBatch[] = [];
  private lastBatch = 0;
  private aside: { subject: WorkSubject | undefined; entry: SetAside }[] = [];
  private lastSuspect: SignalBatch | undefined;

  constructor(options: { now: () => number; maxBatches: number; problem: (message: string) => void }) {
    this.now = options.now;
    this.maxBatches = options.maxBatches;
    this.problem = options.problem;
  }

  get signalCount(): number {
    return this.unacked.reduce((sum, { signals }) => sum + signals.length, 0);
  }

  /** When the oldest signal was received that is not on disk, in epoch ms. */
  get oldestSignalAt(): number | undefined {
    return this.unacked[0]?.signals[0]?.receivedAt;
  }

  get setAside(): readonly SetAside[] {
    return this.aside.map(({ entry }) => entry);
  }

  makeBatch(signals: ObservedSignal[]): SignalBatch {
    this.lastBatch += 1;
    return { type: "signals", batch: this.lastBatch, signals };
  }

  noteSent(batch: SignalBatch): void {
    this.unacked = [...this.unacked.slice(-this.maxBatches + 1), batch];
  }

  /** This batch, and all that the worker got before it, is on disk. */
  noteKept(batch: number): void {
    this.unacked = this.unacked.slice(this.unacked.findIndex((one) => one.batch === batch) + 1);
  }

  takeUnacked(): SignalBatch[] {
    return this.unacked.splice(0);
  }

  /** What the next worker is to leave alone. */
  listSubjectsAside(): WorkSubject[] {
    return this.aside.flatMap(({ subject }) => subject ?? []);
  }

  /** A worker is ended because it does not answer: what it held goes to the next one without the part that stopped it. */
  noteSilent({ subject }: WorkNote): void {
    if (subject?.kind === "run" || subject?.kind === "flow") {
      const { kind, id } = subject;
      this.put(subject, { kind, id, at: this.timestamp(), why: "the recorder did not come back from it" });
    } else if (subject === undefined || subject.kind === "signals") this.isolateSignal(subject?.id);
  }

  /** It could be read after all: its file is another one. */
  takeBack(subject: WorkSubject): void {
    this.aside = this.aside.filter(({ entry }) => entry.kind !== subject.kind || entry.id !== subject.id);
  }

  /** A batch of several is tried signal by signal; a signal that was alone is left out. */
  private isolateSignal(batchId: string | undefined): void {
    const at = batchId === undefined ? 0 : this.unacked.findIndex(({ batch }) => String(batch) === batchId);
    const suspect = this.unacked[at];
    if (suspect === undefined) return;
    const [signal, ...more] = suspect.signals;
    if (more.length > 0) {
      this.unacked.splice(at, 1, ...suspect.signals.map((one) => this.makeBatch([one])));
      return;
    }
    // Without a word of the worker, what stopped it may have been something else: the next one tries it once more.
    const isCertain = batchId !== undefined || this.lastSuspect === suspect;
    this.lastSuspect = suspect;
    if (!isCertain) return;
    this.unacked.splice(at, 1);
    if (signal === undefined) return;
    const why = `the recorder did not come back from this signal of ${signal.source}`;
    this.put(undefined, { kind: "signal", id: signal.names.join(" "), at: this.timestamp(), why });
  }

  private put(subject: WorkSubject | undefined, entry: SetAside): void {
    if (subject !== undefined) this.takeBack(subject);
    this.aside = [...this.aside.slice(-MAX_SET_ASIDE + 1), { subject, entry }];
    this.problem(`set aside: ${entry.kind} ${entry.id}: ${entry.why}`);
  }

  private timestamp(): string {
    return new Date(this.now()).toISOString();
  }
}
