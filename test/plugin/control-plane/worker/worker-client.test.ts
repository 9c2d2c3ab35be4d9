import { EventEmitter } from "node:events";
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import type { WorkerMessage, WorkerRequest } from "../../../../plugin/control-plane/worker/messages.ts";
import { ApiWorkerClient, type ApiWorkerClientOptions } from "../../../../plugin/control-plane/worker/worker-client.ts";

/** A thread that answers only what a test says. */
class FakeThread extends EventEmitter {
  readonly received: WorkerRequest[] = [];
  postMessage(message: WorkerRequest): void {
    this.received.push(message);
  }
  unref(): void {
    return;
  }
  terminate(): Promise<number> {
    return Promise.resolve(0);
  }
  say(message: WorkerMessage): void {
    this.emit("message", message);
  }
}

function useApiWorker(more: Partial<ApiWorkerClientOptions> = {}): {
  worker: ApiWorkerClient;
  threads: FakeThread[];
  thread: () => FakeThread;
} {
  const threads: FakeThread[] = [];
  const worker = new ApiWorkerClient({
    root: "/nowhere",
    startWorker: () => {
      const thread = new FakeThread();
      threads.push(thread);
      return thread as unknown as Worker;
    },
    facts: () => ({ version: "0", startedAt: "" }),
    problem: () => undefined,
    restartPauseMs: 1,
    ...more,
  });
  onTestFinished(() => worker.stop());
  return { worker, threads, thread: () => threads.at(-1) as FakeThread };
}

const started = async (threads: FakeThread[], count: number): Promise<void> => {
  while (threads.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe("ApiWorkerClient", () => {
  it("starts the worker on the first request", () => {
    const { worker, threads, thread } = useApiWorker();
    expect(threads).toHaveLength(0);
    void worker.read("e.1", 5).catch(() => undefined);
    expect(thread().received).toEqual([]);
    thread().say({ type: "ready", cursor: "e.1" });
    expect(thread().received).toMatchObject([{ type: "read", after: "e.1" }]);
  });

  it("rejects a request that takes too long and ignores a late answer", async () => {
    const { worker, thread } = useApiWorker({ answerTimeoutMs: 1 });
    const asked = worker.read("e.1", 5);
    await expect(asked).rejects.toMatchObject({ isLate: true });
    thread().say({ type: "ready", cursor: "e.1" });
    thread().say({ type: "answer", id: 1, value: null });
  });

  it("restarts a worker that exits, rejects pending requests and keeps following", async () => {
    const { worker, threads, thread } = useApiWorker();
    const received: string[] = [];
    worker.listen({ ready: (cursor) => received.push(cursor), changes: () => undefined, reset: () => undefined });
    worker.follow();
    thread().say({ type: "ready", cursor: "e.1" });
    const asked = worker.read("e.1", 5);
    thread().emit("exit", 1);
    await expect(asked).rejects.toMatchObject({ isLate: false });

    await started(threads, 2);
    thread().say({ type: "ready", cursor: "e.9" });
    expect(received).toEqual(["e.1", "e.9"]);
    expect(thread().received).toEqual([{ type: "follow", on: true }]);
    const again = worker.read("e.9", 5);
    thread().say({ type: "answer", id: 2, value: null });
    expect(await again).toBeUndefined();
  });

  it("rejects requests after a stop and does not start the worker again", async () => {
    const { worker, threads } = useApiWorker();
    const asked = worker.read("e.1", 5);
    const stopped = worker.stop();
    await expect(asked).rejects.toMatchObject({ isLate: false });
    await stopped;
    await expect(worker.read("e.1", 5)).rejects.toThrow("stopping");
    expect(threads).toHaveLength(1);
  });
});
