import { appendFileSync, cpSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ledgerDayAggregate } from "../../../../registry-helper/domain/task/ledger-day.ts";
import { maintainLedger } from "../../../../registry-helper/operations/maintenance/maintain-ledger.ts";
import { planDay } from "../../../../registry-helper/operations/maintenance/plan-day-rewrite.ts";
import { rewriteDay } from "../../../../registry-helper/operations/maintenance/rewrite-day.ts";
import { verifyFlows } from "../../../../registry-helper/operations/maintenance/verify-flow.ts";
import { commitTask } from "../../../../registry-helper/operations/tasks/commit-task.ts";
import { commit } from "../../../../registry-helper/registry/commit.ts";
import { commitFlow, createFlow, loadFlow } from "../../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { flowIds, flowPaths } from "../../../../registry-helper/storage/flow-paths.ts";
import { LedgerJournal, ledgerDays } from "../../../../registry-helper/storage/ledger-journal.ts";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { FLOW_OPERATIONS, startTask, TASK } from "../../../support/flow-operations.ts";
import { RegistrySandbox } from "../../../support/registry-sandbox.ts";
import { stallingAt, unflushedFileSystem } from "../../../support/stalling-file-system.ts";

const MAX_CALLS = 500;
const LONG = 300_000;
const DAY = "2026-11-20";

interface Trial<Made> {
  before: (registry: Registry) => Made;
  run: (registry: Registry, made: Made) => void;
  others: (registry: Registry, made: Made) => void;
  check: (registry: Registry, made: Made, where: string) => void;
}

/** Stalls the operation before each of its calls in turn, with the others at work meanwhile. */
function stallEverywhere<Made>({ before, run, others, check }: Trial<Made>): number {
  const template = new RegistrySandbox();
  try {
    const made = before(openRegistry({ root: template.root, fs: unflushedFileSystem }));
    for (let k = 1; k < MAX_CALLS; k += 1) {
      const sandbox = new RegistrySandbox();
      try {
        cpSync(template.root, sandbox.root, { recursive: true });
        const registry = openRegistry({ root: sandbox.root, fs: unflushedFileSystem });
        let acknowledged = false;
        const meanwhile = (): void => {
          try {
            others(registry, made);
            acknowledged = true;
          } catch {
            // Refused: nobody was told that it is done.
          }
        };
        const { fs, calls } = stallingAt(k, meanwhile, { root: sandbox.root });
        let failed: unknown;
        try {
          run(openRegistry({ root: sandbox.root, fs }), made);
        } catch (error) {
          failed = error;
        }
        const where = `stalled before ${k}: ${calls[k - 1] ?? "nothing"}, ${failed === undefined ? "done" : String(failed)}`;
        if (failed !== undefined) expect(failed, where).toHaveProperty("code", expect.stringMatching(/^[a-z_]+$/));
        if (acknowledged) check(registry, made, where);
        if (calls.length < k) return k;
      } finally {
        sandbox.dispose();
      }
    }
    return MAX_CALLS;
  } finally {
    template.dispose();
  }
}

const update = (registry: Registry, flowId: string): { replayed: boolean } =>
  commitFlow(registry, { command: { type: "update", flowId, update: "from the other" }, key: "other" });

const isCreation = (name: string): boolean => name === "create";

describe.each(Object.keys(FLOW_OPERATIONS).filter((name) => !isCreation(name)))(
  "%s, stalled before each file-system call in turn while others go on",
  (name) => {
    const { before, run } = FLOW_OPERATIONS[name] as (typeof FLOW_OPERATIONS)[string];

    it("loses and doubles nothing on a flow with a torn tail", { timeout: LONG }, () => {
      const calls = stallEverywhere<string>({
        before: (registry) => {
          const flowId = before(registry) ?? "";
          appendFileSync(flowPaths(registry.root, flowId).events, '{"event": "flow.upd');
          return flowId;
        },
        run: (registry, flowId) => run(registry, flowId),
        others: (registry, flowId) => void update(registry, flowId),
        check: (registry, flowId, where) => {
          const { revision } = loadFlow(registry, flowId);
          expect(update(registry, flowId).replayed, `${where}: the other's change is lost`).toBe(true);
          expect(loadFlow(registry, flowId).revision, where).toBe(revision);
          expect(verifyFlows(registry), where).toMatchObject([{ flowId, ok: true, differences: [] }]);
        },
      });
      expect(calls).toBeGreaterThan(10);
    });
  },
);

