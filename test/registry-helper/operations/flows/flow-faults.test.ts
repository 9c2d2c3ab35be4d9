import { describe, expect, it } from "vitest";
import { isFlowEnded } from "../../../../registry-helper/model/flow-record.ts";
import { runTaskInFlow } from "../../../../registry-helper/operations/flows/add-task-to-flow.ts";
import { cancelFlow, finishFlowCancel } from "../../../../registry-helper/operations/flows/cancel-flow.ts";
import { verifyFlow, verifyFlows } from "../../../../registry-helper/operations/maintenance/verify-flow.ts";
import { commitTask } from "../../../../registry-helper/operations/tasks/commit-task.ts";
import { commitFlow, loadFlow, createFlow } from "../../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { flowIds, isFlowId } from "../../../../registry-helper/storage/flow-paths.ts";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { failingAt } from "../../../support/failing-file-system.ts";
import type { FlowStep } from "../../../support/played-flow.ts";
import { type RegistrySandbox, useSandbox } from "../../../support/registry-sandbox.ts";

const MAX_CALLS = 400;
const TASK = "t-20261120-000000000001";

const CHANGES: Record<string, FlowStep> = {
  wait: { type: "wait", wait: { kind: "manual" } },
  block: { type: "block", reason: "no key" },
  resume: { type: "resume", step: "write" },
  set_output: { type: "set_output", name: "a", value: 1 },
  append_output: { type: "append_output", name: "list", value: 1 },
  update: { type: "update", update: "half" },
  finish: { type: "finish", result: "done" },
  fail: { type: "fail", error: "broke" },
};

const CONDITIONS: Record<string, (sandbox: RegistrySandbox, flowId: string) => void> = {
  "on a flow that is well": () => undefined,
  "on a flow with a torn tail": (sandbox, flowId) => sandbox.append(`flows/${flowId}/events.jsonl`, '{"torn'),
  "on a flow whose projections are behind": (sandbox, flowId) => {
    const before = sandbox.text(`flows/${flowId}/flow.json`);
    const command = { type: "update", flowId, update: "before" } as const;
    commitFlow(openRegistry({ root: sandbox.root }), { command, key: "before" });
    sandbox.write(`flows/${flowId}/flow.json`, before);
  },
};

function eachFault(attempt: (k: number) => { calls: number }): number {
  for (let k = 1; k <= MAX_CALLS; k += 1) if (attempt(k).calls < k) return k - 1;
  throw new Error(`more than ${MAX_CALLS} calls`);
}

/** Runs it with the k-th call failing. Returns whether it was acknowledged, and the calls that were made. */
function withFault(k: number, registry: Registry, work: (registry: Registry) => void) {
  const failing = failingAt(k);
  let acknowledged = true;
  try {
    work({ ...registry, fs: failing.fs });
  } catch {
    acknowledged = false;
  }
  const where = `k = ${k}, ${failing.calls[k - 1] ?? ""}, ${acknowledged ? "acknowledged" : "failed"}`;
  return { acknowledged, calls: failing.calls.length, where };
}

const startFlow = (registry: Registry, key = "make"): string =>
  createFlow(registry, { facts: { title: "A flow" }, step: "read", key }).flow.flowId;

