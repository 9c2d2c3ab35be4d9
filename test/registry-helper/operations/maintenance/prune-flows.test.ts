import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { wallClock } from "../../../../registry-helper/model/time.ts";
import { runTaskInFlow } from "../../../../registry-helper/operations/flows/add-task-to-flow.ts";
import { cancelFlow } from "../../../../registry-helper/operations/flows/cancel-flow.ts";
import {
  maintainLedger,
  type MaintenanceReport,
} from "../../../../registry-helper/operations/maintenance/maintain-ledger.ts";
import { removeFlow } from "../../../../registry-helper/operations/maintenance/prune-flow.ts";
import { commitFlow, loadFlow, createFlow } from "../../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { flowIds } from "../../../../registry-helper/storage/flow-paths.ts";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { dyingAt } from "../../../support/dying-file-system.ts";
import { failingAt, interferingFileSystem } from "../../../support/failing-file-system.ts";
import { getErrorCode } from "../../../support/get-error-code.ts";
import { DAY, LedgerFixture } from "../../../support/ledger-fixture.ts";
import { type RegistrySandbox, useSandbox } from "../../../support/registry-sandbox.ts";

const DAYS = 24 * 3_600 * 1e6;
const ROUTE = { channel: "telegram", to: "telegram:42", sessionKey: "agent:main:main" };

interface Shop {
  sandbox: RegistrySandbox;
  ledger: LedgerFixture;
  registry: Registry;
  /** The registry as it was `days` ago. */
  ago: (days: number) => Registry;
}

function shop(): Shop {
  const sandbox = useSandbox();
  const registry = openRegistry({ root: sandbox.root });
  const ago = (days: number): Registry => ({ ...registry, now: () => wallClock() - days * DAYS });
  return { sandbox, ledger: new LedgerFixture(sandbox), registry, ago };
}

/** A flow that was made and, unless it goes on, ended so many days ago. */
function flow(
  { ago }: Shop,
  days: number,
  options: { title?: string; tasks?: string[]; end?: boolean; isDelivered?: boolean; key?: string } = {},
): string {
  const registry = ago(days);
  const { title = "A flow", tasks = [], end = true, isDelivered = false, key } = options;
  const facts = { title, ...(isDelivered ? { route: ROUTE, ownerSessionKey: ROUTE.sessionKey } : {}) };
  const { flowId } = createFlow(registry, { facts, step: "one", key }).flow;
  for (const task of tasks) runTaskInFlow(registry, { flowId, task });
  if (end) commitFlow(registry, { command: { type: "finish", flowId, result: "done" } });
  return flowId;
}

function task({ ledger }: Shop, daysAgo: number, options: { open?: boolean; parentTaskId?: string } = {}): string {
  const { open = false, ...facts } = options;
  const ending = open ? {} : { ending: { status: "succeeded", result: "done" } as const };
  return ledger.task({ facts: { runtime: "exec", ...facts }, started: true, ...ending }, daysAgo * DAY);
}

const pruned = ({ flows }: MaintenanceReport): string[] =>
  flows.flatMap(({ flowId, action }) => (action === "prune" ? [flowId] : []));

const prune = (registry: Registry, apply: boolean): string[] =>
  pruned(maintainLedger(registry, { apply, retention: 30 * DAYS }));

function tasksThere(registry: Registry, ids: readonly string[]): string[] {
  const index = new LedgerIndex(registry);
  index.refresh();
  const there = ids.filter((taskId) => index.task(taskId) !== undefined);
  index.close();
  return there;
}

/** Nothing that is there speaks of something that is not. */
function expectNoDangling(registry: Registry): void {
  for (const flowId of flowIds(registry.fs, registry.root)) {
    const { tasks } = loadFlow(registry, flowId);
    const index = new LedgerIndex(registry);
    index.refresh();
    for (const taskId of tasks) expect(index.task(taskId)?.flowId, `${taskId} of ${flowId}`).toBe(flowId);
    index.close();
  }
}

