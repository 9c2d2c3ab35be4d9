/** The recorder's worker thread: wires messages to the ledger and to the runs. */
import { parentPort, workerData } from "node:worker_threads";
import { openRegistry } from "../../registry-helper/index.ts";
import { LedgerBook } from "./ledger-book.ts";
import { RunWatch } from "./run-watch.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./worker-messages.ts";

const setup = workerData as WorkerSetup;
const registry = openRegistry({ root: setup.root });
const book = new LedgerBook({ registry });
const runs = new RunWatch(registry);
let lastOpen = "";

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
      book.record(message.signals);
      return;
    case "report": {
      const { owner, report, id } = message;
      const changed =
        owner.kind === "task" ? book.reportDelivery(owner.id, report) : runs.reportDelivery(owner.id, report);
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
    tell({ type: "problem", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    return false;
  }
}

parentPort?.on("message", (message: ToWorker) => {
  const done = guarded(() => handle(message));
  if (!done && message.type === "report") tell({ type: "reported", id: message.id, changed: false });
  guarded(tellOpen);
});
setInterval(() => guarded(tellOpen), setup.lookEveryMs).unref();
guarded(tellOpen);
