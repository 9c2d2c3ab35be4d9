import { Worker } from "node:worker_threads";
import { fromErrorDocument } from "../model/error-document.ts";
import type { OperationName } from "../operations/catalog.ts";
import type { RegistryLocation } from "./registry-options.ts";
import type { WorkerAnswer, RegistryCall, WorkerDocument } from "./worker-messages.ts";

interface PendingCall {
  resolve: (answer: WorkerDocument) => void;
  reject: (error: unknown) => void;
}

/** The caller's end of the registry's thread, which the first call starts. */
export class RegistryThread {
  private readonly location: RegistryLocation;
  private worker: Worker | undefined;
  private readonly pending = new Map<number, PendingCall>();
  private lastId = 0;
  /** Why no more calls are taken. */
  private closedBy: Error | undefined;
  private whenIdle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(location: RegistryLocation) {
    this.location = location;
  }

  /**
   * @throws ClawTaskError what the operation throws
   * @throws Error when the registry is closed, or its thread failed: the operation may have been carried out or not
   */
  call(name: OperationName, input: object): Promise<WorkerDocument> {
    if (this.closedBy !== undefined) return Promise.reject(this.closedBy);
    this.lastId += 1;
    const call: RegistryCall = { id: this.lastId, name, input };
    this.worker ??= this.start();
    this.worker.postMessage(call);
    this.worker.ref();
    return new Promise((resolve, reject) => this.pending.set(call.id, { resolve, reject }));
  }

  close(): Promise<void> {
    this.closedBy ??= new Error("the registry is closed");
    this.closing ??= this.terminate();
    return this.closing;
  }

  private start(): Worker {
    // Beside the bundle that this file is part of. Flags of the caller's process, such as a loader, are not for it.
    const url = new URL("./registry-worker.js", import.meta.url);
    const worker = new Worker(url, { workerData: this.location, execArgv: [] });
    worker.on("message", (answer: WorkerAnswer) => this.settle(worker, answer));
    worker.on("error", (cause) => this.end(new Error("the thread of the registry failed", { cause })));
    worker.on("exit", (code) => this.end(new Error(`the thread of the registry ended with code ${code}`)));
    return worker;
  }

  private async terminate(): Promise<void> {
    if (this.pending.size > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    await this.worker?.terminate();
  }

  private settle(worker: Worker, answer: WorkerAnswer): void {
    const call = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if ("document" in answer) call?.resolve(answer);
    else call?.reject("error" in answer ? fromErrorDocument(answer.error) : answer.defect);
    if (this.pending.size > 0) return;
    worker.unref();
    this.whenIdle?.();
  }

  private end(error: Error): void {
    this.closedBy ??= error;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
    this.whenIdle?.();
  }
}
