import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RunWatcher } from "../../../plugin/recorder/watchers/run-watcher.ts";
import { verify } from "../../../registry-helper/operations/maintenance/verify.ts";
import { tick } from "../../../registry-helper/operations/runs/tick-run.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { loadRun, commitRun } from "../../../registry-helper/registry/run-store.ts";
import { flowIds } from "../../../registry-helper/storage/flow-paths.ts";
import { ledgerDays } from "../../../registry-helper/storage/ledger-journal.ts";
import { listStrays } from "../../../registry-helper/storage/run-folders.ts";
import { workflowPaths } from "../../../registry-helper/storage/workflow-paths.ts";
import { journalFiles } from "../../../registry-helper/views/changes/list-journals.ts";
import { listRunsFromFiles, runIds } from "../../../registry-helper/views/index/run-rows.ts";
import { listRuns, withIndex } from "../../../registry-helper/views/index/with-index.ts";
import { listAttention } from "../../../registry-helper/views/queries/list-attention.ts";
import { failCalls, interferingFileSystem, systemError } from "../../support/failing-file-system.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

function useDemo(): { sandbox: RegistrySandbox; registry: Registry } {
  const sandbox = useSandbox();
  sandbox.write("workflows/w.task.md", WORKFLOW);
  const registry = openRegistry({ root: sandbox.root });
  OPERATIONS["complete"]?.before(registry);
  return { sandbox, registry };
}

const COPIES = ["demo.bak", "demo (1)", "demo~", "demo - Copy", "demo.sync-conflict-20261130-101112-ABCDEFG", "Demo2"];

/** Every way in which runs are found. */
const LISTS: Readonly<Record<string, (registry: Registry) => string[]>> = {
  ids: runIds,
  index: (registry) => withIndex(registry, (database) => listRuns(database, { limit: 100 })).map(({ runId }) => runId),
  files: (registry) => listRunsFromFiles(registry, { limit: 100 }).map(({ runId }) => runId),
  changes: (registry) => journalFiles(registry).flatMap(({ kind, id }) => (kind === "run" ? [id] : [])),
  tick: (registry) => tick({ registry } as never, { all: true }).document.runs.map(({ runId }) => runId),
  verify: (registry) => verify({ registry } as never, {}).document.runs.map(({ runId }) => runId),
  attention: (registry) => [
    ...new Set(withIndex(registry, (database) => listAttention(registry, database)).map(({ subject }) => subject.id)),
  ],
};

describe("a copy of a run's folder", () => {
  it.each(COPIES)("%s is no run anywhere, and verify names it", (name) => {
    const { sandbox, registry } = useDemo();
    cpSync(sandbox.run("demo"), sandbox.run(name), { recursive: true });
    for (const [list, find] of Object.entries(LISTS)) expect(find(registry), list).toEqual(["demo"]);
    expect(verify({ registry } as never, {}).document).toMatchObject({
      ok: true,
      strays: [`runs/${name} is no run: a copy of run demo`],
    });
    expect(() => loadRun(registry, name)).toThrow(expect.objectContaining({ code: "run_not_found" }));
    const command = { type: "progress" as const, message: "x", payload: {} };
    expect(() => commitRun(registry, name, { command })).toThrow(expect.objectContaining({ code: "run_not_found" }));
    const watcher = new RunWatcher(registry);
    watcher.poll();
    expect(new Set(watcher.wakes().map(({ runId }) => runId)).has(name)).toBe(false);
  });
});

describe("what others leave beside runs", () => {
  it.each(["@eaDir", "#recycle", "lost+found", "New folder", "empty"])("the folder %s is no run", (name) => {
    const { sandbox, registry } = useDemo();
    mkdirSync(sandbox.run(name));
    for (const [list, find] of Object.entries(LISTS)) expect(find(registry), list).toEqual(["demo"]);
    expect(listStrays(registry).map((stray) => stray.name)).toEqual([name]);
  });

  it.each(["Thumbs.db", "desktop.ini", ".DS_Store", "notes"])("the file %s is no run", (name) => {
    const { sandbox, registry } = useDemo();
    writeFileSync(sandbox.run(name), "");
    for (const [list, find] of Object.entries(LISTS)) expect(find(registry), list).toEqual(["demo"]);
  });
});