describe("flows under a retention", () => {
  it("are pruned with their tasks when they ended before it, and only with --apply and a retention", () => {
    const at = shop();
    const old = task(at, 50);
    const ended = flow(at, 40, { tasks: [old] });
    const young = flow(at, 10);
    const open = flow(at, 40, { end: false });
    expect(pruned(maintainLedger(at.registry, { apply: true }))).toEqual([]);
    expect(prune(at.registry, false)).toEqual([ended]);
    expect(flowIds(at.registry.fs, at.registry.root)).toHaveLength(3);
    expect(prune(at.registry, true)).toEqual([ended]);
    expect(flowIds(at.registry.fs, at.registry.root)).toEqual([open, young].sort());
    expect(tasksThere(at.registry, [old])).toEqual([]);
    expect(existsSync(at.sandbox.path(".trash"))).toBe(false);
    expect(prune(at.registry, true)).toEqual([]);
    expect(at.sandbox.ok("tasks", "audit").code).toBe(0);
    expect(at.sandbox.ok("flows", "list", "--json").stdout).not.toContain(ended);
  });

  it("stay with all their tasks when one of the tasks or its children stays", () => {
    const at = shop();
    const [old, going, parent] = [task(at, 50), task(at, 50, { open: true }), task(at, 50)];
    const child = task(at, 49, { parentTaskId: parent });
    const keptFlow = flow(at, 40, { tasks: [old, going, child] });
    const alone = flow(at, 40, { tasks: [task(at, 45)] });
    expect(prune(at.registry, false)).toEqual([alone]);
    expect(prune(at.registry, true)).toEqual([alone]);
    expect(tasksThere(at.registry, [old, going, parent, child])).toHaveLength(4);
    expect(loadFlow(at.registry, keptFlow).tasks).toEqual([old, going, child]);
    expectNoDangling(at.registry);
  });

  it("keep the tasks of an open flow, however long ago the tasks ended", () => {
    const at = shop();
    const [mine, unowned] = [task(at, 50), task(at, 50)];
    flow(at, 40, { tasks: [mine], end: false });
    expect(prune(at.registry, true)).toEqual([]);
    expect(tasksThere(at.registry, [mine, unowned])).toEqual([mine]);
    expectNoDangling(at.registry);
  });

  it("stay while the delivery of their end is not resolved", () => {
    const at = shop();
    const undelivered = flow(at, 40, { isDelivered: true });
    const given = flow(at, 40, { isDelivered: true });
    commitFlow(at.ago(40), { command: { type: "dismiss", flowId: given, reason: "told by phone" } });
    expect(prune(at.registry, true)).toEqual([given]);
    commitFlow(at.ago(39), { command: { type: "report_delivery", flowId: undelivered, report: { kind: "sending" } } });
    const refused = { kind: "refused", reason: "403", final: true } as const;
    commitFlow(at.ago(38), { command: { type: "report_delivery", flowId: undelivered, report: refused } });
    expect(prune(at.registry, true)).toEqual([]);
    at.sandbox.ok("tasks", "dismiss", undelivered);
    expect(prune(at.registry, true)).toEqual([undelivered]);
  });

  it("stay or are pruned together when parent links between tasks connect them", () => {
    const at = shop();
    const parent = task(at, 50);
    const child = task(at, 50, { parentTaskId: parent });
    const grandchild = task(at, 50, { parentTaskId: child, open: true });
    const outer = flow(at, 45, { tasks: [parent, task(at, 50)] });
    const inner = flow(at, 45, { tasks: [child] });
    expect(prune(at.registry, true)).toEqual([]);
    at.ledger.signal(grandchild, { ending: { status: "succeeded" } }, 40 * DAY);
    expect(prune(at.registry, true).sort()).toEqual([outer, inner].sort());
    expect(tasksThere(at.registry, [parent, child, grandchild])).toEqual([]);
  });

  it("lose their creation key, so the same creation makes a new flow", () => {
    const at = shop();
    const old = flow(at, 40, { key: "may" });
    expect(flow(at, 35, { key: "may", end: false })).toBe(old);
    expect(prune(at.registry, true)).toEqual([old]);
    const fresh = flow(at, 0, { key: "may", end: false });
    expect(fresh).not.toBe(old);
    expect(flow(at, 0, { key: "may", end: false })).toBe(fresh);
  });

  it("are reported as text", () => {
    const at = shop();
    const old = flow(at, 40);
    const { stdout } = at.sandbox.ok("tasks", "maintenance", "--retention", "30d");
    expect(stdout.replaceAll(/\n */g, " ")).toContain(`flow ${old}: would be: pruned: it has ended`);
    expect(at.sandbox.ok("tasks", "maintenance", "--retention", "30d", "--apply", "--json").json).toMatchObject({
      flows: [{ flowId: old, action: "prune", taskId: null }],
    });
    expect(at.sandbox.cli("flows", "show", old).stderr).toContain("flow_not_found");
  });
});

