/** The recorder's worker thread: wires messages to the ledger and to the runs. */
import { parentPort, workerData } from "node:worker_threads";
import {
  callOperation,
  createOperationContext,
  type EventOrigin,
  isClawTaskError,
  isFlowId,
  openRegistry,
  pinRegistry,
  type OperationResult,
  type TaskRecord,
  getErrorMessage,
  writePluginSettings,
} from "../../registry-helper/internal.ts";
import type { DeliveryOwner } from "../delivery/pending-delivery.ts";
import { releaseAbandonedLocks, startWorkNote } from "../worker/supervised-thread.ts";
import { LedgerWriter } from "./ledger/ledger-writer.ts";
import { AsideRecords } from "./watchers/aside-records.ts";
import { FlowWatcher } from "./watchers/flow-watcher.ts";
import { RunWatcher } from "./watchers/run-watcher.ts";
import type { OperationRequest, RecorderMessage, RecorderRequest, RecorderSetup } from "./worker-messages.ts";

const setup = workerData as RecorderSetup;
let lastProblem = "";
const GATEWAY: EventOrigin = { via: "gateway" };
const note = startWorkNote(setup);
const registry = pinRegistry(openRegistry({ root: setup.root, origin: GATEWAY }));
releaseAbandonedLocks(registry.fs, setup);
const aside = new AsideRecords({
  note,
  setAside: setup.setAside ?? [],
  onTakenBack: (subject) => send({ type: "taken_back", subject }),
});
try {
  writePluginSettings(registry, { approvals: setup.approvals, staleAfter: setup.staleAfter });
} catch (error) {
  reportProblem(`settings: ${getErrorMessage(error)}`);
}
/** Tasks that changed, for the runs that they belong to: told once the change that is under way is done. */
const changedTasks: TaskRecord[] = [];
const ledger = new LedgerWriter({
  registry,
  notify: setup.notify,
  problem: reportProblem,
  onTask: (task) => changedTasks.push(task),
});
const runs = new RunWatcher(
  registry,
  {
    find: (wanted) => ledger.wanted(wanted),
    link: (taskId, runId) => ledger.link(taskId, `run:${runId}`),
    cancel: (taskId, reason) =>
      void ledger.change({ type: "request_cancel", taskId, source: "run", by: "run", reason }),
  },
  reportProblem,
  aside,
);
const flows = new FlowWatcher({ registry, lookUpTask: (taskId) => ledger.task(taskId), problem: reportProblem, aside });
let lastOpen = "";
let newestBatch = 0;

function send(message: RecorderMessage): void {
  parentPort?.postMessage(message);
}

function sendPendingWork(): void {
  for (const task of changedTasks.splice(0)) runs.children.noteTask(task);
  const deliveries = [...runs.poll(), ...flows.poll(), ...ledger.openDeliveries()];
  const wakes = runs.wakes();
  const cronPatches = runs.cronPatches();
  const open = {
    deliveries,
    cancels: ledger.cancelRequests(),
    ...(wakes.length === 0 ? {} : { wakes }),
    ...(cronPatches.length === 0 ? {} : { cronPatches }),
  };
  const text = JSON.stringify(open);
  if (text === lastOpen) return;
  lastOpen = text;
  send({ type: "open", ...open });
}

/** Answers a question; the list of what is open goes first: who has the answer must not act on an older one. */
function answer(id: number, value: unknown): void {
  guarded(sendPendingWork);
  send({ type: "answer", id, value });
}

