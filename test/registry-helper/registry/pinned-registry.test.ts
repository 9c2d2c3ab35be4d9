import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pinRegistry, requireRoot } from "../../../registry-helper/registry/pinned-registry.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { holdsRegistry, resolveRoot } from "../../../registry-helper/registry/resolve-root.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { readIdentity } from "../../../registry-helper/storage/registry-marker.ts";
import { useTempFolder } from "../../plugin/support/temp-folder.ts";
import { playedRegistry, tryToChange } from "../../support/damaged-journals.ts";
import { getErrorCode } from "../../support/get-error-code.ts";

const KINDS = ["run", "flow", "ledger"] as const;

describe("a registry under a process that lives on", () => {
  const replaced: [string, (root: string) => void][] = [
    ["moved away", () => undefined],
    ["replaced by an empty folder", (root) => mkdirSync(root)],
    ["replaced by another registry", (root) => renameSync(playedRegistry().root, root)],
  ];

  it.each(replaced)("is neither made nor written when it was %s, and goes on when it is back", (_what, replace) => {
    for (const kind of KINDS) {
      const { root, ids } = playedRegistry();
      const registry = pinRegistry(openRegistry({ root }));
      tryToChange(registry, kind, ids);
      const moved = `${root}-moved`;
      renameSync(root, moved);
      replace(root);
      const before = existsSync(root) ? readdirSync(root, { recursive: true }).sort() : undefined;
      expect(
        getErrorCode(() => registry.pin.check()),
        kind,
      ).toBe("registry_not_found");
      // A run that is not there is no change; everything else would make folders.
      expect(["registry_not_found", "run_not_found", "flow_not_found"]).toContain(
        getErrorCode(() => tryToChange(registry, kind, ids)),
      );
      expect(existsSync(root) ? readdirSync(root, { recursive: true }).sort() : undefined, kind).toEqual(before);
      if (existsSync(root)) renameSync(root, `${root}-other`);
      renameSync(moved, root);
      registry.pin.check();
      tryToChange(registry, kind, ids);
    }
  });

  it("that is not there yet is held to what is made there", () => {
    const root = join(useTempFolder(), "new");
    const registry = pinRegistry(openRegistry({ root }));
    registry.pin.check();
    mkdirSync(root);
    registry.pin.check();
    renameSync(root, `${root}-moved`);
    expect(getErrorCode(() => registry.pin.check())).toBe("registry_not_found");
  });

  it("that was copied to another disk is the same one", () => {
    const { root, ids } = playedRegistry();
    const registry = pinRegistry(openRegistry({ root }));
    const other = playedRegistry().root;
    writeFileSync(join(other, ".clawtask-registry"), realFileSystem.readFileSync(join(root, ".clawtask-registry")));
    renameSync(root, `${root}-old`);
    renameSync(other, root);
    registry.pin.check();
    expect(loadRun(registry, ids.runId).run.state.runId).toBe(ids.runId);
  });
});

describe("the mark of a registry", () => {
  it("is made with a registry, added to an old one by its next change, and stays", () => {
    for (const kind of KINDS) {
      const { root, ids } = playedRegistry();
      const registry = openRegistry({ root });
      const first = readIdentity(registry.fs, root)?.id;
      expect(first).toBeTruthy();
      tryToChange(registry, kind, ids);
      expect(readIdentity(registry.fs, root)?.id).toBe(first);
      realFileSystem.unlinkSync(join(root, ".clawtask-registry"));
      tryToChange(registry, kind, ids);
      expect(readIdentity(registry.fs, root)?.id, kind).toBeTruthy();
    }
  });
});

describe("a folder", () => {
  const folder = (...paths: string[]): string => {
    const root = useTempFolder();
    for (const path of paths) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), "");
    }
    return root;
  };

  it.each<[string, boolean, string[]]>([
    ["nothing", false, []],
    ["runs of an experiment", false, ["runs/exp1/model.pt", "runs/exp1/events.out.tfevents"]],
    ["workflows of a forge", false, ["workflows/ci.yml"]],
    ["a ledger of somebody", false, ["ledger/2026.csv"]],
    ["the mark", true, [".clawtask-registry"]],
    ["a workflow", true, ["workflows/w.task.md"]],
    ["a folder made for workflows and nothing else", true, ["workflows/.gitkeep"]],
    ["such a folder, and something of another kind", false, ["workflows/.gitkeep", "package.json"]],
    ["such a folder in a project with runs", false, ["workflows/.gitkeep", "runs/exp1/model.pt", "src/train.py"]],
    ["a run", true, ["runs/r1/events.jsonl", "runs/r1/workflow.lock.md"]],
    ["a day of tasks", true, ["ledger/2026-11-20.jsonl"]],
  ])("with %s: is it a registry? %s", (_what, is, paths) => {
    const root = folder(...paths);
    expect(holdsRegistry(realFileSystem, root)).toBe(is);
    const env = { XDG_CONFIG_HOME: folder() };
    expect(resolveRoot({ env, cwd: root }).source).toBe(
      is ? "current directory, which holds a registry" : "current directory",
    );
    // Where the plugin has noted one, that one comes before a folder that is none.
    const noted = folder("workflows/w.task.md");
    mkdirSync(join(env.XDG_CONFIG_HOME, "clawtask"));
    writeFileSync(join(env.XDG_CONFIG_HOME, "clawtask/registry-root"), noted);
    expect(resolveRoot({ env, cwd: root }).root).toBe(is ? root : noted);
  });

  it("that is not there is no registry for whoever reads", () => {
    const registry: Registry = openRegistry({ root: join(useTempFolder(), "typo") });
    expect(getErrorCode(() => requireRoot(registry))).toBe("registry_not_found");
  });
});