describe("a flow that is being removed", () => {
  it("is not found by a writer that waited for its lock", () => {
    const at = shop();
    const old = flow(at, 40);
    let answer: string | undefined;
    const { fs } = interferingFileSystem((call, _index, [path], move) => {
      if (call !== "renameSync" || !String(path).endsWith(old)) return move();
      let tries = 0;
      const waiting = interferingFileSystem((inner, _i, [lock], real) => {
        if (inner === "mkdirSync" && String(lock).endsWith(".journal.lock") && (tries += 1) === 2) move();
        return real();
      });
      const command = { type: "dismiss", flowId: old, reason: "x" } as const;
      answer = getErrorCode(() => commitFlow({ ...at.registry, fs: waiting.fs }, { command }));
      return undefined;
    });
    expect(removeFlow({ ...at.registry, fs }, old, wallClock())).toBe(true);
    expect(answer).toBe("flow_not_found");
    expect(getErrorCode(() => removeFlow(at.registry, old, wallClock()))).toBe("flow_not_found");
  });

  it("stays when it is too recent or its delivery is open once the lock is held", () => {
    const at = shop();
    const old = flow(at, 40, { isDelivered: true });
    expect(removeFlow(at.registry, old, wallClock())).toBe(false);
    expect(removeFlow(at.registry, flow(at, 1), wallClock() - 2 * DAYS)).toBe(false);
  });

  it.each([
    ["fails", failingAt],
    ["is the last of the process", dyingAt],
  ] as const)(
    "is complete or removed when the k-th file-system call %s, and the next maintenance finishes",
    (_w, at) => {
      const place = shop();
      for (let k = 1; k < 400; k += 3) {
        const one = task(place, 50);
        const old = flow(place, 40, { tasks: [one], key: `k${k}` });
        const { fs, calls } = at(k);
        try {
          maintainLedger({ ...place.registry, fs }, { apply: true, retention: 30 * DAYS });
        } catch {
          // What failed is of no interest here.
        }
        if (flowIds(place.registry.fs, place.registry.root).includes(old))
          expect(loadFlow(place.registry, old)).toMatchObject({ status: "succeeded", tasks: [one] });
        else expect(tasksThere(place.registry, [one])).toEqual([]);
        // A holder that died without its note is given its time.
        place.ledger.task({ facts: { runtime: "exec" }, started: true });
        prune(place.registry, true);
        expect(flowIds(place.registry.fs, place.registry.root)).toEqual([]);
        expect(existsSync(place.sandbox.path(".trash"))).toBe(false);
        if (calls.length < k) return;
      }
      throw new Error("more than 400 calls");
    },
    60_000,
  );
});

describe("doctor", () => {
  it("reports the number of flows, unreadable flows and the progress of a cancel", () => {
    const at = shop();
    const going = task(at, 0, { open: true });
    const cancelled = flow(at, 0, { tasks: [going], end: false });
    expect(at.sandbox.ok("doctor").stdout).toContain("flows: 1, all readable\n");
    cancelFlow(at.registry, { flowId: cancelled, by: "ana" });
    expect(at.sandbox.ok("doctor").stdout).toContain(`${cancelled} is cancelled once its tasks have ended`);
    at.ledger.signal(going, { ending: { status: "cancelled" } });
    const ended = at.sandbox.cli("doctor");
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`BAD  flows: 1, all readable; ${cancelled} is to be cancelled and none`);
    at.sandbox.ok("tasks", "maintenance", "--apply");
    expect(at.sandbox.ok("doctor").stdout).toContain("flows: 1, all readable\n");
    const broken = flow(at, 0);
    at.sandbox.append(`flows/${broken}/events.jsonl`, "nonsense\n");
    const bad = at.sandbox.cli("doctor");
    expect(bad.stdout).toMatch(
      new RegExp(`BAD  flows: ${broken}: journal_corrupt[^\\n]*\\n +fix: .* repair ${broken}`),
    );
    at.sandbox.ok("repair", broken, "--apply");
    expect(at.sandbox.ok("doctor").code).toBe(0);
  });

  it("reports the remains of a killed prune, and maintenance removes them", () => {
    const at = shop();
    flow(at, 0);
    at.sandbox.write(".trash/demo-x/state.json", "{}");
    const { code, stdout } = at.sandbox.cli("doctor");
    expect(code).toBe(1);
    expect(stdout).toMatch(/BAD {2}leftovers of killed prunes: demo-x\n +fix: .* tasks maintenance --apply/);
    at.sandbox.ok("tasks", "maintenance", "--apply");
    expect(at.sandbox.ok("doctor").stdout).toContain("leftovers of killed prunes: none");
  });
});
