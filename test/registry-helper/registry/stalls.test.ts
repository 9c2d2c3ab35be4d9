import { appendFileSync, cpSync, existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunCommand } from "../../../registry-helper/domain/run/commands.ts";
import { pruneRuns } from "../../../registry-helper/operations/maintenance/prune-runs.ts";
import { repairRun } from "../../../registry-helper/operations/maintenance/repair-run.ts";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { changedEvidence } from "../../../registry-helper/operations/runs/evidence.ts";
import { finishNode } from "../../../registry-helper/operations/runs/finish-node.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { commitRun, loadRun } from "../../../registry-helper/registry/run-store.ts";
import { runPaths } from "../../../registry-helper/storage/run-paths.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { RegistrySandbox } from "../../support/registry-sandbox.ts";
import { stallingAt, unflushedFileSystem } from "../../support/stalling-file-system.ts";

const MAX_CALLS = 400;
const LONG = 300_000;
const TORN = '{"event": "run.progr';

const note = (registry: Registry, key: string): { replayed: boolean } =>
  commitRun(registry, "demo", { command: { type: "progress", message: key, payload: {} } satisfies RunCommand, key });

interface Trial {
  /** Makes what is there before the operation. */
  before: (registry: Registry) => void;
  /** The operation that stalls. */
  run: (registry: Registry) => void;
  /** What others do meanwhile; throws when it is refused, and then nothing was acknowledged. */
  others: (registry: Registry) => void;
  /** What must hold of what the others were told. */
  check: (registry: Registry, where: string) => void;
  failsToFlush?: boolean;
}

