import { mkdirSync, renameSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { wallClock } from "../../../registry-helper/model/time.ts";
import { pruneRuns } from "../../../registry-helper/operations/maintenance/prune-runs.ts";
import { repairRun } from "../../../registry-helper/operations/maintenance/repair-run.ts";
import { forkRun } from "../../../registry-helper/operations/runs/fork-run.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { commitRun, loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { FileSystem } from "../../../registry-helper/storage/file-system.ts";
import { interferingFileSystem } from "../../support/failing-file-system.ts";
import { getErrorCode } from "../../support/get-error-code.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

const IN_A_YEAR = (): number => wallClock() + 365 * 86_400_000_000;

/** A registry in which something happens just before the n-th call on a path that ends so. */
function interrupted(root: string, at: { call: keyof FileSystem; path: string; time?: number }, act: () => void) {
  let left = at.time ?? 1;
  const { fs } = interferingFileSystem((call, _index, [path], real) => {
    if (call === at.call && String(path).endsWith(at.path) && (left -= 1) === 0) act();
    return real();
  });
  return openRegistry({ root, fs });
}

/** A run that is over and that nobody is owed anything of. */
function endedRun(): RegistrySandbox {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  for (const status of ["running", "completed"]) sandbox.ok("transition-node", "demo", "a", status);
  return sandbox;
}

const note = (registry: Registry): unknown =>
  commitRun(registry, "demo", { command: { type: "archive", by: "ana" }, key: "k" });

describe("a run that is removed while another process is about to use it", () => {
  it("is not found by a writer that waited for prune to release the lock", () => {
    const sandbox = endedRun();
    let answer: string | undefined;
    // prune holds the lock and is about to move the run; the writer finds the lock held, and the run gone at its
    // second try.
    const { fs } = interferingFileSystem((call, _index, [path], move) => {
      if (call !== "renameSync" || String(path) !== sandbox.run("demo")) return move();
      const writer = interrupted(
        sandbox.root,
        { call: "mkdirSync", path: ".journal.lock", time: 2 },
        () => void move(),
      );
      answer = getErrorCode(() => note(writer));
      return undefined;
    });
    expect(pruneRuns(openRegistry({ root: sandbox.root, fs }), IN_A_YEAR(), true).runs).toHaveLength(1);
    expect(answer).toBe("run_not_found");
  });

  it("is not found by a writer that was about to take the lock", () => {
    const sandbox = endedRun();
    const prune = (): void => void pruneRuns(openRegistry({ root: sandbox.root }), IN_A_YEAR(), true);
    expect(
      getErrorCode(() => note(interrupted(sandbox.root, { call: "mkdirSync", path: ".journal.lock" }, prune))),
    ).toBe("run_not_found");
  });

  it("is not found by a reader, whichever file it was about to read", () => {
    for (const [call, path] of [
      ["statSync", "events.jsonl"],
      ["openSync", "state.json"],
      ["openSync", "refs.json"],
    ] as const) {
      const sandbox = endedRun();
      const prune = (): void => void pruneRuns(openRegistry({ root: sandbox.root }), IN_A_YEAR(), true);
      expect(
        getErrorCode(() => loadRun(interrupted(sandbox.root, { call, path }, prune), "demo")),
        path,
      ).toBe("run_not_found");
    }
  });

  it("does not disturb another prune", () => {
    for (const [call, path] of [
      ["lstatSync", "runs/demo"],
      ["statSync", "events.jsonl"],
      ["mkdirSync", ".journal.lock"],
    ] as const) {
      const sandbox = endedRun();
      const prune = (): void => void pruneRuns(openRegistry({ root: sandbox.root }), IN_A_YEAR(), true);
      const registry = interrupted(sandbox.root, { call, path }, prune);
      expect(pruneRuns(registry, IN_A_YEAR(), true), path).toEqual({ runs: [], kept: [], problems: [] });
    }
  });

  it("is not found by repair and fork", () => {
    const repaired = endedRun();
    const gone = (sandbox: RegistrySandbox) => () => {
      mkdirSync(sandbox.path("elsewhere"));
      renameSync(sandbox.run("demo"), sandbox.path("elsewhere/demo"));
    };
    const atLock = { call: "mkdirSync", path: ".journal.lock" } as const;
    expect(
      getErrorCode(() => repairRun(interrupted(repaired.root, atLock, gone(repaired)), "demo", { apply: true })),
    ).toBe("run_not_found");
    const forked = useRun({ nodes: [{ id: "a" }, { id: "b", kind: "subagent", needs: ["a"] }] });
    forked.write("runs/demo/nodes/a/notes.md", "x");
    for (const status of ["running", "completed"]) forked.ok("transition-node", "demo", "a", status);
    const atFile = { call: "openSync", path: "nodes/a/notes.md" } as const;
    const registry = interrupted(forked.root, atFile, gone(forked));
    expect(getErrorCode(() => forkRun(registry, "demo", { nodeId: "b", by: "ana" }))).toBe("run_not_found");
  });

  // The first makes its run; for the others it is there before.
  it.each(Object.keys(OPERATIONS).slice(1))("is not found by %s", (name) => {
    const sandbox = useSandbox();
    sandbox.write("workflows/w.task.md", WORKFLOW);
    OPERATIONS[name]?.before(openRegistry({ root: sandbox.root }));
    const gone = (): void => {
      mkdirSync(sandbox.path(".trash"));
      renameSync(sandbox.run("demo"), sandbox.path(".trash/demo-1"));
    };
    const registry = interrupted(sandbox.root, { call: "mkdirSync", path: ".journal.lock" }, gone);
    expect(getErrorCode(() => OPERATIONS[name]?.run(registry))).toBe("run_not_found");
  });
});
