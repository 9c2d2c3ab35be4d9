import { describe, expect, it } from "vitest";
import { runAggregate } from "../../../registry-helper/domain/run/aggregate.ts";
import type { RunCommand } from "../../../registry-helper/domain/run/commands.ts";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { commit } from "../../../registry-helper/registry/commit.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { commitRun } from "../../../registry-helper/registry/run-store.ts";
import { type FileSystem, realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { appendLines, ConcurrentAppendError } from "../../../registry-helper/storage/journal-file.ts";
import { RunJournal } from "../../../registry-helper/storage/run-journal.ts";
import { interferingFileSystem } from "../../support/failing-file-system.ts";
import { type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";

const progress = (message: string): RunCommand => ({ type: "progress", message, payload: {} });

/** A journal for a holder whose lock was taken over: `between` runs at the given call of its commit, once. */
function stalledAt(sandbox: RegistrySandbox, call: keyof FileSystem, between: () => void): RunJournal {
  let done = false;
  const { fs } = interferingFileSystem((name, _index, args, real) => {
    const isJournal = name !== "openSync" || String(args[0]).endsWith("events.jsonl");
    if (name !== call || done || !isJournal) return real();
    done = true;
    between();
    return real();
  });
  return new RunJournal({ fs, root: sandbox.root, runId: "demo" });
}

/** What another writer does that took the lock over. */
function takeOverLock(sandbox: RegistrySandbox, message: string): void {
  realFileSystem.rmSync(sandbox.run("demo", ".journal.lock"), { recursive: true, force: true });
  commitRun(openRegistry({ root: sandbox.root }), "demo", { command: progress(message) });
}

function commitOn(journal: RunJournal, command: RunCommand): { seq: number | undefined } {
  const committed = commit({ journal, aggregate: runAggregate, now: () => Date.now() * 1000, request: { command } });
  return { seq: committed.events[0]?.seq };
}

describe("a holder that stalled and lost its lock", () => {
  it.each<[string, keyof FileSystem]>([
    ["before it opened the journal", "openSync"],
    ["before it looked at the journal's length", "fstatSync"],
    ["right before its write", "writeSync"],
  ])("decides again after the other writer and loses nothing when it stalled %s", (_when, call) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const { seq } = commitOn(
      stalledAt(sandbox, call, () => takeOverLock(sandbox, "fast")),
      progress("slow"),
    );
    expect(seq).toBe(4);
    const registry = openRegistry({ root: sandbox.root });
    commitRun(registry, "demo", { command: progress("after") });
    const counted = sandbox.ok("events", "demo", "--json").stdout;
    for (const message of ["fast", "slow", "after"]) expect(counted).toContain(`"message": "${message}"`);
    expect(verifyRun(registry, "demo")).toMatchObject({ ok: true, differences: [] });
    expect(sandbox.state("demo").clawtask?.seq).toBe(5);
  });

  it("rejects a transition that has become illegal instead of writing it", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const fast = (): void => {
      realFileSystem.rmSync(sandbox.run("demo", ".journal.lock"), { recursive: true, force: true });
      const registry = openRegistry({ root: sandbox.root });
      commitRun(registry, "demo", { command: { type: "transition", nodeId: "a", to: "running", payload: {} } });
      commitRun(registry, "demo", { command: { type: "transition", nodeId: "a", to: "completed", payload: {} } });
    };
    const slow = stalledAt(sandbox, "writeSync", fast);
    expect(() => commitOn(slow, { type: "transition", nodeId: "a", to: "skipped", payload: {} })).toThrow(
      "completed -> skipped",
    );
    commitRun(openRegistry({ root: sandbox.root }), "demo", { command: progress("after") });
    expect(sandbox.state("demo").nodes[0]?.status).toBe("completed");
    expect(sandbox.ok("verify", "demo").code).toBe(0);
    expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true });
  });

  it("gives up after eight retries", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    let rounds = 0;
    const { fs } = interferingFileSystem((name, _index, args, real) => {
      if (name === "openSync" && String(args[0]).endsWith("events.jsonl") && args[1] !== 0) {
        const writes = typeof args[1] === "number" && (args[1] & 3) === 2;
        if (writes) takeOverLock(sandbox, `fast ${(rounds += 1)}`);
      }
      return real();
    });
    expect(() => commitOn(new RunJournal({ fs, root: sandbox.root, runId: "demo" }), progress("slow"))).toThrow(
      ConcurrentAppendError,
    );
    expect(rounds).toBe(9);
  });
});

describe("appendLines", () => {
  it("rejects an append when the file is longer or shorter than expected", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const path = sandbox.run("demo", "events.jsonl");
    const size = sandbox.bytes("runs/demo/events.jsonl").length;
    for (const expectedSize of [0, size - 1, size + 1]) {
      expect(() => appendLines({ fs: realFileSystem, path, expectedSize, lines: "{}\n" })).toThrow(
        ConcurrentAppendError,
      );
    }
    expect(sandbox.bytes("runs/demo/events.jsonl")).toHaveLength(size);
  });
});
