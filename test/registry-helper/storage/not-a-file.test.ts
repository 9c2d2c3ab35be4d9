import { spawnSync } from "node:child_process";
import { constants, cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { lastReport } from "../../../plugin/recorder/watchers/last-report.ts";
import { requireNode } from "../../../registry-helper/domain/run/state/find-node.ts";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { changedEvidence, settleNodeFiles } from "../../../registry-helper/operations/runs/evidence.ts";
import { loadPrompts } from "../../../registry-helper/operations/runs/prompt-cache.ts";
import { tickRun } from "../../../registry-helper/operations/runs/tick-run.ts";
import { inspectRun } from "../../../registry-helper/operations/runs/validate-run.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { readTextIfExists } from "../../../registry-helper/storage/file-system.ts";
import { runPaths } from "../../../registry-helper/storage/run-paths.ts";
import { storageError } from "../../../registry-helper/storage/storage-errors.ts";
import { ChangeLog } from "../../../registry-helper/views/changes/change-log.ts";
import { readRunRow } from "../../../registry-helper/views/index/run-rows.ts";
import { interferingFileSystem } from "../../support/failing-file-system.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

const KINDS = ["pipe", "device", "folder", "socket"] as const;

const FILES = [
  "events.jsonl",
  "state.json",
  "state.json.next",
  "refs.json",
  "refs.json.next",
  "keys.idx",
  "control.jsonl",
  "workflow.lock.md",
  "prompts.json",
  ".journal.lock.holder",
  "nodes/dig/handoff.md",
  "nodes/dig/report.md",
  "nodes/dig/result.json",
  "nodes/end/report.md",
];

/** What looks at a run. */
const READERS: Readonly<Record<string, (registry: Registry) => unknown>> = {
  load: (registry) => loadRun(registry, "demo"),
  list: (registry) => readRunRow(registry, "demo"),
  verify: (registry) => verifyRun(registry, "demo"),
  validate: (registry) => inspectRun(registry, "demo"),
  tick: (registry) => tickRun(registry, "demo"),
  prompts: (registry) => loadPrompts(registry, runPaths(registry.root, "demo"), loadRun(registry, "demo").run),
  "changed evidence": (registry) =>
    loadRun(registry, "demo").run.state.nodes.map((node) =>
      changedEvidence(registry, runPaths(registry.root, "demo").folder, node),
    ),
  "last report": (registry) => {
    const { state } = loadRun(registry, "demo").run;
    const nodes = state.nodes.map((node) => ({ ...node, status: "completed" as const, completedAt: state.updatedAt }));
    return lastReport(runPaths(registry.root, "demo").folder, { ...state, nodes });
  },
  changes: (registry) => {
    const log = new ChangeLog(registry);
    try {
      return log.read(undefined, 100);
    } finally {
      log.close();
    }
  },
};

function put(kind: (typeof KINDS)[number], path: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  if (kind === "folder") mkdirSync(path);
  else if (kind === "device") symlinkSync("/dev/zero", path);
  else if (kind === "pipe") expect(spawnSync("mkfifo", [path]).status).toBe(0);
  else {
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
  }
}

/** A disk on which a call that would wait for a pipe, or read a device for ever, fails the test instead. */
function watched(root: string, path: string): Registry {
  const { fs } = interferingFileSystem((call, _index, args, real) => {
    if (args[0] === path && (call === "readFileSync" || call === "writeFileSync"))
      throw new Error(`${call} of ${path} would wait`);
    if (call === "openSync" && args[0] === path) {
      const flags = args[1];
      if (typeof flags !== "number" || (flags & constants.O_NONBLOCK) === 0)
        throw new Error(`open of ${path} would wait`);
    }
    return real();
  });
  return openRegistry({ root, fs });
}

function expectCoded(where: string, work: () => unknown): void {
  try {
    work();
  } catch (thrown) {
    const error = storageError(thrown, where);
    if (!isClawTaskError(error)) throw new Error(`${where}: no coded error`, { cause: thrown });
  }
}

/** A run on which the operation can be done, in the state before it as often as it is asked for. */
function useRunBefore(name: string): { sandbox: RegistrySandbox; restore: () => void } {
  const sandbox = useSandbox();
  sandbox.write("workflows/w.task.md", WORKFLOW);
  OPERATIONS[name]?.before(openRegistry({ root: sandbox.root }));
  const saved = join(sandbox.home, "saved");
  cpSync(sandbox.run("demo"), saved, { recursive: true, preserveTimestamps: true });
  const restore = (): void => {
    rmSync(sandbox.run("demo"), { recursive: true, force: true });
    cpSync(saved, sandbox.run("demo"), { recursive: true, preserveTimestamps: true });
  };
  return { sandbox, restore };
}

const NAMES = Object.keys(OPERATIONS).filter((name) => name !== "scaffold with params");

describe.each(KINDS)("a %s where a file of a run belongs", (kind) => {
  it.each(kind === "pipe" ? NAMES : ["complete", "next --claim", "tick with control lines"])(
    "hangs nothing and gives a coded error: %s",
    (name) => {
      const { sandbox, restore } = useRunBefore(name);
      for (const file of FILES) {
        const path = sandbox.run("demo", file);
        restore();
        put(kind, path);
        expectCoded(`${name} with ${file}`, () => OPERATIONS[name]?.run(watched(sandbox.root, path)));
      }
    },
  );

  it("hangs no reader", () => {
    const { sandbox, restore } = useRunBefore("complete");
    for (const file of FILES) {
      const path = sandbox.run("demo", file);
      for (const [name, read] of Object.entries(READERS)) {
        restore();
        put(kind, path);
        expectCoded(`${name} with ${file}`, () => read(watched(sandbox.root, path)));
      }
    }
  });

  it("stops only its own run", () => {
    const { sandbox } = useRunBefore("complete");
    const path = sandbox.run("evil", "state.json");
    put(kind, path);
    sandbox.write("runs/evil/events.jsonl", '{"event":"x"}\n');
    const registry = watched(sandbox.root, path);
    expect(readRunRow(registry, "evil").row.status).toBe("unreadable");
    expect(readRunRow(registry, "demo").row.status).toBe("running");
  });

  it("is no evidence for the clock", () => {
    const { sandbox } = useRunBefore("complete");
    const path = sandbox.run("demo", "nodes/dig/report.md");
    put(kind, path);
    const registry = watched(sandbox.root, path);
    expect(() => readTextIfExists(registry.fs, path, { followLinks: true })).toThrow(
      expect.objectContaining({ code: "registry_unreadable" }),
    );
    const node = requireNode(loadRun(registry, "demo").run.state, "dig");
    expect(settleNodeFiles(registry, sandbox.run("demo"), node)).toEqual({
      evidence: [],
      missing: ["nodes/dig/report.md"],
      stale: [],
    });
  });
});
