import { describe, expect, it } from "vitest";
import type { RunCommand } from "../../../registry-helper/domain/run/commands.ts";
import { ledgerDayAggregate } from "../../../registry-helper/domain/task/ledger-day.ts";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { scaffoldRun } from "../../../registry-helper/operations/runs/scaffold-run.ts";
import { inspectRun } from "../../../registry-helper/operations/runs/validate-run.ts";
import { commit } from "../../../registry-helper/registry/commit.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { commitRun } from "../../../registry-helper/registry/run-store.ts";
import { LedgerJournal } from "../../../registry-helper/storage/ledger-journal.ts";
import { failingAt } from "../../support/failing-file-system.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { chain } from "../../support/workflow-text.ts";

/** No command makes more calls than this; the loop ends by itself at the first k that no call reaches. */
const MAX_CALLS = 200;

const COMMANDS: Record<string, RunCommand> = {
  progress: { type: "progress", message: "x", payload: {} },
  bind: { type: "bind", kind: "child-session", nodeId: "a", value: "child-1", payload: {} },
  "transition-node": { type: "transition", nodeId: "a", to: "failed", payload: {} },
};

/** Brings the run into a condition in which recovery makes calls of its own. */
const CONDITIONS: Record<string, (sandbox: RegistrySandbox) => void> = {
  "on a run that is well": () => undefined,
  "on a run with a torn tail": (sandbox) => sandbox.append("runs/demo/events.jsonl", '{"torn'),
  "on a run whose projections are behind": (sandbox) => {
    const state = sandbox.text("runs/demo/state.json");
    commitRun(openRegistry({ root: sandbox.root }), "demo", {
      command: { type: "progress", message: "before", payload: {} },
      key: "before",
    });
    sandbox.write("runs/demo/state.json", state);
  },
};

/** A fresh registry for each k would cost a process each; a run for each k costs a folder. */
function eachFault(attempt: (k: number) => { calls: number }): number {
  for (let k = 1; k <= MAX_CALLS; k += 1) if (attempt(k).calls < k) return k - 1;
  throw new Error(`more than ${MAX_CALLS} calls`);
}

/** Without what was never acknowledged, and the blank lines that are made of it. */
function journalIn(sandbox: RegistrySandbox): string {
  const text = sandbox.text("runs/demo/events.jsonl").replace('{"torn', "");
  return text.replace(/^[\t ]+[^\n{]?(?:\n|$)/gm, "");
}

describe.each(Object.keys(COMMANDS))("%s with the k-th file-system call failing, for every k", (name) => {
  const command = COMMANDS[name] as RunCommand;

  it.each(Object.keys(CONDITIONS))("is done or not done, and the next command works (%s)", (condition) => {
    const faults = eachFault((k) => {
      const sandbox = useSandbox();
      const path = sandbox.workflow("w", { nodes: chain("a", "b") });
      const registry = openRegistry({ root: sandbox.root });
      scaffoldRun(registry, { runId: "demo", workflowPath: path, sourceSessionKey: "k", deliveryContext: null });
      CONDITIONS[condition]?.(sandbox);
      const before = journalIn(sandbox);

      const failing = failingAt(k);
      let failed = false;
      try {
        commitRun({ ...registry, fs: failing.fs }, "demo", { command, key: "k" });
      } catch {
        failed = true;
      }
      const after = journalIn(sandbox);
      const where = `k = ${k}, ${failing.calls[k - 1] ?? ""}, ${failed ? "failed" : "acknowledged"}`;
      expect(after.startsWith(before), where).toBe(true);
      const added = after.slice(before.length);
      const isWhole = added === "" || (added.endsWith("\n") && added.includes('"key": "k"'));
      expect(isWhole, `${where}: ${added}`).toBe(true);
      if (!failed) expect(added, where).not.toBe("");

      // The same command again, on a disk that is well: done once in all, and everything agrees.
      commitRun(registry, "demo", { command, key: "k" });
      const logged = sandbox.events("demo").filter(({ key }) => key === "k");
      expect(logged, where).toHaveLength(1);
      expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
      expect(inspectRun(registry, "demo"), where).toMatchObject({ ok: true, issues: [] });
      sandbox.dispose();
      return { calls: failing.calls.length };
    });
    expect(faults).toBeGreaterThan(15);
  });
});

it("scaffold with the k-th call failing, for every k, leaves a complete run or none and can be repeated", () => {
  const sandbox = useRun({ nodes: chain("a", "b") });
  const registry = openRegistry({ root: sandbox.root });
  const faults = eachFault((k) => {
    const request = {
      runId: `r${k}`,
      workflowPath: "workflows/demo-flow.task.md",
      sourceSessionKey: "k",
      deliveryContext: null,
      key: `key-${k}`,
    };
    const failing = failingAt(k);
    try {
      scaffoldRun({ ...registry, fs: failing.fs }, request);
    } catch {
      expect(failing.calls.length).toBeGreaterThanOrEqual(k);
    }
    expect(scaffoldRun(registry, request).readyNodes, `k = ${k}, ${failing.calls[k - 1] ?? ""}`).toEqual(["a"]);
    expect(verifyRun(registry, request.runId)).toMatchObject({ ok: true, differences: [] });
    return { calls: failing.calls.length };
  });
  expect(faults).toBeGreaterThan(20);
});

it("a ledger commit with the k-th call failing, for every k, is done or not done, and the next works", () => {
  const sandbox = useSandbox();
  const now = (): number => Date.now() * 1000;
  const faults = eachFault((k) => {
    const day = `2026-01-${String(k).padStart(2, "0")}`;
    const taskId = `t-${day.replaceAll("-", "")}-000000000000`;
    const request = {
      command: {
        type: "signal",
        taskId,
        source: "t",
        names: ["n"],
        facts: {},
        ending: { status: "succeeded" },
      } as const,
      key: "k",
    };
    const failing = failingAt(k);
    const journal = new LedgerJournal({ fs: failing.fs, root: sandbox.root, day });
    try {
      commit({ journal, aggregate: ledgerDayAggregate, now, request });
    } catch {
      expect(failing.calls.length).toBeGreaterThanOrEqual(k);
    }
    const calls = failing.calls.length;
    if (calls < k) return { calls };
    // The instance that failed goes on, and so does a new one.
    for (const fs of [failing.fs, openRegistry({ root: sandbox.root }).fs]) {
      const next = fs === failing.fs ? journal : new LedgerJournal({ fs, root: sandbox.root, day });
      expect(
        commit({ journal: next, aggregate: ledgerDayAggregate, now, request }).state.tasks.get(taskId)?.status,
      ).toBe("succeeded");
    }
    const lines = sandbox
      .text(`ledger/${day}.jsonl`)
      .split("\n")
      .filter((line) => line.includes("task.ended"));
    expect(lines, `k = ${k}`).toHaveLength(1);
    return { calls };
  });
  expect(faults).toBeGreaterThan(8);
});
