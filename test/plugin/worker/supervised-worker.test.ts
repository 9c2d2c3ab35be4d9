import { EventEmitter } from "node:events";
import type { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import {
  SupervisedWorker,
  type SupervisedWorkerOptions,
  type WorkerCall,
} from "../../../plugin/worker/supervised-worker.ts";

interface Methods {
  add: { ask: { a: number; b: number }; answer: number };
}
type Post = { type: "note"; text: string };
type Message = { type: "ready" } | { type: "question" };
type Request = WorkerCall<Methods> | Post;

class FakeThread extends EventEmitter {
  readonly received: Request[] = [];
  isTerminated = false;
  postMessage(message: Request): void {
    this.received.push(message);
  }
  unref(): void {
    return;
  }
  terminate(): Promise<number> {
    this.isTerminated = true;
    this.emit("exit", 1);
    return Promise.resolve(1);
  }
  say(message: object): void {
    this.emit("message", message);
  }
}

/** Timers that a test lets run. */
class FakeTimers {
  private timers: { at: number; work: () => void }[] = [];
  private now = 0;
  readonly schedule = (work: () => void, ms: number): (() => void) => {
    const timer = { at: this.now + ms, work };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((one) => one !== timer));
  };
  advance(ms: number): void {
    this.now += ms;
    const due = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { work } of due) work();
  }
  get count(): number {
    return this.timers.length;
  }
}

function useWorker(more: Partial<SupervisedWorkerOptions<Request, Message>> = {}) {
  const threads: FakeThread[] = [];
  const timers = new FakeTimers();
  const problems: string[] = [];
  const worker = new SupervisedWorker<Methods, Post, Message>({
    name: "adder",
    startWorker: () => {
      threads.push(new FakeThread());
      return threads.at(-1) as unknown as Worker;
    },
    isReady: ({ type }) => type === "ready",
    onMessage: () => undefined,
    problem: (text) => problems.push(text),
    schedule: timers.schedule,
    ...more,
  });
  const thread = (): FakeThread => threads.at(-1) as FakeThread;
  return { worker, threads, thread, timers, problems };
}

const add = { type: "add", id: 1, a: 1, b: 2 };
const note = { type: "note", text: "hello" } as const;

describe("a supervised worker", () => {
  it("starts with the first message and holds messages, in order, until the thread is ready", () => {
    const { worker, threads, thread } = useWorker();
    expect(threads).toHaveLength(0);
    worker.post(note);
    void worker.call("add", { a: 1, b: 2 });
    expect([threads.length, thread().received, worker.isReady]).toEqual([1, [], false]);
    thread().say({ type: "ready" });
    expect([thread().received, worker.isReady]).toEqual([[note, add], true]);
  });

  it("holds no more than it is told to", () => {
    const { worker, thread } = useWorker({ maxHeld: 2 });
    for (let count = 0; count < 3; count += 1) worker.post(note);
    thread().say({ type: "ready" });
    expect(thread().received).toHaveLength(2);
  });

  it("resolves a call with the answer, and rejects it with the reason of the worker", async () => {
    const { worker, thread } = useWorker();
    const sum = worker.call("add", { a: 1, b: 2 });
    const failed = worker.call("add", { a: 3, b: 4 });
    thread().say({ type: "ready" });
    thread().say({ type: "answer", id: 1, value: 3 });
    thread().say({ type: "failed", id: 2, message: "too large" });
    expect(await sum).toBe(3);
    await expect(failed).rejects.toMatchObject({ message: "too large", isLate: false });
  });

  it("rejects a call after the timeout, ignores a late answer, and keeps no timer of an answered call", async () => {
    const { worker, thread, timers } = useWorker({ callTimeoutMs: 30_000 });
    const late = worker.call("add", { a: 1, b: 2 });
    thread().say({ type: "ready" });
    timers.advance(29_999);
    const answered = worker.call("add", { a: 1, b: 2 });
    thread().say({ type: "answer", id: 2, value: 3 });
    expect([await answered, timers.count], "the other call's, and the next look at the thread").toEqual([3, 2]);
    timers.advance(1);
    await expect(late).rejects.toMatchObject({ isLate: true });
    thread().say({ type: "answer", id: 1, value: 3 });
  });

  it("answers the thread that asked, not the one that was started since", () => {
    const replies: ((message: Request) => void)[] = [];
    const { worker, threads, thread, timers } = useWorker({ onMessage: (_message, reply) => replies.push(reply) });
    worker.start();
    thread().say({ type: "question" });
    thread().emit("exit", 1);
    timers.advance(1_000);
    replies[0]?.(note);
    expect(threads.map(({ received }) => received)).toEqual([[note], []]);
  });
});

describe("a supervised worker that dies", () => {
  it("is started again after a pause; calls are rejected, and only messages without an answer are kept", async () => {
    const { worker, threads, thread, timers, problems } = useWorker({ restartPauseMs: 500 });
    const lost = worker.call("add", { a: 1, b: 2 });
    worker.post(note);
    thread().emit("error", new Error("out of memory"));
    thread().emit("exit", 1);
    await expect(lost).rejects.toMatchObject({ message: "the adder died and is started again", isLate: false });
    expect(problems).toEqual(["adder: out of memory"]);

    const next = worker.call("add", { a: 1, b: 2 });
    timers.advance(499);
    expect(threads).toHaveLength(1);
    timers.advance(1);
    thread().say({ type: "ready" });
    expect(thread().received).toEqual([note, { ...add, id: 2 }]);
    thread().say({ type: "answer", id: 2, value: 3 });
    expect(await next).toBe(3);
  });

  it("gets what its owner sends to each new worker before what was held", () => {
    const sent: Request[] = [];
    const first = { type: "note", text: "first" } as const;
    const { worker, thread, timers } = useWorker({
      getFirstMessages: () => [first],
      onSend: (message) => sent.push(message),
    });
    worker.post(note);
    thread().say({ type: "ready" });
    thread().emit("exit", 1);
    timers.advance(1_000);
    thread().say({ type: "ready" });
    expect(sent).toEqual([first, note, first]);
  });

  it("is not started again once it is stopped, whether it lives or a restart is pending", async () => {
    const { worker, threads, thread, timers } = useWorker();
    const waiting = worker.call("add", { a: 1, b: 2 });
    const stopped = worker.stop();
    await expect(waiting).rejects.toMatchObject({ isLate: false });
    await stopped;
    await expect(worker.call("add", { a: 1, b: 2 })).rejects.toThrow("stopping");
    worker.post(note);
    timers.advance(60_000);
    expect([threads.length, thread().isTerminated, timers.count]).toEqual([1, true, 0]);

    const dead = useWorker();
    dead.worker.start();
    dead.thread().emit("exit", 1);
    await dead.worker.stop();
    dead.timers.advance(60_000);
    expect(dead.threads).toHaveLength(1);
  });
});
