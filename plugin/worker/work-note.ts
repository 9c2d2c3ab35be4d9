import type { HeldLock } from "../../registry-helper/internal.ts";

/** What a worker is working on. A `signals` batch is named by its number, an operation by its name. */
export interface WorkSubject {
  kind: "signals" | "run" | "flow" | "ledger" | "operation" | "request";
  id: string;
  /** State of the file that was read, so that it is tried again once it is another one. */
  stamp?: string;
}

/** What a worker holds: read by the thread that started it when it does not answer any more. */
export interface WorkNote {
  subject?: WorkSubject;
  locks?: readonly HeldLock[];
}

/** How often a thread shows that it is not in one endless piece of work, in milliseconds. */
export const SIGN_OF_LIFE_INTERVAL_MS = 1_000;
const HEADER_BYTES = 8;
const TEXT_BYTES = 8_192;
const SIGNS = 0;
const LENGTH = 1;

/** Memory that a worker and the thread that started it share. */
export function createWorkMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + TEXT_BYTES);
}

/**
 * The worker's end: each word of it counts as a sign of life. Shared memory, since a message costs the event loop that it
 * arrives at something, and a thread that hangs sends none.
 */
export class WorkNoteWriter {
  private readonly header: Int32Array | undefined;
  private readonly text: Uint8Array | undefined;
  private readonly encoder = new TextEncoder();
  private note: WorkNote = {};

  constructor(memory: SharedArrayBuffer | undefined) {
    if (memory === undefined) return;
    this.header = new Int32Array(memory, 0, 2);
    this.text = new Uint8Array(memory, HEADER_BYTES);
  }

  showLife(): void {
    if (this.header !== undefined) Atomics.add(this.header, SIGNS, 1);
  }

  /** Undefined once the work is done. */
  noteSubject(subject: WorkSubject | undefined): void {
    const { subject: _past, ...rest } = this.note;
    this.write(subject === undefined ? rest : { ...rest, subject });
  }

  noteLocks(locks: readonly HeldLock[]): void {
    this.write({ ...this.note, locks });
  }

  private write(note: WorkNote): void {
    this.note = note;
    if (this.header === undefined || this.text === undefined) return;
    const content = JSON.stringify(note);
    const { written, read } = this.encoder.encodeInto(content, this.text);
    Atomics.store(this.header, LENGTH, read === content.length ? written : 0);
    this.showLife();
  }
}

/** The end of the thread that started the worker. */
export class WorkNoteReader {
  private readonly header: Int32Array;
  private readonly text: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, 2);
    this.text = new Uint8Array(memory, HEADER_BYTES);
  }

  /** Counts up with each sign of life. */
  get signs(): number {
    return Atomics.load(this.header, SIGNS);
  }

  /** What a worker that stands still has noted last. One that is writing at this moment says nothing. */
  read(): WorkNote {
    const length = Atomics.load(this.header, LENGTH);
    try {
      // A copy: shared memory is not decoded.
      const content: unknown = length === 0 ? {} : JSON.parse(new TextDecoder().decode(this.text.slice(0, length)));
      return typeof content === "object" && content !== null ? content : {};
    } catch {
      return {};
    }
  }
}
