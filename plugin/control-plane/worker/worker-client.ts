import type { Worker } from "node:worker_threads";
import { getErrorMessage } from "../../../registry-helper/index.ts";
import type { Change, ChangePage } from "../../../registry-helper/views/changes/change-log.ts";
import type { CliRunner } from "../../commands/run-command.ts";
import type { ApiResponse, ServerFacts } from "../handlers/context.ts";
import type {
  RpcMethods,
  WorkerSetup,
  WorkerMessage,
  SerializedRequest,
  StreamSnapshot,
  WorkerRequest,
} from "./messages.ts";

/** Longest wait for an answer, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 30_000;
/** Pause before a desk that died is started again, in milliseconds. */
const RESTART_PAUSE_MS = 1_000;

/** The desk gave no answer: it takes too long, or it died and is being started again. */
export class ApiWorkerUnavailable extends Error {
  readonly isLate: boolean;

  constructor(message: string, isLate: boolean) {
    super(message);
    this.name = "ApiWorkerUnavailable";
    this.isLate = isLate;
  }
}

/** Who follows the changes. */
export interface ChangeListener {
  /** A desk was started: changes from this cursor on will come. What happened since the last one did not. */
  ready(cursor: string): void;
  changes(changes: readonly Change[], cursor: string): void;
  /** The log begins anew. */
  reset(cursor: string): void;
}

export interface ApiWorkerClientOptions {
  root: string;
  startWorker: (setup: WorkerSetup) => Worker;
  /** Runs commands outside of the desk; without it the desk does. */
  commandLine?: CliRunner;
  facts: () => ServerFacts;
  problem: (message: string) => void;
  answerTimeoutMs?: number;
  restartPauseMs?: number;
}

interface PendingCall {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** The door's side of the desk. Starts it when it is first needed; touches no file. */
export class ApiWorkerClient {
  private readonly options: ApiWorkerClientOptions;
  private worker: Worker | undefined;
  private restart: NodeJS.Timeout | undefined;
  private isReady = false;
  private isStopped = false;
  private queued: WorkerRequest[] = [];
  private lastId = 0;
  private followers = 0;
  private readonly pending = new Map<number, PendingCall>();
  private readonly listeners = new Set<ChangeListener>();

  constructor(options: ApiWorkerClientOptions) {
    this.options = options;
  }

  /** @throws ApiWorkerUnavailable */
  request(request: SerializedRequest): Promise<ApiResponse> {
    return this.call("request", { request, facts: this.options.facts() });
  }

  /** @throws ApiWorkerUnavailable */
  async read(after: string, limit: number): Promise<ChangePage | undefined> {
    return (await this.call("read", { after, limit })) ?? undefined;
  }

  /** @throws ApiWorkerUnavailable */
  snapshot(): Promise<StreamSnapshot> {
    return this.call("snapshot", { facts: this.options.facts() });
  }

  /** Tells of everything that is posted from now on. */
  listen(listener: ChangeListener): void {
    this.listeners.add(listener);
  }

  /** Somebody follows the changes: the desk looks more often until the answer is called. */
  follow(): () => void {
    this.followers += 1;
    if (this.followers === 1) this.post({ type: "follow", on: true });
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.followers -= 1;
      if (this.followers === 0) this.post({ type: "follow", on: false });
    };
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.restart);
    this.rejectAll("the server is stopping");
    await this.worker?.terminate();
  }

  private call<Kind extends keyof RpcMethods>(
    type: Kind,
    params: RpcMethods[Kind]["ask"],
  ): Promise<RpcMethods[Kind]["answer"]> {
    if (this.isStopped) return Promise.reject(new ApiWorkerUnavailable("the server is stopping", false));
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new ApiWorkerUnavailable("the answer takes too long", true));
      }, this.options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS);
      this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.post({ type, id, ...params } as unknown as WorkerRequest);
    });
  }

  private post(message: WorkerRequest): void {
    this.worker ??= this.start();
    if (this.isReady) this.worker.postMessage(message);
    else if (message.type !== "follow") this.queued.push(message);
  }

  private start(): Worker {
    const { root, commandLine, facts } = this.options;
    const commands = commandLine === undefined ? "own" : "asked";
    const worker = this.options.startWorker({ root, commands, facts: facts() });
    worker.on("message", (message: WorkerMessage) => this.receive(message));
    worker.on("error", (error) => this.options.problem(`desk: ${getErrorMessage(error)}`));
    worker.on("exit", () => this.restartLater());
    worker.unref();
    return worker;
  }

  /** Whoever waited gets no answer: a command may have been carried out or not. */
  private restartLater(): void {
    this.isReady = false;
    this.rejectAll("the desk died and is started again");
    if (this.isStopped) return;
    this.restart = setTimeout(() => {
      this.worker = this.start();
    }, this.options.restartPauseMs ?? RESTART_PAUSE_MS);
    this.restart.unref();
  }

  private rejectAll(reason: string): void {
    this.queued = [];
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(new ApiWorkerUnavailable(reason, false));
    }
    this.pending.clear();
  }

  private receive(message: WorkerMessage): void {
    switch (message.type) {
      case "ready":
        return this.onReady(message.cursor);
      case "changes":
        for (const listener of this.listeners) listener.changes(message.changes, message.cursor);
        return;
      case "reset":
        for (const listener of this.listeners) listener.reset(message.cursor);
        return;
      case "answer":
        return this.resolvePending(message.id, ({ resolve }) => resolve(message.value));
      case "failed":
        return this.resolvePending(message.id, ({ reject }) =>
          reject(new ApiWorkerUnavailable(message.message, false)),
        );
      case "command":
        return this.runCommand(message);
      case "problem":
        return this.options.problem(message.message);
    }
  }

  private onReady(cursor: string): void {
    this.isReady = true;
    if (this.followers > 0) this.post({ type: "follow", on: true });
    for (const listener of this.listeners) listener.ready(cursor);
    for (const message of this.queued.splice(0)) this.post(message);
  }

  private resolvePending(id: number, how: (pending: PendingCall) => void): void {
    const pending = this.pending.get(id);
    if (pending === undefined) return;
    this.pending.delete(id);
    clearTimeout(pending.timer);
    how(pending);
  }

  private runCommand({ id, argv, by }: Extract<WorkerMessage, { type: "command" }>): void {
    const run = this.options.commandLine?.(argv, by) ?? Promise.reject(new Error("no command line"));
    run
      .catch((error: unknown) => ({ exit: 1, out: "", err: getErrorMessage(error) }))
      .then((answer) => this.worker?.postMessage({ type: "commandAnswer", id, answer } satisfies WorkerRequest))
      .catch((error: unknown) => this.options.problem(`desk: ${String(error)}`));
  }
}
