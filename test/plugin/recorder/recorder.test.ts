import { EventEmitter } from "node:events";
import type { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../../plugin/recorder/recorder.ts";
import type { RecorderMessage, RecorderRequest } from "../../../plugin/recorder/worker-messages.ts";
import { until } from "../../gateway/support/until.ts";

const SPAWN = { runId: "r1", childSessionKey: "agent:main:subagent:1" };
const STARTED = { kind: "child_started", source: "subagent_spawned", spawn: SPAWN } as const;
const OWNER = { kind: "task", id: "t" } as const;

/** A worker thread that a test plays. */
class PlayedWorker extends EventEmitter {
  readonly got: RecorderRequest[] = [];
  postMessage(message: RecorderRequest): void {
    this.got.push(message);
  }
  unref(): void {
    // Nothing holds the process.
  }
  terminate(): Promise<number> {
    this.emit("exit", 1);
    return Promise.resolve(1);
  }
  say(message: RecorderMessage): void {
    this.emit("message", message);
  }
}

function recorder(): { recorder: Recorder; workers: PlayedWorker[]; problems: string[] } {
  const workers: PlayedWorker[] = [];
  const problems: string[] = [];
  const made = new Recorder({
    root: "/nowhere",
    startWorker: () => {
      const worker = new PlayedWorker();
      workers.push(worker);
      return worker as unknown as Worker;
    },
    onOpen: () => undefined,
    problem: (message) => problems.push(message),
    schedule: (work) => {
      const timer = setTimeout(work);
      return () => clearTimeout(timer);
    },
  });
  return { recorder: made, workers, problems };
}

/** What the host tells goes through here once the current events are handled. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const types = (worker: PlayedWorker | undefined): string[] => worker?.got.map((message) => message.type) ?? [];

describe("Recorder", () => {
  it("sends all events of one event-loop turn in one batch", async () => {
    const { recorder: one, workers } = recorder();
    workers[0]?.say({ type: "open", deliveries: [], cancels: [] });
    for (let index = 0; index < 3; index += 1) one.handleEvent(STARTED);
    expect(types(workers[0])).toEqual([]);
    await nextTurn();

    expect(types(workers[0])).toEqual(["signals"]);
    expect((workers[0]?.got[0] as { signals: unknown[] }).signals).toHaveLength(3);
  });

  it("records when a signal was received, since writing may be delayed", async () => {
    const { recorder: one, workers } = recorder();
    const before = Date.now();
    one.handleEvent(STARTED);
    const after = Date.now();
    await nextTurn();
    workers[0]?.say({ type: "open", deliveries: [], cancels: [] });
    const [{ receivedAt = 0 } = {}] = (workers[0]?.got[0] as { signals: { receivedAt?: number }[] }).signals;
    expect(receivedAt).toBeGreaterThanOrEqual(before);
    expect(receivedAt).toBeLessThanOrEqual(after);
  });

  it("sends received events before a report to keep the order", () => {
    const { recorder: one, workers } = recorder();
    workers[0]?.say({ type: "open", deliveries: [], cancels: [] });
    one.handleEvent(STARTED);
    void one.report(OWNER, { kind: "sending" });
    expect(types(workers[0])).toEqual(["signals", "report"]);
  });

  it("resolves a report once it is on disk", async () => {
    const { recorder: one, workers } = recorder();
    workers[0]?.say({ type: "open", deliveries: [], cancels: [] });
    const report = one.report(OWNER, { kind: "sending" });
    const { id } = workers[0]?.got.find((message) => message.type === "report") as { id: number };
    workers[0]?.say({ type: "answer", id, value: true });
    expect(await report).toBe(true);
  });
});

describe("a recorder worker that exits", () => {
  it("loses no signals: unacknowledged batches are sent to the next one first and once", async () => {
    const { recorder: one, workers } = recorder();
    workers[0]?.say({ type: "open", deliveries: [], cancels: [] });
    for (let turn = 0; turn < 3; turn += 1) {
      one.handleEvent(STARTED);
      await nextTurn();
    }
    workers[0]?.say({ type: "kept", batch: 1 });
    void workers[0]?.terminate();
    one.handleEvent({ kind: "command_ran", sessionKey: undefined });
    await until(() => workers.length === 2, { deadlineMs: 5_000, what: "the next worker" });
    workers[1]?.say({ type: "open", deliveries: [], cancels: [] });

    expect(workers[1]?.got.map((message) => (message.type === "signals" ? message.batch : message.type))).toEqual([
      2,
      3,
      "look",
    ]);
    workers[1]?.say({ type: "kept", batch: 3 });
    void workers[1]?.terminate();
    await until(() => workers.length === 3, { deadlineMs: 5_000, what: "the third worker" });
    workers[2]?.say({ type: "open", deliveries: [], cancels: [] });
    expect(types(workers[2])).toEqual([]);
  });

  it("is restarted, and events from the meantime are sent to the new one", async () => {
    const { recorder: one, workers, problems } = recorder();
    workers[0]?.say({ type: "open", deliveries: [], cancels: [] });
    const unanswered = one.report(OWNER, { kind: "sending" });
    workers[0]?.emit("error", new Error("out of memory"));
    workers[0]?.emit("exit", 1);
    expect(await unanswered, "nobody knows what came of it").toBeUndefined();
    expect(problems).toEqual(["ledger worker: out of memory"]);

    one.handleEvent(STARTED);
    const later = one.report(OWNER, { kind: "sending" });
    const second = await until(() => workers[1], { deadlineMs: 5_000, what: "a second worker" });
    expect(types(second), "nothing is handed to a worker that may not start").toEqual([]);
    second.say({ type: "open", deliveries: [], cancels: [] });
    expect(types(second)).toEqual(["signals", "report"]);
    second.say({ type: "answer", id: (second.got[1] as { id: number }).id, value: true });
    expect(await later).toBe(true);
  });

  it("before its first message loses no pending signals", async () => {
    const { recorder: one, workers } = recorder();
    one.handleEvent(STARTED);
    await nextTurn();
    workers[0]?.emit("exit", 1);
    const second = await until(() => workers[1], { deadlineMs: 5_000, what: "a second worker" });
    second.say({ type: "open", deliveries: [], cancels: [] });
    expect(types(second)).toEqual(["signals"]);
  });

  it("drops its pending reports, so that they are not executed later", async () => {
    const { recorder: one, workers } = recorder();
    const givenUp = one.report(OWNER, { kind: "sending" });
    one.handleEvent(STARTED);
    await nextTurn();
    workers[0]?.emit("exit", 1);
    expect(await givenUp).toBeUndefined();
    const later = one.report(OWNER, { kind: "host_confirmed", receipt: "r" });
    const second = await until(() => workers[1], { deadlineMs: 5_000, what: "a second worker" });
    second.say({ type: "open", deliveries: [], cancels: [] });

    expect(types(second)).toEqual(["signals", "report"]);
    second.say({ type: "answer", id: (second.got[1] as { id: number }).id, value: true });
    expect(await later).toBe(true);
  });

  it("after a stop is not restarted, and later reports change nothing", async () => {
    const { recorder: one, workers } = recorder();
    workers[0]?.say({ type: "open", deliveries: [], cancels: [] });
    const stopping = one.stop();
    workers[0]?.say({ type: "answer", value: true, id: (workers[0].got[0] as { id: number }).id });
    await stopping;
    expect(await one.report(OWNER, { kind: "sending" })).toBeUndefined();
    expect(workers).toHaveLength(1);
  });
});