describe("a conflict copy of a workflow", () => {
  it.each(["w.bak", "w (1)", "w~", "w - Copy", "w.sync-conflict-20261130-101112-ABCDEFG"])(
    "%s is no workflow",
    (name) => {
      const { sandbox, registry } = useDemo();
      sandbox.write(`workflows/${name}.task.md`, WORKFLOW);
      expect(workflowPaths(registry)).toEqual(["workflows/w.task.md"]);
    },
  );

  it.each([
    ["w.v2", WORKFLOW.replace("workflowId: w", "workflowId: w2")],
    ["w-1a2b3c4d", WORKFLOW],
    ["w.broken", "no front matter"],
  ])("%s is a workflow of its own", (name, text) => {
    const { sandbox, registry } = useDemo();
    sandbox.write(`workflows/${name}.task.md`, text);
    expect(workflowPaths(registry)).toHaveLength(2);
  });
});

describe("a run that cannot be read", () => {
  const damages: Readonly<Record<string, (sandbox: RegistrySandbox) => void>> = {
    "a line that is no JSON": (sandbox) => sandbox.write("runs/aaa/events.jsonl", "not json\n"),
    "a folder in the place of its journal": (sandbox) =>
      mkdirSync(sandbox.run("aaa", "events.jsonl"), { recursive: true }),
    "a link": (sandbox) => symlinkSync(sandbox.run("demo"), sandbox.run("aaa")),
    "only its workflow is left": (sandbox) => sandbox.write("runs/aaa/workflow.lock.md", WORKFLOW),
    "a state of another shape": (sandbox) => sandbox.write("runs/aaa/state.json", '{"runId":"aaa","nodes":7}'),
  };

  it.each(Object.keys(damages))("is told of, and stops no other: %s", (name) => {
    const { sandbox, registry } = useDemo();
    damages[name]?.(sandbox);
    const { document } = tick({ registry } as never, { all: true });
    expect(document.runs.map(({ runId }) => runId)).toEqual(["demo"]);
    expect(document).toMatchObject({ ok: false, problems: [{ runId: "aaa" }] });
    const items = withIndex(registry, (database) => listAttention(registry, database));
    expect(items.filter(({ kind }) => kind === "run_unreadable")).toMatchObject([
      { subject: { kind: "run", id: "aaa" } },
    ]);
  });

  it.each(["EIO", "EMFILE", "EACCES"])("for a moment (%s) is in attention as well", (code) => {
    const { sandbox, registry } = useDemo();
    withIndex(registry, () => undefined);
    const { fs } = interferingFileSystem((call, _index, args, real) => {
      if (call === "openSync" && String(args[0]).startsWith(sandbox.run("demo"))) throw systemError(code, call);
      return real();
    });
    const items = withIndex({ ...registry, fs }, (database) => listAttention({ ...registry, fs }, database));
    expect(items).toMatchObject([{ kind: "run_unreadable", subject: { id: "demo" } }]);
  });
});

describe("what the disk refused once", () => {
  it.each(["EIO", "EMFILE", "EACCES", "ESTALE"])("is read again when nothing has changed: %s", (code) => {
    const { sandbox, registry } = useDemo();
    const { fs } = interferingFileSystem((call, _index, args, real) => {
      if (call === "openSync" && String(args[0]).startsWith(sandbox.run("demo"))) throw systemError(code, call);
      return real();
    });
    const statuses = (at: Registry): string[] =>
      withIndex(at, (database) => listRuns(database, { limit: 100 })).map(({ status }) => status);
    expect(statuses({ ...registry, fs })).toEqual(["unreadable"]);
    expect(statuses(registry)).toEqual(["running"]);
  });
});

describe("a folder that cannot be listed", () => {
  const reads: Readonly<Record<string, (registry: Registry) => unknown>> = {
    ...LISTS,
    flows: ({ fs, root }) => flowIds(fs, root),
    ledger: ({ fs, root }) => ledgerDays(fs, root),
  };
  const codes = ["EACCES", "EIO", "EMFILE", "ESTALE"];

  it.each(Object.keys(reads).flatMap((name) => codes.map((code) => [name, code] as const)))(
    "is raised and nothing is taken for removed: %s, %s",
    (name, code) => {
      const { registry } = useDemo();
      const before = LISTS["index"]?.(registry);
      const { fs } = failCalls(["readdirSync"], code);
      expect(() => reads[name]?.({ ...registry, fs })).toThrow();
      expect(LISTS["index"]?.(registry)).toEqual(before);
    },
  );

  it.each(codes)("makes the watcher forget nothing: %s", (code) => {
    const { registry } = useDemo();
    let isBroken = false;
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      if (call === "readdirSync" && isBroken) throw systemError(code, call);
      return real();
    });
    const problems: string[] = [];
    const watcher = new RunWatcher({ ...registry, fs }, undefined, (problem) => problems.push(problem));
    watcher.poll();
    const wakes = watcher.wakes();
    isBroken = true;
    watcher.poll();
    expect(problems).toHaveLength(1);
    expect(watcher.wakes()).toEqual(wakes);
  });
});
