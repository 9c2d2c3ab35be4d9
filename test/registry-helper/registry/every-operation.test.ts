import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { inspectRun } from "../../../registry-helper/operations/runs/validate-run.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { failingAt } from "../../support/failing-file-system.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { type RegistrySandbox, RegistrySandbox as Sandbox } from "../../support/registry-sandbox.ts";

const KILLED = fileURLToPath(new URL("../../support/operation-killed.ts", import.meta.url));
/** No operation makes more calls than this; the loop ends by itself at the first k that no call reaches. */
const MAX_CALLS = 400;
const LONG = 120_000;

/** A run on which the operation can be done, in a registry that goes away afterwards. */
function withRun<Result>(name: string, work: (sandbox: RegistrySandbox, registry: Registry) => Result): Result {
  const sandbox = new Sandbox();
  try {
    sandbox.write("workflows/w.task.md", WORKFLOW);
    const registry = openRegistry({ root: sandbox.root });
    OPERATIONS[name]?.before(registry);
    return work(sandbox, registry);
  } finally {
    sandbox.dispose();
  }
}

const journal = (sandbox: RegistrySandbox): string =>
  existsSync(sandbox.run("demo", "events.jsonl")) ? sandbox.text("runs/demo/events.jsonl") : "";

/** Whole operations only: every key's lines are all there or none of them. */
function expectWhole(sandbox: RegistrySandbox, before: string, where: string): boolean {
  const after = journal(sandbox);
  expect(after.startsWith(before), where).toBe(true);
  // What failed half-way is blanked where it stands: such a line counts for nothing.
  const added = after.slice(before.length);
  if (added.trim() === "") return false;
  expect(added.endsWith("\n"), where).toBe(true);
  const [first, ...rest] = added
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { key?: string; span?: number });
  if (first?.key !== undefined) expect(rest, where).toHaveLength((first.span ?? 1) - 1);
  return true;
}

/** Files that the journal speaks of are there and say what it says. */
function expectSound(sandbox: RegistrySandbox, registry: Registry, where: string): void {
  expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
  expect(inspectRun(registry, "demo"), where).toMatchObject({ ok: true, issues: [] });
  for (const node of sandbox.state("demo").nodes) {
    const brief = node.workingMemory?.handoff;
    if (node.claim !== undefined && brief !== undefined)
      expect(sandbox.text(`runs/demo/${brief}`), where).toMatch(/^<!-- Written by ClawTask[^]*Dig for squid\./);
    if (node.output !== undefined)
      expect(JSON.parse(sandbox.text(`runs/demo/nodes/${node.id}/result.json`)), where).toEqual(node.output);
  }
}

/** The operation once more on a disk that is well: it is done once in all. */
function expectDoneOnce(
  name: string,
  sandbox: RegistrySandbox,
  registry: Registry,
  before: string,
  where: string,
): void {
  const operation = OPERATIONS[name];
  operation?.run(registry);
  const once = journal(sandbox);
  expect(once, where).not.toBe(before);
  expectSound(sandbox, registry, where);
  operation?.run(registry);
  if (operation?.again !== "new") expect(journal(sandbox), `${where}: done twice`).toBe(once);
}

describe.each(Object.keys(OPERATIONS))("the operation %s", (name) => {
  it("is done or not done with the k-th file-system call failing, for every k", { timeout: LONG }, () => {
    let k = 1;
    for (; k <= MAX_CALLS; k += 1) {
      const calls = withRun(name, (sandbox, registry) => {
        const before = journal(sandbox);
        const failing = failingAt(k);
        let failed: unknown;
        try {
          OPERATIONS[name]?.run({ ...registry, fs: failing.fs });
        } catch (error) {
          failed = error;
        }
        const where = `k = ${k}, ${failing.calls[k - 1] ?? ""}: ${String(failed)}`;
        const isDone = expectWhole(sandbox, before, where);
        if (failed === undefined) expect(isDone, where).toBe(true);
        expectDoneOnce(name, sandbox, registry, before, where);
        return failing.calls.length;
      });
      if (calls < k) break;
    }
    expect(k).toBeGreaterThan(10);
    expect(k).toBeLessThan(MAX_CALLS);
  });
});

describe.each(["claim", "complete with a result", "add_node", "tick with control lines"])(
  "the operation %s with the process killed at a modifying call",
  (name) => {
    it("is done or not done, and repeating the operation completes it once", { timeout: LONG }, () => {
      for (let k = 1; ; k += 1) {
        const died = withRun(name, (sandbox, registry) => {
          const before = journal(sandbox);
          const argv = ["--no-warnings", KILLED, sandbox.root, name, String(k)];
          const child = spawnSync(process.execPath, argv, { encoding: "utf8" });
          const where = `change ${k}: ${child.stderr}`;
          if (child.signal !== "SIGKILL") {
            expect(child.status, where).toBe(0);
            return false;
          }
          expectWhole(sandbox, before, where);
          expectDoneOnce(name, sandbox, registry, before, where);
          return true;
        });
        if (!died) break;
        expect(k).toBeLessThan(60);
      }
    });
  },
);
