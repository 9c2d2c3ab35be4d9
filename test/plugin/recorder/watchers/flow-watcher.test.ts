import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FlowWatcher } from "../../../../plugin/recorder/watchers/flow-watcher.ts";
import { openFlows } from "../../../../registry-helper/flows.ts";
import { LedgerIndex, loadFlow, openRegistry, type TaskRecord } from "../../../../registry-helper/internal.ts";
import { commitTask } from "../../../../registry-helper/operations/tasks/commit-task.ts";
import { interferingFileSystem, systemError } from "../../../support/failing-file-system.ts";
import { REQUESTER, ROUTE } from "../../support/host-samples.ts";
import { useTempFolder } from "../../support/temp-folder.ts";

/** A registry with flows, and a watch that sees them. */
function watched() {
  const registry = openRegistry({ root: useTempFolder() });
  const problems: string[] = [];
  const lookUpTask = (taskId: string): TaskRecord | undefined => {
    const index = new LedgerIndex(registry);
    try {
      index.refresh();
      return index.task(taskId);
    } finally {
      index.close();
    }
  };
  const watch = (): FlowWatcher => new FlowWatcher({ registry, lookUpTask, problem: (text) => problems.push(text) });
  const flows = openFlows({ registry });
  const create = (notify: "done_only" | "state_changes" = "done_only"): string =>
    flows.createFlow({ title: "Invoices", ownerSessionKey: REQUESTER, route: ROUTE, step: "read", notify }).flowId;
  return { registry, problems, watch, flows, create };
}

describe("FlowWatcher", () => {
  it("lists the outcome of a flow until it is delivered, also after a restart", () => {
    const { watch, flows, create } = watched();
    const first = watch();
    const flowId = create();
    expect(first.poll()).toEqual([]);
    flows.finishFlow({ flowId, result: "12 are filed" });
    expect(first.poll()).toEqual([
      expect.objectContaining({
        owner: { kind: "flow", id: flowId, generation: 1 },
        title: "Invoices",
        status: "succeeded",
        body: "12 are filed",
        announcers: [REQUESTER],
      }),
    ]);
    expect(watch().poll()).toHaveLength(1);
    const confirmed = { kind: "host_confirmed", receipt: "told" } as const;
    expect(first.reportDelivery(flowId, confirmed, { generation: 2 })).toBe(false);
    expect(first.reportDelivery(flowId, confirmed, { generation: 1 })).toBe(true);
    expect(first.poll()).toEqual([]);
    expect(watch().poll()).toEqual([]);
  });

  it("lists the last update of a flow that notifies on state changes, until it ends", () => {
    const { watch, flows, create } = watched();
    const flowId = create("state_changes");
    const one = watch();
    flows.setFlowWaiting({ flowId, wait: { kind: "manual", note: "which region?" } });
    flows.blockFlow({ flowId, reason: "no key" });
    expect(one.poll()).toEqual([
      expect.objectContaining({ owner: { kind: "update", id: flowId, generation: 2 }, status: "is blocked: no key" }),
    ]);
    flows.failFlow({ flowId, error: "given up" });
    expect(one.poll()).toEqual([expect.objectContaining({ owner: { kind: "flow", id: flowId, generation: 1 } })]);
  });

  it("cancels the tasks of a cancelled flow, and ends the flow after the last of them", () => {
    const { registry, watch, flows, create } = watched();
    const flowId = create();
    const { task } = flows.runTaskInFlow({ flowId, childSessionKey: "child", started: true });
    flows.requestCancel({ flowId, by: "me" });
    const one = watch();
    one.poll();
    one.processCancels();
    expect(loadFlow(registry, flowId).status).toBe("running");
    const endSignal = { type: "signal", taskId: task.taskId, source: "t", names: [], facts: {} } as const;
    commitTask(registry, { command: { ...endSignal, ending: { status: "cancelled" } } });
    one.processCancels();
    expect(loadFlow(registry, flowId).status).toBe("running");
    const later = watch();
    later.poll();
    later.processCancels();
    expect(loadFlow(registry, flowId).status).toBe("cancelled");
    expect(later.poll()).toEqual([]);
  });

  it("skips an unreadable flow and reports it once", () => {
    const { registry, problems, watch, flows, create } = watched();
    const broken = create();
    const flowId = create();
    flows.finishFlow({ flowId });
    writeFileSync(join(registry.root, "flows", broken, "events.jsonl"), "nonsense\n");
    writeFileSync(join(registry.root, "flows", broken, "flow.json"), "{");
    const one = watch();
    expect(one.poll().map(({ owner }) => owner.id)).toEqual([flowId]);
    one.poll();
    expect(problems).toEqual([expect.stringContaining(broken)]);
  });

  it("rereads a flow that was temporarily unreadable, without waiting for a change to it", () => {
    let now = Date.parse("2026-11-21T10:00:00Z") * 1000;
    let isBroken = false;
    const { fs } = interferingFileSystem((call, _index, args, real) => {
      const isRead = call === "openSync" || call === "readFileSync";
      if (isBroken && isRead && /events\.jsonl$|flow\.json$/.test(String(args[0]))) throw systemError("EMFILE", call);
      return real();
    });
    const registry = openRegistry({ root: useTempFolder(), fs, now: () => now });
    const problems: string[] = [];
    const watch = new FlowWatcher({ registry, lookUpTask: () => undefined, problem: (text) => problems.push(text) });
    const flows = openFlows({ registry });
    const { flowId } = flows.createFlow({ title: "Invoices", route: ROUTE, step: "read" });
    flows.finishFlow({ flowId, result: "12 are filed" });
    isBroken = true;
    expect(watch.poll()).toEqual([]);
    expect(watch.poll()).toEqual([]);
    expect(problems).toEqual([expect.stringContaining("EMFILE")]);
    isBroken = false;
    now += 11_000_000;
    expect(watch.poll()).toMatchObject([{ owner: { kind: "flow", id: flowId } }]);
  });

  it("lists nothing without a registry", () => {
    const registry = openRegistry({ root: join(useTempFolder(), "nothing") });
    const watch = new FlowWatcher({ registry, lookUpTask: () => undefined, problem: () => undefined });
    expect(watch.poll()).toEqual([]);
  });
});
