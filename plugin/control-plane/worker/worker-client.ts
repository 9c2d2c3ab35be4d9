import type { Worker } from "node:worker_threads";
import type { Change, ChangePage, ThreadStatus } from "../../../registry-helper/internal.ts";
import { SupervisedWorker } from "../../worker/supervised-worker.ts";
import type { ApiResponse, ServerFacts } from "../handlers/context.ts";
import type {
  ApiWorkerEvent,
  ApiWorkerPost,
  RpcMethods,
  ApiWorkerSetup,
  SerializedRequest,
  StreamSnapshot,
} from "./messages.ts";

/** Longest wait for an answer, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 30_000;
/** Who follows the changes. */
export interface ChangeListener {
  /** An API worker was started: changes from this cursor on will come. What happened since the last one did not. */
  ready(cursor: string): void;
  changes(changes: readonly Change[], cursor: string): void;
  /** The log begins anew. */
  reset(cursor: string): void;
}

export interface ApiWorkerClientOptions {
  root: string;
  startWorker: (setup: ApiWorkerSetup) => Worker;
  facts: () => ServerFacts;
  problem: (message: string) => void;
  answerTimeoutMs?: number;
  restartPauseMs?: number;
}

/** The server's side of the API worker. Starts it when it is first needed; touches no file. */
export class ApiWorkerClient {
  private readonly options: ApiWorkerClientOptions;
  private readonly worker: SupervisedWorker<RpcMethods, ApiWorkerPost, ApiWorkerEvent>;
  private followers = 0;
  private readonly listeners = new Set<ChangeListener>();

  constructor(options: ApiWorkerClientOptions) {
    this.options = options;
    const { root, facts } = options;
    this.worker = new SupervisedWorker<RpcMethods, ApiWorkerPost, ApiWorkerEvent>({
      name: "API worker",
      startWorker: (supervision) => options.startWorker({ root, facts: facts(), ...supervision }),
      isReady: ({ type }) => type === "ready",
      onMessage: (message) => this.receive(message),
      getFirstMessages: () => (this.followers > 0 ? [{ type: "follow", on: true }] : []),
      problem: options.problem,
      callTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
      restartPauseMs: options.restartPauseMs,
    });
  }

  get status(): ThreadStatus {
    return this.worker.status;
  }

  /** @throws WorkerUnavailable */
  request(request: SerializedRequest): Promise<ApiResponse> {
    return this.worker.call("request", { request, facts: this.options.facts() });
  }

  /** @throws WorkerUnavailable */
  async read(after: string, limit: number): Promise<ChangePage | undefined> {
    return (await this.worker.call("read", { after, limit })) ?? undefined;
  }

  /** @throws WorkerUnavailable */
  snapshot(): Promise<StreamSnapshot> {
    return this.worker.call("snapshot", { facts: this.options.facts() });
  }

  /** Tells of everything that is posted from now on. */
  listen(listener: ChangeListener): void {
    this.listeners.add(listener);
  }

  /** Somebody follows the changes: the API worker looks more often until the answer is called. */
  follow(): () => void {
    this.followers += 1;
    if (this.followers === 1) this.sendFollow(true);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.followers -= 1;
      if (this.followers === 0) this.sendFollow(false);
    };
  }

  stop(): Promise<void> {
    return this.worker.stop();
  }

  /** A worker that is not ready yet is told when it is. */
  private sendFollow(on: boolean): void {
    this.worker.start();
    if (this.worker.isReady) this.worker.post({ type: "follow", on });
  }

  private receive(message: ApiWorkerEvent): void {
    switch (message.type) {
      case "ready":
        for (const listener of this.listeners) listener.ready(message.cursor);
        return;
      case "changes":
        for (const listener of this.listeners) listener.changes(message.changes, message.cursor);
        return;
      case "reset":
        for (const listener of this.listeners) listener.reset(message.cursor);
        return;
      case "problem":
        return this.options.problem(message.message);
    }
  }
}
