import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunDocument } from "../../../registry-helper/model/run-documents.ts";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { inspectRun } from "../../../registry-helper/operations/runs/validate-run.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { EMPTY_RUN, foldRun } from "../../../registry-helper/storage/run-fold.ts";
import { aSecondLater, dyingAt, isWrite } from "../../support/dying-file-system.ts";
import { interferingFileSystem } from "../../support/failing-file-system.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { RegistrySandbox } from "../../support/registry-sandbox.ts";

/** No operation makes more calls than this; the loop ends by itself at the first k that no call reaches. */
const MAX_CALLS = 400;
const LONG = 60_000;

interface Death {
  /** Calls up to the death and, in a process that lives on, all of them. */
  calls: readonly string[];
  died: boolean;
  leftLock: boolean;
}

const openJournal = (sandbox: RegistrySandbox): string =>
  existsSync(sandbox.run("demo", "events.jsonl")) ? sandbox.text("runs/demo/events.jsonl") : "";

/** How many lines there are more after each append of the operation, when nothing disturbs it. */
function linesAfterAppends(name: string): number[] {
  const sandbox = new RegistrySandbox();
  try {
    sandbox.write("workflows/w.task.md", WORKFLOW);
    OPERATIONS[name]?.before(openRegistry({ root: sandbox.root }));
    const counts = [0];
    const { fs } = interferingFileSystem((call, _index, [, bytes], real) => {
      if (call === "writeSync") counts.push((counts.at(-1) ?? 0) + linesIn(String(bytes)));
      return real();
    });
    OPERATIONS[name]?.run(openRegistry({ root: sandbox.root, fs }));
    return counts;
  } finally {
    sandbox.dispose();
  }
}

const linesIn = (text: string): number => text.split("\n").length - 1;

/** Lets a process do the operation and die at its k-th call, looks at what it left, and does the operation again. */
function afterDeath(name: string, { k, halfway, whole }: { k: number; halfway: boolean; whole: number[] }): Death {
  const sandbox = new RegistrySandbox();
  try {
    const operation = OPERATIONS[name];
    sandbox.write("workflows/w.task.md", WORKFLOW);
    operation?.before(openRegistry({ root: sandbox.root }));
    const before = openJournal(sandbox);
    const old = before === "" ? undefined : loadRun(openRegistry({ root: sandbox.root }), "demo").run;

    const { fs, calls } = dyingAt(k, { halfway });
    try {
      operation?.run(openRegistry({ root: sandbox.root, fs }));
    } catch (error) {
      // What a dead process would make of its own death is of no interest.
      if (calls.length < k) throw error;
    }
    const died = calls.length >= k;
    const where = `k = ${k}, ${halfway ? "in the middle of" : "before"} ${calls[k - 1] ?? "nothing"}`;
    const leftLock = existsSync(sandbox.run("demo", ".journal.lock"));

    const registry = openRegistry({ root: sandbox.root });
    const isDone = expectOldOrNew(sandbox, registry, { before, old, whole, where });
    if (!died) expect(isDone, where).toBe(true);
    aSecondLater(() => operation?.run(registry));
    expectSound(sandbox, registry, where);
    const once = openJournal(sandbox);
    expect(once, where).not.toBe(before);
    operation?.run(registry);
    if (operation?.again !== "new") expect(openJournal(sandbox), `${where}: done twice`).toBe(once);
    return { calls, died, leftLock };
  } finally {
    sandbox.dispose();
  }
}

/**
 * What a fresh look finds right after the death: the run as it was, or as the whole operation leaves it. The journal
 * may end in a torn line, which counts for nothing.
 *
 * @returns whether the operation is in the journal
 */
function expectOldOrNew(
  sandbox: RegistrySandbox,
  registry: Registry,
  { before, old, whole, where }: { before: string; old: RunDocument | undefined; whole: number[]; where: string },
): boolean {
  const journal = openJournal(sandbox);
  expect(journal.startsWith(before), where).toBe(true);
  if (!existsSync(sandbox.run("demo"))) {
    expect(old, where).toBeUndefined();
    return false;
  }
  const { run } = loadRun(registry, "demo");
  const fold = foldRun(registry.fs, sandbox.run("demo", "events.jsonl"), EMPTY_RUN);
  expect(run, where).toEqual(fold.document);
  const added = linesIn(journal.slice(before.length, fold.size));
  expect(whole, where).toContain(added);
  if (added === 0) expect(run, where).toEqual(old);
  return added > 0;
}

/** Files that the journal speaks of are there and say what it says; nobody holds a lock. */
function expectSound(sandbox: RegistrySandbox, registry: Registry, where: string): void {
  expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
  expect(inspectRun(registry, "demo"), where).toMatchObject({ ok: true, issues: [] });
  expect(existsSync(sandbox.run("demo", ".journal.lock")), where).toBe(false);
  for (const node of sandbox.state("demo").nodes) {
    expect(existsSync(sandbox.run("demo", "nodes", node.id)), where).toBe(true);
    if (node.output !== undefined)
      expect(JSON.parse(sandbox.text(`runs/demo/nodes/${node.id}/result.json`)), where).toEqual(node.output);
  }
}

describe.each(Object.keys(OPERATIONS))("%s killed at its k-th file-system call, for every k", (name) => {
  it("is done or not done, and the next command takes over the lock", { timeout: LONG }, () => {
    const whole = linesAfterAppends(name);
    let leftLocks = 0;
    let k = 1;
    for (; k < MAX_CALLS; k += 1) {
      const { calls, died, leftLock } = afterDeath(name, { k, whole, halfway: false });
      if (!died) break;
      if (leftLock) leftLocks += 1;
      if (isWrite(calls[k - 1])) afterDeath(name, { k, whole, halfway: true });
    }
    expect(k).toBeGreaterThan(10);
    expect(k).toBeLessThan(MAX_CALLS);
    if (name !== "scaffold with params") expect(leftLocks).toBeGreaterThan(5);
  });
});
