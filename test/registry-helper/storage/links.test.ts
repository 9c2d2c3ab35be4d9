import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { maintainLedger } from "../../../registry-helper/operations/maintenance/maintain-ledger.ts";
import { pruneRuns } from "../../../registry-helper/operations/maintenance/prune-runs.ts";
import { repairRun } from "../../../registry-helper/operations/maintenance/repair-run.ts";
import { commitTask } from "../../../registry-helper/operations/tasks/commit-task.ts";
import { createFlow } from "../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { FLOW_OPERATIONS, startTask, TASK } from "../../support/flow-operations.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

/** Everything that writes. What is refused is refused with a code. */
const WRITERS: Readonly<Record<string, (registry: Registry) => void>> = {
  ...Object.fromEntries(Object.entries(OPERATIONS).map(([name, { run }]) => [name, run])),
  prune: (registry) => void pruneRuns(registry, registry.now() + 1, true),
  repair: (registry) => void repairRun(registry, "demo", { apply: true }),
  maintenance: (registry) => void maintainLedger(registry, { apply: true, retention: 1 }),
  "create a flow": (registry) =>
    void createFlow(registry, { facts: { title: "F", ownerSessionKey: "o" }, key: "another" }),
  "report a task": (registry) =>
    void commitTask(registry, { command: { type: "report", taskId: TASK, source: "cli", step: { update: "x" } } }),
};

/** Names in a registry at which something may have put a link, and what the link leads to. */
const FOLDERS = [
  "ledger",
  "runs/.trash",
  "flows/.trash",
  ".trash",
  "runs/.staging",
  "flows/.keys",
  "runs/demo/nodes",
  "runs/demo/nodes/dig",
  "flows",
  "runs",
];
const FILES = [
  "runs/demo/state.json.next",
  "runs/demo/refs.json.next",
  "runs/demo/keys.idx",
  "runs/demo/keys.idx.next",
  "runs/demo/events.damaged",
  "runs/demo/.journal.lock",
  "runs/demo/nodes/dig/result.json",
  "runs/demo/nodes/dig/result.json.next",
  "runs/demo/nodes/dig/handoff.md.next",
  "ledger/2026-11-20.damaged",
  "ledger/2026-11-20.jsonl.lock",
];

function prepared(): { sandbox: RegistrySandbox; outside: string } {
  const sandbox = useSandbox();
  sandbox.write("workflows/w.task.md", WORKFLOW);
  const registry = openRegistry({ root: sandbox.root });
  OPERATIONS["complete with a result"]?.before(registry);
  FLOW_OPERATIONS["create"]?.run(registry, undefined);
  startTask(registry);
  const outside = join(sandbox.home, "thesis");
  mkdirSync(outside);
  writeFileSync(join(outside, "chapter"), "years");
  return { sandbox, outside };
}

function tryAll(registry: Registry, where: string): void {
  for (const [name, write] of Object.entries(WRITERS)) {
    try {
      write(registry);
    } catch (error) {
      expect(error, `${name}, ${where}`).toHaveProperty("code", expect.stringMatching(/^[a-z_]+$/));
    }
  }
}

describe("a link out of the registry", () => {
  it.each(FOLDERS)("in the place of the folder %s: nothing is written or deleted behind it", (path) => {
    const { sandbox, outside } = prepared();
    const place = sandbox.path(path);
    mkdirSync(dirname(place), { recursive: true });
    // What stood there is behind the link, so that nothing is missing.
    if (existsSync(place)) renameSync(place, join(outside, "moved"));
    else mkdirSync(join(outside, "moved"));
    writeFileSync(join(outside, "moved", "precious"), "years");
    symlinkSync(join(outside, "moved"), place);
    const list = (): string[] => readdirSync(outside, { recursive: true, encoding: "utf8" }).sort();
    const before = list();
    tryAll(openRegistry({ root: sandbox.root }), path);
    expect(list()).toEqual(before);
    expect(readFileSync(join(outside, "moved", "precious"), "utf8")).toBe("years");
  });

  it.each(FILES)("in the place of the file %s: what it leads to stays as it is", (path) => {
    const { sandbox, outside } = prepared();
    const place = sandbox.path(path);
    mkdirSync(dirname(place), { recursive: true });
    rmSync(place, { force: true, recursive: true });
    symlinkSync(join(outside, "chapter"), place);
    tryAll(openRegistry({ root: sandbox.root }), path);
    expect(readFileSync(join(outside, "chapter"), "utf8")).toBe("years");
    expect(readdirSync(outside)).toEqual(["chapter"]);
  });
});