/** Stalls the operation before each of its calls in turn. */
function stallEverywhere({ before, run, others, check, failsToFlush = false }: Trial): number {
  const template = new RegistrySandbox();
  try {
    template.write("workflows/w.task.md", WORKFLOW);
    before(openRegistry({ root: template.root, fs: unflushedFileSystem }));
    for (let k = 1; k < MAX_CALLS; k += 1) {
      const sandbox = new RegistrySandbox();
      try {
        cpSync(template.root, sandbox.root, { recursive: true });
        const registry = openRegistry({ root: sandbox.root, fs: unflushedFileSystem });
        let acknowledged = false;
        const meanwhile = (): void => {
          try {
            others(registry);
            acknowledged = true;
          } catch {
            // Refused: nobody was told that it is done.
          }
        };
        const { fs, calls } = stallingAt(k, meanwhile, { root: sandbox.root, failsToFlush });
        let failed: unknown;
        try {
          run(openRegistry({ root: sandbox.root, fs }));
        } catch (error) {
          failed = error;
        }
        const where = `stalled before ${k}: ${calls[k - 1] ?? "nothing"}, ${failed === undefined ? "done" : String(failed)}`;
        if (failed !== undefined && !failsToFlush)
          expect(failed, where).toHaveProperty("code", expect.stringMatching(/^[a-z_]+$/));
        if (acknowledged) check(registry, where);
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

/** The note of the others is there once, the run is well, and goes on. */
function expectKept(registry: Registry, where: string, key = "other"): void {
  const seq = (): number => loadRun(registry, "demo").seq;
  const before = seq();
  expect(note(registry, key).replayed, `${where}: the other's change is lost`).toBe(true);
  expect(seq(), where).toBe(before);
  expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
  note(registry, "goes on");
  expect(seq(), where).toBe(before + 1);
  expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
}

/** An operation that was answered, repeated with its key, writes nothing; one that was not is done now, once. */
function expectOnce(registry: Registry, name: string, where: string): void {
  const operation = OPERATIONS[name];
  if (operation?.again === "new") return;
  try {
    operation?.run(registry);
  } catch {
    // What the other did may have made it impossible.
    return;
  }
  const once = loadRun(registry, "demo").seq;
  operation?.run(registry);
  expect(loadRun(registry, "demo").seq, `${where}: done twice`).toBe(once);
}

const inRuns = Object.keys(OPERATIONS).filter((name) => !name.startsWith("scaffold"));

describe.each(inRuns)("%s, stalled before each file-system call in turn while others go on", (name) => {
  const { before, run } = OPERATIONS[name] as (typeof OPERATIONS)[string];
  const others = (registry: Registry): void => void note(registry, "other");
  const check = (registry: Registry, where: string): void => {
    expectOnce(registry, name, where);
    expectKept(registry, where);
  };

  it("loses and doubles nothing on a run with a torn tail", { timeout: LONG }, () => {
    const torn = (registry: Registry): void => {
      before(registry);
      appendFileSync(runPaths(registry.root, "demo").events, TORN);
    };
    expect(stallEverywhere({ before: torn, run, others, check })).toBeGreaterThan(10);
  });
});

describe("an operation that stalls", () => {
  const scaffolded = (registry: Registry): void => OPERATIONS["note"]?.before(registry);
  const others = (registry: Registry): void => void note(registry, "other");

  it("before a flush that fails takes back nothing of others", { timeout: LONG }, () => {
    const run = (registry: Registry): void => void note(registry, "mine");
    const check = (registry: Registry, where: string): void => expectKept(registry, where);
    stallEverywhere({ before: scaffolded, run, others, check, failsToFlush: true });
  });

  it("as a scaffold makes one run of one key", { timeout: LONG }, () => {
    const scaffold = (registry: Registry): void => OPERATIONS["scaffold with params"]?.run(registry);
    const check = (registry: Registry, where: string): void => {
      const before = loadRun(registry, "demo").seq;
      scaffold(registry);
      expect(loadRun(registry, "demo").seq, where).toBe(before);
      expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
    };
    const run = scaffold;
    expect(stallEverywhere({ before: () => undefined, run, others: scaffold, check })).toBeGreaterThan(10);
  });

  it.each([{}, { points: 1 }])(
    "with a result of its own keeps the other's result in its place (before: %o)",
    { timeout: LONG },
    (earlier) => {
      const before = (registry: Registry): void => {
        OPERATIONS["complete with a result"]?.before(registry);
        if (!("points" in earlier)) return;
        cpSync(
          runPaths(registry.root, "demo").workflowLock,
          `${runPaths(registry.root, "demo").nodes}/dig/result.json`,
        );
      };
      const complete =
        (points: number) =>
        (registry: Registry): void => {
          const end = { nodeId: "dig", to: "completed", result: { points }, key: `k${points}` } as const;
          if (finishNode(registry, "demo", end).events.length === 0)
            throw Object.assign(new Error("it was completed already"), { code: "illegal_transition" });
        };
      const check = (registry: Registry, where: string): void => {
        const { run } = loadRun(registry, "demo");
        const node = run.state.nodes.find(({ id }) => id === "dig");
        if (node === undefined) throw new Error("no node");
        expect(node, where).toMatchObject({ status: "completed", output: { points: 9 } });
        expect(changedEvidence(registry, runPaths(registry.root, "demo").folder, node), where).toEqual([]);
        expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
      };
      expect(stallEverywhere({ before, run: complete(7), others: complete(9), check })).toBeGreaterThan(10);
    },
  );

  it("as repair keeps what was acknowledged meanwhile", { timeout: LONG }, () => {
    const before = (registry: Registry): void => {
      scaffolded(registry);
      appendFileSync(runPaths(registry.root, "demo").events, `not json\n${TORN}`);
    };
    const run = (registry: Registry): void => void repairRun(registry, "demo", { apply: true });
    const others = (registry: Registry): void => {
      repairRun(registry, "demo", { apply: true });
      note(registry, "other");
    };
    const check = (registry: Registry, where: string): void => expectKept(registry, where);
    expect(stallEverywhere({ before, run, others, check })).toBeGreaterThan(10);
  });

  it("as prune removes no run that was changed", { timeout: LONG }, () => {
    const before = (registry: Registry): void => {
      OPERATIONS["archive"]?.before(registry);
      commitRun(registry, "demo", { command: { type: "dismiss", reason: "seen" } });
      cutoff = registry.now();
    };
    let cutoff = 0;
    const run = (registry: Registry): void => void pruneRuns(registry, cutoff, true);
    const check = (registry: Registry, where: string): void => {
      expect(existsSync(runPaths(registry.root, "demo").folder), where).toBe(true);
      expectKept(registry, where);
    };
    expect(stallEverywhere({ before, run, others, check })).toBeGreaterThan(10);
  });
});
