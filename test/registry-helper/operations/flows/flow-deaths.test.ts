import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { FlowRecord } from "../../../../registry-helper/model/flow-record.ts";
import { repairFlow } from "../../../../registry-helper/operations/maintenance/repair-flow.ts";
import { verifyFlows } from "../../../../registry-helper/operations/maintenance/verify-flow.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { EMPTY_FLOW, foldFlow } from "../../../../registry-helper/storage/flow-fold.ts";
import { FlowJournal } from "../../../../registry-helper/storage/flow-journal.ts";
import { flowIds, flowPaths } from "../../../../registry-helper/storage/flow-paths.ts";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { aSecondLater, dyingAt, isWrite } from "../../../support/dying-file-system.ts";
import { interferingFileSystem } from "../../../support/failing-file-system.ts";
import { FLOW_OPERATIONS, startTask } from "../../../support/flow-operations.ts";
import { RegistrySandbox } from "../../../support/registry-sandbox.ts";

const MAX_CALLS = 400;
const LONG = 60_000;

/** Every flow that counts, by what its journal says from its beginning. */
function flowsIn(registry: Registry): { flow: FlowRecord; lines: number }[] {
  return flowIds(registry.fs, registry.root).flatMap((flowId) => {
    const { flow, size } = foldFlow(registry.fs, flowPaths(registry.root, flowId).events, EMPTY_FLOW);
    if (flow === undefined) return [];
    const text = registry.fs.readFileSync(flowPaths(registry.root, flowId).events).subarray(0, size).toString();
    // Without the blank ones, which are made of what was never acknowledged.
    return [{ flow, lines: text.split("\n").filter((line) => line.trim() !== "").length }];
  });
}

/** How many lines the flows have after each append of the operation, when nothing disturbs it. */
function linesAfterAppends(name: string): number[] {
  const sandbox = new RegistrySandbox();
  try {
    const registry = openRegistry({ root: sandbox.root });
    const flowId = FLOW_OPERATIONS[name]?.before(registry);
    const lines = (): number => flowsIn(registry).reduce((sum, flow) => sum + flow.lines, 0);
    const counts = [lines()];
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      const answer = real();
      if (call === "fdatasyncSync") counts.push(lines());
      return answer;
    });
    FLOW_OPERATIONS[name]?.run(openRegistry({ root: sandbox.root, fs }), flowId);
    return counts;
  } finally {
    sandbox.dispose();
  }
}

/** Lets a process do the operation and die at its k-th call, looks at what it left, and does the operation again. */
function afterDeath(name: string, { k, halfway, whole }: { k: number; halfway: boolean; whole: number[] }) {
  const sandbox = new RegistrySandbox();
  try {
    const operation = FLOW_OPERATIONS[name];
    const registry = openRegistry({ root: sandbox.root });
    const flowId = operation?.before(registry);
    const old = flowsIn(registry);
    const { fs, calls } = dyingAt(k, { halfway });
    try {
      operation?.run(openRegistry({ root: sandbox.root, fs }), flowId);
    } catch (error) {
      if (calls.length < k) throw error;
    }
    const where = `k = ${k}, ${halfway ? "in the middle of" : "before"} ${calls[k - 1] ?? "nothing"}`;
    const found = flowsIn(registry);
    expect(whole, where).toContain(found.reduce((sum, { lines }) => sum + lines, 0));
    if (found[0]?.lines === old[0]?.lines) expect(found, where).toEqual(old);
    for (const { flow } of found) expect(read(registry, flow.flowId), where).toEqual(flow);

    aSecondLater(() => operation?.run(registry, flowId));
    if (operation?.isLast === true) repairFlow(registry, flowId ?? "", { apply: true });
    expectSound(registry, where);
    const once = flowsIn(registry);
    expect(once[0]?.lines, where).toBe(whole.at(-1));
    operation?.run(registry, flowId);
    expect(flowsIn(registry), `${where}: done twice`).toEqual(once);
    return { calls, died: calls.length >= k };
  } finally {
    sandbox.dispose();
  }
}

const read = ({ fs, root }: Registry, flowId: string): FlowRecord | undefined =>
  new FlowJournal({ fs, root, flowId }).read().flow;

/** One flow, in order; its tasks name it; nobody holds a lock. */
function expectSound(registry: Registry, where: string): void {
  const [found, ...others] = flowsIn(registry);
  if (found === undefined) throw new Error(`${where}: there is no flow`);
  const { flow } = found;
  expect(others, where).toEqual([]);
  expect(verifyFlows(registry), where).toEqual([{ flowId: flow.flowId, ok: true, differences: [], voidLines: 0 }]);
  const index = new LedgerIndex(registry);
  index.refresh();
  for (const taskId of flow.tasks) expect(index.task(taskId)?.flowId, where).toBe(flow.flowId);
  index.close();
  const { lock } = flowPaths(registry.root, flow.flowId);
  const places = [lock, `${registry.root}/flows/.keys.lock`];
  expect(places.filter(existsSync), where).toEqual([]);
  // The same again may have had nothing to write to the ledger: its next writer takes a lock over that was left there.
  if (ledgerLocks(registry).length > 0) aSecondLater(() => startTask(registry, flow.tasks[0]));
  expect(ledgerLocks(registry), where).toEqual([]);
}

function ledgerLocks({ root }: Registry): string[] {
  const names = existsSync(`${root}/ledger`) ? readdirSync(`${root}/ledger`) : [];
  return names.filter((name) => name.endsWith(".lock"));
}

describe.each(Object.keys(FLOW_OPERATIONS))("%s killed at its k-th file-system call, for every k", (name) => {
  it("is done or not done, and the next command takes over the locks", { timeout: LONG }, () => {
    const whole = linesAfterAppends(name);
    let k = 1;
    for (; k < MAX_CALLS; k += 1) {
      const { calls, died } = afterDeath(name, { k, whole, halfway: false });
      if (!died) break;
      if (isWrite(calls[k - 1])) afterDeath(name, { k, whole, halfway: true });
    }
    expect(k).toBeGreaterThan(10);
    expect(k).toBeLessThan(MAX_CALLS);
  });
});
