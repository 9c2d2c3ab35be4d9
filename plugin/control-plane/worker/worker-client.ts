import type { Worker } from "node:worker_threads";
import type { Change, ChangePage } from "../../../registry-helper/views/changes/change-log.ts";
import type { CommandLine } from "../../commands/run-command.ts";
import type { ApiResponse, ServerFacts } from "../handlers/context.ts";
import type { DeskQuestions, DeskSetup, FromDesk, SentRequest, Snapshot, ToDesk } from "./messages.ts";
import { messageOf } from "../../../registry-helper/index.ts";

/** Longest wait for an answer, in milliseconds. */
export const ANSWER_WAIT_MS = 30_000;
/** Pause before a desk that died is started again, in milliseconds. */
const RESTART_PAUSE_MS = 1_000;

/** The desk gave no answer: it takes too long, or it died and is being started again. */
export class DeskUnavailable extends Error {
  readonly isLate: boolean;

  constructor(message: string, isLate: boolean) {
    super(message);
    this.name = "DeskUnavailable";
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

export interface DeskClientOptions {
  root: string;
  startWorker: (setup: DeskSetup) => Worker;
  /** Runs commands outside of the desk; without it the desk does. */
  commandLine?: CommandLine;
  facts: () => ServerFacts;
  problem: (message: string) => void;
  answerWaitMs?: number;
  restartPauseMs?: number;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** The door's side of the desk. Starts it when it is first needed; touches no file. */
export class DeskClient {
  private readonly options: DeskClientOptions;
  private worker: Worker | undefined;
  private restart: NodeJS.Timeout | undefined;
  private isReady = false;
  private isStopped = false;
  private held: ToDesk[] = [];
  private lastId = 0;
  private followers = 0;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Set<ChangeListener>();

  constructor(options: DeskClientOptions) {
    this.options = options;
  }

  /** @throws DeskUnavailable */
  request(request: SentRequest): Promise<ApiResponse> {
    return this.ask("request", { request, facts: this.options.facts() });
  }

  /** @throws DeskUnavailable */
  async read(after: string, limit: number): Promise<ChangePage | undefined> {
    return (await this.ask("read", { after, limit })) ?? undefined;
  }

  /** @throws DeskUnavailable */
  snapshot(): Promise<Snapshot> {
    return this.ask("snapshot", { facts: this.options.facts() });
  }

  /** Tells of everything that is posted from now on. */
  listen(listener: ChangeListener): void {
    this.listeners.add(listener);
  }

  /** Somebody follows the changes: the desk looks more often until the answer is called. */
  follow(): () => void {
    this.followers += 1;
    if (this.followers === 1) this.post({ type: "follow", on: true });
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.followers -= 1;
      if (this.followers === 0) this.post({ type: "follow", on: false });
    };
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.restart);
    this.refuseAll("the server is stopping");
    await this.worker?.terminate();
  }

  private ask<Kind extends keyof DeskQuestions>(
    type: Kind,
    question: DeskQuestions[Kind]["ask"],
  ): Promise<DeskQuestions[Kind]["answer"]> {
    if (this.isStopped) return Promise.reject(new DeskUnavailable("the server is stopping", false));
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new DeskUnavailable("the answer takes too long", true));
      }, this.options.answerWaitMs ?? ANSWER_WAIT_MS);
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.post({ type, id, ...question } as unknown as ToDesk);
    });
  }

  private post(message: ToDesk): void {
    this.worker ??= this.start();
    if (this.isReady) this.worker.postMessage(message);
    else if (message.type !== "follow") this.held.push(message);
  }

  private start(): Worker {
    const { root, commandLine, facts } = this.options;
    const commands = commandLine === undefined ? "own" : "asked";
    const worker = this.options.startWorker({ root, commands, facts: facts() });
    worker.on("message", (message: FromDesk) => this.receive(message));
    worker.on("error", (error) => this.options.problem(`desk: ${messageOf(error)}`));
    worker.on("exit", () => this.revive());
    worker.unref();
    return worker;
  }

  /** Whoever waited gets no answer: a command may have been carried out or not. */
  private revive(): void {
    this.isReady = false;
    this.refuseAll("the desk died and is started again");
    if (this.isStopped) return;
    this.restart = setTimeout(() => {
      this.worker = this.start();
    }, this.options.restartPauseMs ?? RESTART_PAUSE_MS);
    this.restart.unref();
  }

  private refuseAll(why: string): void {
    this.held = [];
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new DeskUnavailable(why, false));
    }
    this.waiting.clear();
  }

  private receive(message: FromDesk): void {
    switch (message.type) {
      case "ready":
        return this.begin(message.cursor);
      case "changes":
        for (const listener of this.listeners) listener.changes(message.changes, message.cursor);
        return;
      case "reset":
        for (const listener of this.listeners) listener.reset(message.cursor);
        return;
      case "answer":
        return this.settle(message.id, ({ resolve }) => resolve(message.value));
      case "failed":
        return this.settle(message.id, ({ reject }) => reject(new DeskUnavailable(message.message, false)));
      case "command":
        return this.runCommand(message);
      case "problem":
        return this.options.problem(message.message);
    }
  }

  private begin(cursor: string): void {
    this.isReady = true;
    if (this.followers > 0) this.post({ type: "follow", on: true });
    for (const listener of this.listeners) listener.ready(cursor);
    for (const message of this.held.splice(0)) this.post(message);
  }

  private settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    how(waiting);
  }

  private runCommand({ id, argv, by }: Extract<FromDesk, { type: "command" }>): void {
    const run = this.options.commandLine?.(argv, by) ?? Promise.reject(new Error("no command line"));
    run
      .catch((error: unknown) => ({ exit: 1, out: "", err: messageOf(error) }))
      .then((answer) => this.worker?.postMessage({ type: "commandAnswer", id, answer } satisfies ToDesk))
      .catch((error: unknown) => this.options.problem(`desk: ${String(error)}`));
  }
}
