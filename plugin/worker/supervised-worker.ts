import type { Worker } from "node:worker_threads";
import { getErrorMessage, type HeldLock, type ThreadStatus } from "../../registry-helper/internal.ts";
import { LOOK_INTERVAL_MS, Silence } from "./silence.ts";
import type { SupervisionSetup } from "./supervised-thread.ts";
import { createWorkMemory, type WorkNote, WorkNoteReader } from "./work-note.ts";

/** The calls that a worker answers: what each is asked with, and what it answers. */
export type WorkerMethods<Methods> = { [Kind in keyof Methods]: { ask: object; answer: unknown } };

/** A call as it crosses threads. */
export type WorkerCall<Methods extends WorkerMethods<Methods>> = {
  [Kind in keyof Methods]: { type: Kind; id: number } & Methods[Kind]["ask"];
}[keyof Methods];

/** How a worker answers a call. */
export type WorkerReply =
  { type: "answer"; id: number; value: unknown } | { type: "failed"; id: number; message: string };

/** The worker gave no answer: it takes too long, failed, or died. A command may have been carried out or not. */
export class WorkerUnavailable extends Error {
  readonly isLate: boolean;

  constructor(message: string, isLate: boolean) {
    super(message);
    this.name = "WorkerUnavailable";
    this.isLate = isLate;
  }
}

/** Runs `work` after `ms` milliseconds. Returns what cancels it. */
export type Schedule = (work: () => void, ms: number) => () => void;

export interface SupervisedWorkerOptions<Request, Message> {
  /** Stands before what is reported of it. */
  name: string;
  /** @param supervision for the worker's own setup; see {@link startWorkNote} */
  startWorker: (supervision: Required<SupervisionSetup>) => Worker;
  /** Whether a message shows that the worker is up: until one does, it may still fail to start. */
  isReady: (message: Message) => boolean;
  /** Everything but answers. `reply` reaches the thread that sent the message, and never a later one. */
  onMessage: (message: Message, reply: (message: Request) => void) => void;
  /** Sent to each worker that has become ready, before what was held. */
  getFirstMessages?: () => readonly Request[];
  /** Called with each message that is handed to a worker. */
  onSend?: (message: Request) => void;
  problem: (message: string) => void;
  /** Longest wait for an answer, in milliseconds; without it there is no limit. */
  callTimeoutMs?: number | undefined;
  /** Pause before a worker that died is started again, in milliseconds. */
  restartPauseMs?: number | undefined;
  /** How many messages are held while no worker is ready; more would mean that none ever starts. */
  maxHeld?: number;
  schedule?: Schedule;
  /** Monotonic, in milliseconds. */
  now?: () => number;
  /** Whether something that was posted is not done yet. */
  isOwedMore?: () => boolean;
  /** Called when a worker that does not answer is about to be ended, with what it held. */
  onSilent?: (note: WorkNote, silentMs: number) => void;
}

interface PendingCall {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  cancelTimeout: () => void;
}

const RESTART_PAUSE_MS = 1_000;
/** Longest wait for the end of a thread, in milliseconds: one that hangs in a call of the system cannot be ended. */
const TERMINATE_LIMIT_MS = 1_000;

/**
 * A worker thread that is never gone for good: started again when it dies, ended and started again when it gives no sign
 * of life, and asked by calls that are answered, or rejected with {@link WorkerUnavailable}. Never keeps the process alive.
 *
 * @example
 * const worker = new SupervisedWorker<{ add: { ask: { a: number; b: number }; answer: number } }>(options);
 * const sum = await worker.call("add", { a: 1, b: 2 });
 */
export class SupervisedWorker<
  Methods extends WorkerMethods<Methods>,
  Post extends { type: string } = never,
  Message extends { type: string } = never,
