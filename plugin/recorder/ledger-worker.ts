/** The recorder's worker thread: wires messages to the ledger and to the runs. */
import { parentPort, workerData } from "node:worker_threads";
import { openRegistry } from "../../registry-helper/index.ts";
import { LedgerBook } from "./ledger-book.ts";
import { RunWatch } from "./run-watch.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./worker-messages.ts";

const setup = workerData as WorkerSetup;
const registry = openRegistry({ root: setup.root });
const book = new LedgerBook({ registry, problem: (message) => tell({ type: "problem", message }) });
const runs = new RunWatch(registry);
let lastOpen = "";
let lastProblem = "";
let newestBatch = 0;

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function tellOpen(): void {
  const deliveries = [...book.openDeliveries(), ...runs.look()];
  const text = JSON.stringify(deliveries);
  if (text === lastOpen) return;
  lastOpen = text;
  tell({ type: "open", deliveries });
}

function handle(message: ToWorker): void {
  switch (message.type) {
    case "signals":
      newestBatch = message.batch;
      book.record(message.signals);
      tell({ type: "kept", batch: newestBatch });
      return;
    case "report": {
      const { owner, report, id } = message;
      const changed =
        owner.kind === "task" ? book.reportDelivery(owner.id, report) : runs.reportDelivery(owner.id, report);
      // First the new list: whoever has the answer must not act on what stood before it.
      guarded(tellOpen);
      tell({ type: "reported", id, changed });
      return;
    }
    case "look":
      return;
    case "drain":
      tell({ type: "drained", id: message.id });
      return;
  }
}

function guarded(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // A full disk gives the same answer every two seconds.
    if (message !== lastProblem) tell({ type: "problem", message });
    lastProblem = message;
    return false;
  }
}

parentPort?.on("message", (message: ToWorker) => {
  const done = guarded(() => handle(message));
  if (!done && message.type === "report") tell({ type: "reported", id: message.id, changed: false });
  guarded(tellOpen);
});
setInterval(() => {
  if (guarded(() => book.save()) && newestBatch > 0) tell({ type: "kept", batch: newestBatch });
  guarded(tellOpen);
}, setup.lookEveryMs).unref();
guarded(tellOpen);
