import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../../plugin/recorder/recorder.ts";
import type { RecorderSetup } from "../../../plugin/recorder/worker-messages.ts";
import { LOOK_INTERVAL_MS } from "../../../plugin/worker/silence.ts";
import { until } from "../../gateway/support/until.ts";
import { holdRealLock } from "../../support/real-lock.ts";
import { useTempFolder } from "../support/temp-folder.ts";

/** As `npm run build` makes it. */
const WORKER = fileURLToPath(new URL("../../../dist/ledger-worker.cjs", import.meta.url));
const DEADLINE = { deadlineMs: 30_000 };

/** A thread that records signals by name, and spins for ever at the poisonous one. */
const SPINNING = `
const { parentPort, workerData } = require("node:worker_threads");
parentPort.on("message", (message) => {
  if (message.type === "signals") {
    for (const { source } of message.signals) {
      if (source === "poison") for (;;);
      workerData.log.postMessage(source);
    }
    parentPort.postMessage({ type: "kept", batch: message.batch });
  } else parentPort.postMessage({ type: "answer", id: message.id, value: true });
});
parentPort.postMessage({ type: "open", deliveries: [], cancels: [] });
`;

/** Timers and a clock that a test lets run; the threads are real. */
class PlayedTime {
  now = 0;
  private timers: { at: number; work: () => void }[] = [];
  readonly schedule = (work: () => void, ms: number): (() => void) => {
    const timer = { at: this.now + ms, work };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((one) => one !== timer));
  };
  advance(ms: number): void {
    for (let passed = 0; passed < ms; passed += LOOK_INTERVAL_MS) {
      this.now += LOOK_INTERVAL_MS;
      const due = this.timers.filter(({ at }) => at <= this.now);
      this.timers = this.timers.filter(({ at }) => at > this.now);
      for (const { work } of due) work();
    }
  }
}

interface Played {
  recorder: Recorder;
  time: PlayedTime;
  workers: Worker[];
  problems: string[];
  recorded: string[];
}

function play(code: string): Played {
  const time = new PlayedTime();
  const workers: Worker[] = [];
  const problems: string[] = [];
  const recorded: string[] = [];
  const recorder = new Recorder({
    root: "/nowhere",
    startWorker: () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => recorded.push(String(data));
      port1.unref();
      const worker = new Worker(code, { eval: true, workerData: { log: port2 }, transferList: [port2 as never] });
      workers.push(worker);
      return worker;
    },
    onOpen: () => undefined,
    problem: (message) => problems.push(message),
    schedule: time.schedule,
    now: () => time.now,
  });
  return { recorder, time, workers, problems, recorded };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const signal = (source: string) => ({ source, names: [`run:${source}`], facts: {}, mayCreate: true });

describe("a worker of the recorder that spins", () => {
  it("is reported and ended after 15 s, and what it held is recorded by the next without the poisonous signal", async () => {
    const { recorder, time, workers, problems, recorded } = play(SPINNING);
    recorder.take([signal("one"), signal("poison"), signal("two")]);
    await until(() => recorded.includes("one"), { ...DEADLINE, what: "the first signal" });
    for (let worker = 1; recorder.backlog > 0; worker += 1) {
      expect(worker, "it ends with the poisonous signal set aside").toBeLessThan(6);
      const current = workers.at(-1);
      time.advance(14_000);
      expect(workers.at(-1), "fourteen seconds are no reason").toBe(current);
      time.advance(1_000);
      await until(() => current?.threadId === -1, { ...DEADLINE, what: "the end of the thread" });
      time.advance(1_000);
      await until(() => workers.at(-1) !== current, { ...DEADLINE, what: "the next thread" });
      // It takes what it can before it spins, if it does.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(recorded.slice(-2)).toEqual(["one", "two"]);
    expect(recorder.status.setAside).toMatchObject([{ kind: "signal", id: "run:poison" }]);
    expect(problems[0]).toMatch(/ledger worker: no answer for 15 s/);
    expect(problems.at(-1)).toMatch(/set aside: signal run:poison/);
    await recorder.stop();
  });

  it.each([
    ["in a busy loop", "for (;;);"],
    ["in a wait without an end", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
    ["in a program that it waits for", "require('node:child_process').execFileSync('sleep', ['3']);"],
  ])("is stopped within 5 s %s", async (_where, code) => {
    const { recorder, time, workers } = play(code);
    await until(() => workers[0] !== undefined && workers[0].threadId > 0, { ...DEADLINE, what: "the thread" });
    let isStopped = false;
    void recorder.stop().then(() => (isStopped = true));
    while (!isStopped && time.now < 5_000) {
      time.advance(LOOK_INTERVAL_MS);
      await nextTurn();
    }
    expect([isStopped, workers.length]).toEqual([true, 1]);
  });
});

describe("the recorder's own worker", () => {
  it("releases the locks of one that was ended", async () => {
    const root = useTempFolder();
    mkdirSync(join(root, "ledger"), { recursive: true });
    const path = join(root, "ledger", "lock");
    const lock = holdRealLock(path);
    const workerData: RecorderSetup = { root, pollIntervalMs: 100, notify: {}, abandonedLocks: [lock] };
    const worker = new Worker(WORKER, { workerData });
    await until(() => !readdirSync(join(root, "ledger")).includes("lock"), {
      ...DEADLINE,
      what: "the end of the lock",
    });
    await worker.terminate();
  });
});