> {
  private readonly options: SupervisedWorkerOptions<WorkerCall<Methods> | Post, Message>;
  private readonly schedule: Schedule;
  private worker: Worker | undefined;
  private cancelRestart: (() => void) | undefined;
  private ready = false;
  private isStopped = false;
  private held: (WorkerCall<Methods> | Post)[] = [];
  private lastId = 0;
  private readonly pending = new Map<number, PendingCall>();
  private readonly now: () => number;
  private readonly silence: Silence;
  private memory: WorkNoteReader | undefined;
  /** Of a worker that was ended: the next one lets go of them. */
  private abandonedLocks: readonly HeldLock[] = [];
  private cancelLook: (() => void) | undefined;
  private ended = 0;
  private silentSince: string | null = null;
  private isEnding = false;

  constructor(options: SupervisedWorkerOptions<WorkerCall<Methods> | Post, Message>) {
    this.options = options;
    this.schedule = options.schedule ?? scheduleUnref;
    this.now = options.now ?? (() => performance.now());
    this.silence = new Silence(this.now());
  }

  /** How the worker stands, for those who watch over the gateway. */
  get status(): ThreadStatus {
    const silentMs = Math.round(this.silence.ms);
    return { silentMs, silentSince: silentMs === 0 ? null : this.silentSince, ended: this.ended };
  }

  get isReady(): boolean {
    return this.ready;
  }

  /** Starts the thread, once. The first message does so as well. */
  start(): void {
    if (!this.isStopped) this.worker ??= this.startWorker();
  }

  /** Sends a message that has no answer; it is held until a worker is ready. */
  post(message: WorkerCall<Methods> | Post): void {
    this.start();
    if (this.isStopped) return;
    if (this.ready) this.send(message);
    else if (this.held.length < (this.options.maxHeld ?? Infinity)) this.held.push(message);
  }

  /** @throws WorkerUnavailable */
  call<Kind extends keyof Methods>(type: Kind, params: Methods[Kind]["ask"]): Promise<Methods[Kind]["answer"]> {
    if (this.isStopped) return Promise.reject(new WorkerUnavailable("the server is stopping", false));
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const { callTimeoutMs } = this.options;
      const onTimeout = (): void =>
        this.settle(id, (call) => call.reject(new WorkerUnavailable("the answer takes too long", true)));
      const cancelTimeout = callTimeoutMs === undefined ? () => undefined : this.schedule(onTimeout, callTimeoutMs);
      this.pending.set(id, { resolve, reject, cancelTimeout });
      this.post({ type, id, ...params });
    });
  }

  /** For good. Rejects what waits; resolves when the thread is gone, or cannot be ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelRestart?.();
    this.cancelLook?.();
    this.rejectAll("the server is stopping");
    if (this.worker !== undefined) await within(this.schedule, TERMINATE_LIMIT_MS, this.worker.terminate());
  }

  private startWorker(): Worker {
    const memory = createWorkMemory();
    this.memory = new WorkNoteReader(memory);
    this.isEnding = false;
    this.silence.startOver(this.now());
    this.silentSince = null;
    this.cancelLook?.();
    this.lookLater();
    const { abandonedLocks } = this;
    this.abandonedLocks = [];
    const worker = this.options.startWorker({ memory, abandonedLocks });
    worker.on("message", (message: Message | WorkerReply) => this.receive(message, worker));
    worker.on("error", (error) => this.options.problem(`${this.options.name}: ${getErrorMessage(error)}`));
    worker.on("exit", () => this.restartLater());
    worker.unref();
    return worker;
  }

  private lookLater(): void {
    this.cancelLook = this.schedule(() => {
      this.look();
      if (!this.isStopped) this.lookLater();
    }, LOOK_INTERVAL_MS);
  }

  /** Ends a worker that gives no sign of life; its end starts the next. */
  private look(): void {
    const isOwedAnswer = !this.ready || this.pending.size > 0 || this.options.isOwedMore?.() === true;
    this.silence.look(this.now(), { signs: this.memory?.signs ?? 0, isOwedAnswer });
    if (this.isEnding || !this.silence.isTooLong(this.ready)) return;
    this.isEnding = true;
    this.ended += 1;
    this.silentSince = new Date(Date.now() - this.silence.ms).toISOString();
    const note = this.memory?.read() ?? {};
    const { silentMs } = this.status;
    this.silence.noteEnded(this.ready);
    this.abandonedLocks = note.locks ?? [];
    const work = note.subject === undefined ? "" : ` (${note.subject.kind} ${note.subject.id})`;
    this.options.problem(
      `${this.options.name}: no answer for ${Math.round(silentMs / 1000)} s${work}; it is ended and started again`,
    );
    this.options.onSilent?.(note, silentMs);
    void this.worker?.terminate();
  }

  private restartLater(): void {
    this.ready = false;
    this.cancelLook?.();
    this.rejectAll(`the ${this.options.name} died and is started again`);
    if (this.isStopped) return;
    this.cancelRestart = this.schedule(() => {
      this.worker = this.startWorker();
    }, this.options.restartPauseMs ?? RESTART_PAUSE_MS);
  }

  private rejectAll(reason: string): void {
    // A call that no one waits for any more must not be carried out later: the caller took it for undone.
    this.held = this.held.filter((message) => getCallId(message) === undefined);
    for (const id of this.pending.keys()) this.settle(id, (call) => call.reject(new WorkerUnavailable(reason, false)));
  }

  private receive(message: Message | WorkerReply, worker: Worker): void {
    this.silence.end(this.now());
    if (!this.ready && this.options.isReady(message as Message)) this.onReady();
    if (isReply(message)) this.settle(message.id, (call) => settleBy(call, message));
    else this.options.onMessage(message, (answer) => worker.postMessage(answer));
  }

  private onReady(): void {
    this.ready = true;
    const held = this.held.splice(0);
    for (const message of [...(this.options.getFirstMessages?.() ?? []), ...held]) this.send(message);
  }

  private send(message: WorkerCall<Methods> | Post): void {
    this.options.onSend?.(message);
    this.worker?.postMessage(message);
  }

  private settle(id: number, how: (call: PendingCall) => void): void {
    const call = this.pending.get(id);
    if (call === undefined) return;
    this.pending.delete(id);
    call.cancelTimeout();
    how(call);
  }
}

function isReply(message: { type: string }): message is WorkerReply {
  return message.type === "answer" || message.type === "failed";
}

function settleBy(call: PendingCall, reply: WorkerReply): void {
  if (reply.type === "answer") call.resolve(reply.value);
  else call.reject(new WorkerUnavailable(reply.message, false));
}

/** Resolves with the promise, or when the time is up. */
export async function within(schedule: Schedule, ms: number, promise: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = schedule(resolve, ms);
    const settle = (): void => {
      cancel();
      resolve();
    };
    promise.then(settle, settle);
  });
}

function getCallId(message: object): unknown {
  return "id" in message ? message.id : undefined;
}

export function scheduleUnref(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}