/** Without what was never acknowledged, and the blank lines that are made of it. */
const readJournal = (sandbox: RegistrySandbox, flowId: string): string =>
  sandbox
    .text(`flows/${flowId}/events.jsonl`)
    .replace('{"torn', "")
    .replace(/^[\t ]+[^\n{]?(?:\n|$)/gm, "");

const readJournalLines = (sandbox: RegistrySandbox, flowId: string, word: string): string[] =>
  sandbox
    .text(`flows/${flowId}/events.jsonl`)
    .split("\n")
    .filter((line) => line.includes(word));

describe.each(Object.keys(CHANGES))("%s with the k-th file-system call failing, for every k", (name) => {
  it.each(Object.keys(CONDITIONS))("is done or not done, and the next command works (%s)", (condition) => {
    const faults = eachFault((k) => {
      const sandbox = useSandbox();
      const registry = openRegistry({ root: sandbox.root });
      const flowId = startFlow(registry);
      CONDITIONS[condition]?.(sandbox, flowId);
      const before = readJournal(sandbox, flowId);
      const command = { ...CHANGES[name], flowId } as Parameters<typeof commitFlow>[1]["command"];

      const { acknowledged, calls, where } = withFault(k, registry, (faulty) =>
        commitFlow(faulty, { command, key: "k" }),
      );
      const after = readJournal(sandbox, flowId);
      expect(after.startsWith(before), where).toBe(true);
      const added = after.slice(before.length);
      expect(added === "" || (added.endsWith("\n") && added.includes('"key": "k"')), where).toBe(true);
      if (acknowledged) expect(added, where).not.toBe("");

      commitFlow(registry, { command, key: "k" });
      expect(readJournalLines(sandbox, flowId, '"key": "k"'), where).toHaveLength(1);
      expect(verifyFlow(registry, flowId), where).toMatchObject({ ok: true, differences: [] });
      sandbox.dispose();
      return { calls };
    });
    expect(faults).toBeGreaterThan(12);
  });
});

it("a create with the k-th call failing, for every k, gives one flow for the same key", () => {
  const faults = eachFault((k) => {
    const sandbox = useSandbox();
    const registry = openRegistry({ root: sandbox.root });
    const { calls, where } = withFault(k, registry, (faulty) => startFlow(faulty));
    const flowId = startFlow(registry);
    expect(startFlow(registry), where).toBe(flowId);
    expect(verifyFlows(registry), where).toEqual([{ flowId, ok: true, differences: [], voidLines: 0 }]);
    expect(loadFlow(registry, flowId), where).toMatchObject({ revision: 1, status: "running" });
    sandbox.dispose();
    return { calls };
  });
  expect(faults).toBeGreaterThan(20);
});

describe("changes that affect flow and ledger, with the k-th call failing", () => {
  const findFlowId = (registry: Registry): string | null | undefined => {
    const index = new LedgerIndex(registry);
    try {
      index.refresh();
      return index.task(TASK)?.flowId;
    } finally {
      index.close();
    }
  };
  const started = (registry: Registry): void => {
    const facts = { runtime: "subagent", childSessionKey: "child" } as const;
    const command = { type: "signal", taskId: TASK, source: "t", names: ["session:child"], facts } as const;
    commitTask(registry, { command: { ...command, started: true } });
  };

  it("a linked task appears once in the flow, and the flow appears in the task's record", () => {
    eachFault((k) => {
      const sandbox = useSandbox();
      const registry = openRegistry({ root: sandbox.root });
      const flowId = startFlow(registry);
      started(registry);
      const link = { flowId, childSessionKey: "child", key: "k" };
      const { calls, where } = withFault(k, registry, (faulty) => runTaskInFlow(faulty, link));
      expect(runTaskInFlow(registry, link).flow.tasks, where).toEqual([TASK]);
      expect(findFlowId(registry), where).toBe(flowId);
      sandbox.dispose();
      return { calls };
    });
  });

  it("maintenance completes a partly linked task without its key", () => {
    const sandbox = useSandbox();
    const registry = openRegistry({ root: sandbox.root });
    const flowId = startFlow(registry);
    started(registry);
    commitFlow(registry, { command: { type: "link_task", flowId, taskId: TASK } });
    expect(finishFlowCancel(registry, flowId, { apply: false }).actions).toEqual([
      { flowId, action: "link_task", taskId: TASK },
    ]);
    finishFlowCancel(registry, flowId);
    expect(finishFlowCancel(registry, flowId).actions).toEqual([]);
  });

  it("a cancel is requested or not, and the next check completes it", () => {
    eachFault((k) => {
      const sandbox = useSandbox();
      const registry = openRegistry({ root: sandbox.root });
      const flowId = startFlow(registry);
      started(registry);
      runTaskInFlow(registry, { flowId, task: TASK });
      const { acknowledged, calls, where } = withFault(k, registry, (faulty) =>
        cancelFlow(faulty, { flowId, by: "me" }),
      );
      const wanted = loadFlow(registry, flowId).cancel !== null;
      if (acknowledged) expect(wanted, where).toBe(true);
      if (!wanted) cancelFlow(registry, { flowId, by: "me" });
      expect(finishFlowCancel(registry, flowId).activeTasks, where).toEqual([TASK]);
      expect(readJournalLines(sandbox, flowId, "cancel_requested"), where).toHaveLength(1);
      const ledger = sandbox.text("ledger/2026-11-20.jsonl").split("\n");
      expect(
        ledger.filter((line) => line.includes("task.cancel_requested")),
        where,
      ).toHaveLength(1);
      const endSignal = { type: "signal", taskId: TASK, source: "t", names: [], facts: {} } as const;
      commitTask(registry, { command: { ...endSignal, ending: { status: "cancelled" } } });
      expect(isFlowEnded(finishFlowCancel(registry, flowId).flow), where).toBe(true);
      expect(verifyFlow(registry, flowId), where).toMatchObject({ ok: true });
      sandbox.dispose();
      return { calls };
    });
  });
});

it("only flow ids are read as flow folders", () => {
  const sandbox = useSandbox();
  const registry = openRegistry({ root: sandbox.root });
  const flowId = startFlow(registry);
  sandbox.write("flows/.hidden/x", "");
  sandbox.write("flows/notes.txt", "");
  expect(flowIds(registry.fs, registry.root)).toEqual([flowId]);
  for (const id of ["f-../../x", "run:x", "t-20261120-000000000001", "f-1", ""]) expect(isFlowId(id)).toBe(false);
});
