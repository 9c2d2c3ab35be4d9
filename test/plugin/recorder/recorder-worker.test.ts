import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { subagentSignals } from "../../../plugin/recorder/adapters/subagent-adapter.ts";
import type { RecorderMessage, RecorderRequest, RecorderSetup } from "../../../plugin/recorder/worker-messages.ts";
import { openFlows } from "../../../registry-helper/flows.ts";
import { until } from "../../gateway/support/until.ts";
import { CHILD, CHILD_RUN, ROUTE } from "../support/host-samples.ts";
import { useTempFolder } from "../support/temp-folder.ts";

/** As `npm run build` makes it. */
const WORKER = fileURLToPath(new URL("../../../dist/ledger-worker.cjs", import.meta.url));
const ANSWER_MS = 10_000;

/** The real worker thread on a registry of its own. */
class Thread {
  readonly said: RecorderMessage[] = [];
  private readonly worker: Worker;

  constructor(root = useTempFolder()) {
    const workerData: RecorderSetup = { root, pollIntervalMs: 100, notify: {} };
    this.worker = new Worker(WORKER, { workerData });
    this.worker.on("message", (message: RecorderMessage) => this.said.push(message));
    onTestFinished(async () => {
      await this.worker.terminate();
    });
  }

  send(message: RecorderRequest): void {
    this.worker.postMessage(message);
  }

  async until<Type extends RecorderMessage["type"]>(type: Type): Promise<Extract<RecorderMessage, { type: Type }>> {
    const find = (): RecorderMessage | undefined => this.said.find((one) => one.type === type);
    const explain = (): string => JSON.stringify(this.said);
    const found = await until(find, { deadlineMs: ANSWER_MS, what: `the word ${type} of the worker`, explain });
    return found as Extract<RecorderMessage, { type: Type }>;
  }

  /** A child that started and ended; resolves when that is on disk. */
  async endedChild(): Promise<string> {
    const spawn = { runId: CHILD_RUN, childSessionKey: CHILD, route: ROUTE };
    const signals = [
      ...subagentSignals({ kind: "child_started", source: "subagent_spawned", spawn }),
      ...subagentSignals({ kind: "child_ended", spawn, outcome: "ok", error: undefined }),
    ];
    this.send({ type: "signals", batch: 1, signals });
    this.send({ type: "drain", id: 1 });
    await this.until("answer");
    const list = () => this.said.flatMap((one) => (one.type === "open" ? one.deliveries : []));
    const open = await until(() => list()[0], { deadlineMs: ANSWER_MS, what: "the open delivery" });
    return open.owner.id;
  }
}

describe("the recorder worker", () => {
  it("sends the open deliveries at once, to show that it is running", async () => {
    expect(await new Thread().until("open")).toEqual({ type: "open", deliveries: [], cancels: [] });
  });

  it("sends the new list before the answer to a report, so that no stale list is used", async () => {
    const thread = new Thread();
    const id = await thread.endedChild();
    const before = thread.said.length;
    thread.send({
      type: "report",
      id: 2,
      owner: { kind: "task", id },
      report: { kind: "host_confirmed", receipt: "r" },
    });
    // That a batch is on disk is said again with each poll, whenever that comes.
    const said = () => thread.said.slice(before).filter(({ type }) => type !== "kept");
    await until(() => said().length >= 2, { deadlineMs: ANSWER_MS, what: "the list and the answer" });
    expect(said().slice(0, 2)).toEqual([
      { type: "open", deliveries: [], cancels: [] },
      { type: "answer", id: 2, value: true },
    ]);
  });

  it("answers a failing report and sends the problem", async () => {
    const thread = new Thread();
    const report = { kind: "host_confirmed", receipt: "r" } as const;
    thread.send({ type: "report", id: 3, owner: { kind: "run", id: "no-such-run" }, report });
    expect(await thread.until("answer")).toEqual({ type: "answer", id: 3, value: null });
    expect((await thread.until("problem")).message).toContain("no-such-run");
  });

  it("sends the outcome of a flow and records its delivery in the flow's journal", async () => {
    const root = useTempFolder();
    const flows = openFlows({ root });
    const { flowId } = flows.createFlow({ title: "Invoices", route: ROUTE, step: "read" });
    const thread = new Thread(root);
    await thread.until("open");
    flows.finishFlow({ flowId, result: "12 are filed" });
    const listDeliveries = () => thread.said.flatMap((one) => (one.type === "open" ? one.deliveries : []));
    const open = await until(() => listDeliveries()[0], { deadlineMs: ANSWER_MS, what: "the open delivery" });
    expect(open).toMatchObject({ owner: { kind: "flow", id: flowId, generation: 1 }, body: "12 are filed" });
    thread.send({ type: "report", id: 4, owner: open.owner, report: { kind: "host_confirmed", receipt: "r" } });
    expect(await thread.until("answer")).toEqual({ type: "answer", id: 4, value: true });
    expect(flows.getFlow(flowId).flow.delivery).toMatchObject({ state: "delivered", receipt: "r" });
  });

  it("passes the cancel of a flow to its task, and ends the flow after the task", async () => {
    const root = useTempFolder();
    const flows = openFlows({ root });
    const { flowId } = flows.createFlow({ title: "Invoices", step: "read" });
    flows.runTaskInFlow({ flowId, runId: CHILD_RUN, childSessionKey: CHILD, started: true });
    const thread = new Thread(root);
    await thread.until("open");
    flows.requestCancel({ flowId, by: "me" });
    const requests = () => thread.said.flatMap((one) => (one.type === "open" ? one.cancels : []));
    const request = await until(() => requests()[0], { deadlineMs: ANSWER_MS, what: "the wish to stop the task" });
    expect(request).toMatchObject({ runId: CHILD_RUN });
    const spawn = { runId: CHILD_RUN, childSessionKey: CHILD, route: ROUTE };
    const signals = subagentSignals({ kind: "child_ended", spawn, outcome: "killed", error: undefined });
    thread.send({ type: "signals", batch: 1, signals });
    const hasEnded = () => flows.getFlow(flowId).flow.endedAt ?? undefined;
    await until(hasEnded, { deadlineMs: ANSWER_MS, what: "the end of the flow" });
    expect(flows.getFlow(flowId).flow.status).toBe("cancelled");
  });

  it("sends the open deliveries again after a restart", async () => {
    const root = join(useTempFolder(), "registry");
    const id = await new Thread(root).endedChild();
    expect((await new Thread(root).until("open")).deliveries.map((open) => open.owner.id)).toEqual([id]);
  });
});
