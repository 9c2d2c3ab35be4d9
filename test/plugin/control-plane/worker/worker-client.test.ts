import { EventEmitter } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Worker } from "node:worker_threads";
import { DeskClient, type DeskClientOptions } from "../../../../plugin/control-plane/worker/worker-client.ts";
import type { FromDesk, ToDesk } from "../../../../plugin/control-plane/worker/messages.ts";

/** A thread that answers only what a test says. */
class FakeThread extends EventEmitter {
  readonly heard: ToDesk[] = [];
  postMessage(message: ToDesk): void {
    this.heard.push(message);
  }
  unref(): void {
    return;
  }
  terminate(): Promise<number> {
    return Promise.resolve(0);
  }
  say(message: FromDesk): void {
    this.emit("message", message);
  }
}

function useDesk(more: Partial<DeskClientOptions> = {}): {
  desk: DeskClient;
  threads: FakeThread[];
  thread: () => FakeThread;
} {
  const threads: FakeThread[] = [];
  const desk = new DeskClient({
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
  onTestFinished(() => desk.stop());
  return { desk, threads, thread: () => threads.at(-1) as FakeThread };
}

const started = async (threads: FakeThread[], count: number): Promise<void> => {
  while (threads.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe("the desk, from the door's side", () => {
  it("is started by the first question, and not before", () => {
    const { desk, threads, thread } = useDesk();
    expect(threads).toHaveLength(0);
    void desk.read("e.1", 5).catch(() => undefined);
    expect(thread().heard).toEqual([]);
    thread().say({ type: "ready", cursor: "e.1" });
    expect(thread().heard).toMatchObject([{ type: "read", after: "e.1" }]);
  });

  it("gives no answer when it takes too long, and passes over a late one", async () => {
    const { desk, thread } = useDesk({ answerWaitMs: 1 });
    const asked = desk.read("e.1", 5);
    await expect(asked).rejects.toMatchObject({ isLate: true });
    thread().say({ type: "ready", cursor: "e.1" });
    thread().say({ type: "answer", id: 1, value: null });
  });

  it("is started again when it dies; whoever waited hears of it, and who follows still follows", async () => {
    const { desk, threads, thread } = useDesk();
    const heard: string[] = [];
    desk.listen({ ready: (cursor) => heard.push(cursor), changes: () => undefined, reset: () => undefined });
    desk.follow();
    thread().say({ type: "ready", cursor: "e.1" });
    const asked = desk.read("e.1", 5);
    thread().emit("exit", 1);
    await expect(asked).rejects.toMatchObject({ isLate: false });

    await started(threads, 2);
    thread().say({ type: "ready", cursor: "e.9" });
    expect(heard).toEqual(["e.1", "e.9"]);
    expect(thread().heard).toEqual([{ type: "follow", on: true }]);
    const again = desk.read("e.9", 5);
    thread().say({ type: "answer", id: 2, value: null });
    expect(await again).toBeUndefined();
  });

  it("has commands run outside where it is told to, and gets their answer even when they fail", async () => {
    const asked: unknown[] = [];
    const { desk, thread } = useDesk({
      commandLine: (argv, by) => {
        asked.push([argv, by]);
        return argv[0] === "bad" ? Promise.reject(new Error("no")) : Promise.resolve({ exit: 0, out: "{}", err: "" });
      },
    });
    desk.follow();
    thread().say({ type: "ready", cursor: "e.0" });
    thread().say({ type: "command", id: 1, argv: ["pause", "demo"], by: "ana" });
    thread().say({ type: "command", id: 2, argv: ["bad"] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([
      [["pause", "demo"], "ana"],
      [["bad"], undefined],
    ]);
    expect(thread().heard.filter(({ type }) => type === "commandAnswer")).toMatchObject([
      { id: 1, answer: { exit: 0 } },
      { id: 2, answer: { exit: 1, err: "no" } },
    ]);
  });

  it("answers nobody once it is stopped, and is not started again", async () => {
    const { desk, threads } = useDesk();
    const asked = desk.read("e.1", 5);
    const stopped = desk.stop();
    await expect(asked).rejects.toMatchObject({ isLate: false });
    await stopped;
    await expect(desk.read("e.1", 5)).rejects.toThrow("stopping");
    expect(threads).toHaveLength(1);
  });
});