/** Records everything that was reported meanwhile with one flush; a burst of results makes a burst of reports. */
function report(reports: readonly Extract<RecorderRequest, { type: "report" }>[]): void {
  const answers = new Map<number, boolean | null>();
  const taskReports = reports.flatMap(({ id, owner, report: deliveryReport }) =>
    isOfRun(owner) || isFlowId(owner.id)
      ? []
      : [
          {
            id,
            taskId: owner.id,
            report: deliveryReport,
            ...(owner.kind === "update" ? { of: "update" as const } : {}),
            ...(owner.generation === undefined ? {} : { generation: owner.generation }),
          },
        ],
  );
  guarded(() => {
    const changed = ledger.reportDeliveries(taskReports.map(({ id: _id, ...rest }) => rest));
    for (const [at, { id }] of taskReports.entries()) answers.set(id, changed[at] ?? false);
  });
  for (const { id, owner, report: deliveryReport } of reports) {
    const { kind, id: ownerId, generation } = owner;
    if (isFlowId(ownerId) && !isOfRun(owner)) {
      const which = {
        ...(kind === "update" ? { of: kind } : {}),
        ...(generation === undefined ? {} : { generation }),
      };
      guarded(() => answers.set(id, flows.reportDelivery(ownerId, deliveryReport, which)));
    }
    if (isOfRun(owner)) guarded(() => answers.set(id, runs.reportDelivery(owner.id, deliveryReport, getTarget(owner))));
  }
  // The list of what is open goes first: who has the answer must not act on an older one.
  guarded(sendPendingWork);
  for (const { id } of reports) send({ type: "answer", id, value: answers.get(id) ?? null });
}

function isOfRun({ kind }: DeliveryOwner): boolean {
  return kind === "run" || kind === "question" || kind === "message";
}

function getTarget({ of, generation }: DeliveryOwner): Pick<DeliveryOwner, "of" | "generation"> {
  return {
    ...(of === undefined ? {} : { of }),
    ...(of === undefined || generation === undefined ? {} : { generation }),
  };
}

function handle(message: Exclude<RecorderRequest, { type: "report" }>): void {
  switch (message.type) {
    case "signals":
      newestBatch = message.batch;
      aside.during({ kind: "signals", id: String(newestBatch) }, () => ledger.record(message.signals));
      send({ type: "kept", batch: newestBatch });
      return;
    case "change":
      return answer(message.id, changed(message.command));
    case "cronPatch":
      runs.answerCronPatch(message);
      return answer(message.id, true);
    case "running":
      return answer(message.id, ledger.runningTasks());
    case "operation":
      return answer(message.id, answerOperation(message));
    case "drain":
      return answer(message.id, true);
    case "look":
      guarded(() => ledger.refresh());
      return;
  }
}

function changed(command: Parameters<LedgerWriter["change"]>[0]): { changed: boolean; refused: string | null } {
  try {
    return { changed: ledger.change(command), refused: null };
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return { changed: false, refused: error.message };
  }
}

function answerOperation({ operation, input, actor, origin = GATEWAY }: OperationRequest): OperationResult<object> {
  // The gateway's thread paired the name with its input.
  const result = aside.during({ kind: "operation", id: operation }, () =>
    callOperation(createOperationContext({ ...registry, origin }, { actor }), operation, input as never),
  );
  guarded(() => ledger.refresh());
  return result;
}

function guarded(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    reportProblem(formatError(error));
    return false;
  }
}

/** A full disk gives the same answer every two seconds. */
function reportProblem(message: string): void {
  if (message !== lastProblem) send({ type: "problem", message });
  lastProblem = message;
}

function formatError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const inbox: RecorderRequest[] = [];

/** Takes messages in their order; reports that wait together are recorded together. */
function work(): void {
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
      handle(message);
    } catch (error) {
      reportProblem(formatError(error));
      if ("id" in message) send({ type: "answer", id: message.id, value: null });
    }
    if (inbox.length === 0) guarded(sendPendingWork);
  }
}

parentPort?.on("message", (message: RecorderRequest) => {
  inbox.push(message);
  // What else has come by now is taken along.
  if (inbox.length === 1) setImmediate(work);
});
setInterval(() => {
  if (guarded(() => ledger.save()) && newestBatch > 0) send({ type: "kept", batch: newestBatch });
  // A flow is not to be ended by what is known of its tasks when that cannot be brought up to date.
  if (guarded(() => ledger.refresh())) guarded(() => flows.processCancels());
  guarded(sendPendingWork);
}, setup.pollIntervalMs).unref();
guarded(sendPendingWork);
