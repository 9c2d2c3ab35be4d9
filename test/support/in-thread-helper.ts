import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { ThreadAnswer, ThreadCall } from "./helper-thread.ts";

/** Milliseconds after which a command counts as hanging. */
const DEADLINE_MS = 110_000;

let thread: { worker: Worker; signal: Int32Array; port: import("node:worker_threads").MessagePort } | undefined;

function start(): NonNullable<typeof thread> {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL("./helper-thread.ts", import.meta.url), {
    workerData: { signal, port: port2 },
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
  return { worker, signal, port: port1 };
}

/**
 * Runs a command of the shipped helper in a thread and waits for it: the same code from its first line, without the
 * start of a Node, which is nine tenths of a command's time.
 */
export function runInThread(call: ThreadCall): ThreadAnswer {
  thread ??= start();
  const { worker, signal, port } = thread;
  Atomics.store(signal, 0, 0);
  worker.postMessage(call);
  if (Atomics.wait(signal, 0, 0, DEADLINE_MS) === "timed-out") throw new Error(`hangs: ${call.argv.join(" ")}`);
  const received = receiveMessageOnPort(port) as { message: ThreadAnswer } | undefined;
  if (received === undefined) throw new Error("the helper's thread gave no answer");
  return received.message;
}