it("two creations with one key make one flow, wherever one stalls", { timeout: LONG }, () => {
  for (const hasOthers of [false, true]) {
    const create = (registry: Registry): string =>
      createFlow(registry, { facts: { title: "A flow", ownerSessionKey: "agent:main:main" }, key: "make" }).flow.flowId;
    const calls = stallEverywhere<undefined>({
      before: (registry) => {
        if (hasOthers) createFlow(registry, { facts: { title: "B", ownerSessionKey: "o" }, key: "another" });
        return undefined;
      },
      run: create,
      others: create,
      check: (registry, _made, where) => {
        expect(flowIds(registry.fs, registry.root), where).toHaveLength(hasOthers ? 2 : 1);
        expect(flowIds(registry.fs, registry.root), where).toContain(create(registry));
        expect(
          readdirSync(`${registry.root}/flows`).filter((entry) => entry.startsWith(".keys.b")),
          where,
        ).toEqual([]);
      },
    });
    expect(calls).toBeGreaterThan(10);
  }
});

/** Without the index: one that stands still in a transaction of it would keep the others waiting for SQLite. */
function notify({ fs, root, now }: Registry): { replayed: boolean } {
  const command = { type: "set_notify", taskId: TASK, source: "cli", notify: "state_changes" } as const;
  const journal = new LedgerJournal({ fs, root, day: DAY });
  return commit({ journal, aggregate: ledgerDayAggregate, now, request: { command, key: "other" } });
}

function rewrite(registry: Registry): void {
  const mistakes = { now: registry.now(), danglingLinks: new Map(), endsTooEarly: new Set<string>() };
  rewriteDay(registry, planDay(registry, DAY, { prune: new Set(), mistakes }));
}

/** The change that was acknowledged is there once, in the journal and in the index. */
function expectNotify(registry: Registry, where: string): void {
  expect(notify(registry).replayed, `${where}: the other's change is lost`).toBe(true);
  const task = new LedgerJournal({ fs: registry.fs, root: registry.root, day: DAY }).read()?.tasks.get(TASK);
  expect(task?.notify, where).toBe("state_changes");
  const index = new LedgerIndex(registry);
  index.refresh();
  expect(index.task(TASK), where).toEqual(task);
  index.close();
}

describe("a change of the ledger, stalled before each file-system call in turn while others go on", () => {
  const before = (registry: Registry): undefined => {
    startTask(registry);
    appendFileSync(`${registry.root}/ledger/${DAY}.jsonl`, 'not json\n{"event": "task.');
  };

  it("loses and doubles nothing on a day with a torn tail", { timeout: LONG }, () => {
    stallEverywhere<undefined>({
      before,
      run: (registry) =>
        void commitTask(registry, {
          command: { type: "report", taskId: TASK, source: "cli", step: { update: "mine" } },
          key: "mine",
        }),
      others: (registry) => void notify(registry),
      check: (registry, _made, where) => {
        expectNotify(registry, where);
        const text = registry.fs.readFileSync(`${registry.root}/ledger/${DAY}.jsonl`, "utf8");
        expect(text.split('"key": "mine"').length - 1, `${where}: ${text}`).toBeLessThanOrEqual(2);
      },
    });
  });

  it.each(["a change", "another maintenance and a change"])("as maintenance keeps %s", { timeout: LONG }, (what) => {
    const maintain = (registry: Registry): void => void maintainLedger(registry, { apply: true });
    const calls = stallEverywhere<undefined>({
      before,
      run: maintain,
      others: (registry) => {
        notify(registry);
        if (what !== "a change") rewrite(registry);
      },
      check: (registry, _made, where) => {
        expectNotify(registry, where);
        const names = readdirSync(`${registry.root}/ledger`).filter((name) => name.includes("rewrite"));
        expect(names, where).toEqual([]);
      },
    });
    expect(calls).toBeGreaterThan(10);
  });

  it("finds its lines again after a maintenance that took them over", { timeout: LONG }, () => {
    const report = (registry: Registry): void =>
      void commitTask(registry, { command: { type: "report", taskId: TASK, source: "cli", step: { update: "mine" } } });
    stallEverywhere<undefined>({
      before,
      run: report,
      others: (registry) => rewrite(registry),
      check: (registry, _made, where) => {
        const [day = ""] = ledgerDays(registry.fs, registry.root);
        const text = registry.fs.readFileSync(`${registry.root}/ledger/${day}.jsonl`, "utf8");
        expect(text.split('"mine"').length - 1, where).toBe(1);
      },
    });
  });
});
