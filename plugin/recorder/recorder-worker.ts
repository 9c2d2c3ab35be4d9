/** The recorder's worker thread: wires messages to the ledger and to the runs. */
import { parentPort, workerData } from "node:worker_threads";
import { isClawTaskError, isFlowId, openRegistry, type TaskRecord } from "../../registry-helper/index.ts";
import { commandLineOn } from "../commands/in-process-cli.ts";
import { FlowWatch } from "./watchers/flow-watcher.ts";
import { LedgerBook } from "./ledger/ledger-writer.ts";
import type { DeliveryOwner } from "../delivery/pending-delivery.ts";
import { RunWatch } from "./watchers/run-watcher.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./worker-messages.ts";

const setup = workerData as WorkerSetup;
let lastProblem = "";
const registry = openRegistry({ root: setup.root });
/** Tasks that changed, for the runs that they belong to: told once the change that is under way is done. */
const learned: TaskRecord[] = [];
const book = new LedgerBook({
  registry,
  notify: setup.notify,
  problem: complain,
  onTask: (task) => learned.push(task),
});
const runs = new RunWatch(
  registry,
  {
    find: (wanted) => book.wanted(wanted),
    link: (taskId, runId) => book.link(taskId, `run:${runId}`),
    cancel: (taskId, reason) => void book.change({ type: "request_cancel", taskId, source: "run", by: "run", reason }),
  },
  complain,
);
const flows = new FlowWatch({ registry, taskOf: (taskId) => book.task(taskId), problem: complain });
let lastOpen = "";
let newestBatch = 0;

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function tellOpen(): void {
  for (const task of learned.splice(0)) runs.children.noteTask(task);
  const deliveries = [...runs.look(), ...flows.look(), ...book.openDeliveries()];
  const wakes = runs.wakes();
  const cronPatches = runs.cronPatches();
  const open = {
    deliveries,
    cancels: book.cancelWishes(),
    ...(wakes.length === 0 ? {} : { wakes }),
    ...(cronPatches.length === 0 ? {} : { cronPatches }),
  };
  const text = JSON.stringify(open);
  if (text === lastOpen) return;
  lastOpen = text;
  tell({ type: "open", ...open });
}

/** Answers a question; the list of what is open goes first: who has the answer must not act on an older one. */
function answer(id: number, value: unknown): void {
  guarded(tellOpen);
  tell({ type: "answer", id, value });
}

/** Records everything that was reported meanwhile with one flush; a burst of results makes a burst of reports. */
function report(reports: readonly Extract<ToWorker, { type: "report" }>[]): void {
  const answers = new Map<number, boolean | null>();
  const ofTasks = reports.flatMap(({ id, owner, report: told }) =>
    isOfRun(owner) || isFlowId(owner.id)
      ? []
      : [
          {
            id,
            taskId: owner.id,
            report: told,
            ...(owner.kind === "update" ? { of: "update" as const } : {}),
            ...(owner.generation === undefined ? {} : { generation: owner.generation }),
          },
        ],
  );
  guarded(() => {
    const changed = book.reportDeliveries(ofTasks.map(({ id: _id, ...rest }) => rest));
    for (const [at, { id }] of ofTasks.entries()) answers.set(id, changed[at] ?? false);
  });
  for (const { id, owner, report: told } of reports) {
    const { kind, id: ownerId, generation } = owner;
    if (isFlowId(ownerId) && !isOfRun(owner)) {
      const which = {
        ...(kind === "update" ? { of: kind } : {}),
        ...(generation === undefined ? {} : { generation }),
      };
      guarded(() => answers.set(id, flows.reportDelivery(ownerId, told, which)));
    }
    if (isOfRun(owner)) guarded(() => answers.set(id, runs.reportDelivery(owner.id, told, whichOf(owner))));
  }
  // The list of what is open goes first: who has the answer must not act on an older one.
  guarded(tellOpen);
  for (const { id } of reports) tell({ type: "answer", id, value: answers.get(id) ?? null });
}

function isOfRun({ kind }: DeliveryOwner): boolean {
  return kind === "run" || kind === "question" || kind === "message";
}

function whichOf({ of, generation }: DeliveryOwner): Pick<DeliveryOwner, "of" | "generation"> {
  return {
    ...(of === undefined ? {} : { of }),
    ...(of === undefined || generation === undefined ? {} : { generation }),
  };
}

async function handle(message: Exclude<ToWorker, { type: "report" }>): Promise<void> {
  switch (message.type) {
    case "signals":
      newestBatch = message.batch;
      book.record(message.signals);
      tell({ type: "kept", batch: newestBatch });
      return;
    case "change":
      return answer(message.id, changed(message.command));
    case "cronPatch":
      runs.answerCronPatch(message);
      return answer(message.id, true);
    case "running":
      return answer(message.id, book.runningTasks());
    case "cli":
      return answer(message.id, await commandLine(message.argv, message.by));
    case "drain":
      return answer(message.id, true);
    case "look":
      return;
  }
}

function changed(command: Parameters<LedgerBook["change"]>[0]): { changed: boolean; refused: string | null } {
  try {
    return { changed: book.change(command), refused: null };
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return { changed: false, refused: error.message };
  }
}

/** One implementation for the conversation, the gateway's API and the shell. */
const runVerb = commandLineOn(setup);

async function commandLine(argv: string[], by: string | undefined): ReturnType<typeof runVerb> {
  const answered = await runVerb(argv, by);
  guarded(() => book.catchUp());
  return answered;
}

function guarded(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    complain(textOf(error));
    return false;
  }
}

/** A full disk gives the same answer every two seconds. */
function complain(message: string): void {
  if (message !== lastProblem) tell({ type: "problem", message });
  lastProblem = message;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const inbox: ToWorker[] = [];
let isWorking = false;

/** Takes messages in their order; reports that wait together are recorded together. */
async function work(): Promise<void> {
  isWorking = true;
  for (let message = inbox.shift(); message !== undefined; message = inbox.shift()) {
    if (message.type === "report") {
      const reports = [message];
      for (let next = inbox[0]; next?.type === "report"; next = inbox[0]) {
        reports.push(next);
        inbox.shift();
      }
      report(reports);
      continue;
    }
    try {
      await handle(message);
    } catch (error) {
      complain(textOf(error));
      if ("id" in message) tell({ type: "answer", id: message.id, value: null });
    }
    if (inbox.length === 0) guarded(tellOpen);
  }
  isWorking = false;
}

parentPort?.on("message", (message: ToWorker) => {
  inbox.push(message);
  // What else has come by now is taken along.
  if (!isWorking) setImmediate(() => isWorking || void work());
});
setInterval(() => {
  if (guarded(() => book.save()) && newestBatch > 0) tell({ type: "kept", batch: newestBatch });
  // A flow is not to be ended by what is known of its tasks when that cannot be brought up to date.
  if (guarded(() => book.catchUp())) guarded(() => flows.settle());
  guarded(tellOpen);
}, setup.lookEveryMs).unref();
guarded(tellOpen);
