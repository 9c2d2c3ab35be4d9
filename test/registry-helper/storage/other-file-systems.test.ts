import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { sep } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSpec } from "../../../registry-helper/domain/workflow/parse-workflow.ts";
import { parseJson, parseJsonArgument } from "../../../registry-helper/model/json.ts";
import { prune } from "../../../registry-helper/operations/maintenance/prune-runs.ts";
import { finishNode } from "../../../registry-helper/operations/runs/finish-node.ts";
import { tickRun } from "../../../registry-helper/operations/runs/tick-run.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { parseObject } from "../../../registry-helper/storage/run-projections.ts";
import { interferingFileSystem, systemError } from "../../support/failing-file-system.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

function useWorkflow(): RegistrySandbox {
  const sandbox = useSandbox();
  sandbox.write("workflows/w.task.md", WORKFLOW);
  return sandbox;
}

describe("folders without a flush", () => {
  const withoutFlush = (root: string, code: string): Registry => {
    const { fs } = interferingFileSystem((call, _index, args, real) => {
      const isFolder = call === "fsyncSync" && realFileSystem.fstatSync(args[0] as number).isDirectory();
      if (isFolder) throw systemError(code, call);
      return real();
    });
    return openRegistry({ root, fs });
  };

  it.each(["EINVAL", "ENOTSUP", "EOPNOTSUPP"])("are written all the same: %s", (code) => {
    const registry = withoutFlush(useWorkflow().root, code);
    OPERATIONS["archive"]?.before(registry);
    OPERATIONS["archive"]?.run(registry);
    expect(loadRun(registry, "demo").run.state.status).toBe("cancelled");
  });

  it("whose flush fails otherwise are an error", () => {
    const registry = withoutFlush(useWorkflow().root, "EIO");
    expect(() => OPERATIONS["archive"]?.before(registry)).toThrow(
      expect.objectContaining({ code: "registry_unreadable" }),
    );
  });
});

describe("runs on a volume of its own", () => {
  it("is never left by a rename", () => {
    const sandbox = useWorkflow();
    const volumeOf = (path: unknown): string =>
      String(path)
        .slice(sandbox.root.length + 1)
        .split(sep)[0] ?? "";
    const { fs } = interferingFileSystem((call, _index, args, real) => {
      if (call === "renameSync" && volumeOf(args[0]) !== volumeOf(args[1])) throw systemError("EXDEV", call);
      return real();
    });
    let later = 0;
    const registry = openRegistry({ root: sandbox.root, fs, now: () => (Date.now() + later) * 1000 });
    OPERATIONS["archive"]?.before(registry);
    expect(readdirSync(sandbox.path("runs/.staging"))).toEqual([]);
    later = 90 * 86_400_000;
    OPERATIONS["dismiss the outcome"]?.run(registry);
    later = 180 * 86_400_000;
    const { document } = prune({ registry } as never, { retentionMs: 86_400_000, apply: true });
    expect(document).toMatchObject({ ok: true, problems: [] });
    expect(existsSync(sandbox.run("demo"))).toBe(false);
    expect(existsSync(sandbox.path("runs/.trash"))).toBe(false);
  });
});

it("runs as a link is refused before a run is made in it", () => {
  const sandbox = useWorkflow();
  mkdirSync(sandbox.path("elsewhere"));
  symlinkSync(sandbox.path("elsewhere"), sandbox.path("runs"));
  const registry = openRegistry({ root: sandbox.root });
  expect(() => OPERATIONS["scaffold with params"]?.run(registry)).toThrow(
    expect.objectContaining({ code: "invalid_path" }),
  );
  expect(readdirSync(sandbox.path("elsewhere"))).toEqual([]);
});

describe("JSON with a byte-order mark", () => {
  const MARK = "\ufeff";
  const spec = {
    workflowId: "s",
    title: "S",
    nodes: [{ id: "a", title: "A", kind: "session_turn", outputs: { mode: "report" } }],
  };

  it.each<[string, () => unknown, unknown]>([
    ["any", () => parseJson(`${MARK}{"n":1}`), { n: 1 }],
    ["with a large number", () => parseJson(`${MARK}{"n":1,"s":"1234567890123456"}`), { n: 1, s: "1234567890123456" }],
    ["argument", () => parseJsonArgument("--node-json", `${MARK}{"n":1}`), { n: 1 }],
    ["projection", () => parseObject(`${MARK}{"n":1}`), { n: 1 }],
    ["spec", () => parseSpec(`${MARK}${JSON.stringify(spec)}`, "spec.json").workflowId, "s"],
  ])("is read: %s", (_name, read, expected) => {
    expect(read()).toEqual(expected);
  });

  it("is read as the result of a node, and in control.jsonl", () => {
    const sandbox = useWorkflow();
    const registry = openRegistry({ root: sandbox.root });
    OPERATIONS["complete"]?.before(registry);
    writeFileSync(sandbox.run("demo", "nodes/dig/result.json"), `${MARK}{"points":7}`);
    finishNode(registry, "demo", { nodeId: "dig", to: "completed", message: "done" });
    expect(sandbox.state("demo").nodes.find(({ id }) => id === "dig")).toMatchObject({ output: { points: 7 } });
    writeFileSync(sandbox.run("demo", "control.jsonl"), `${MARK}{"id":"l1","action":"note","message":"hello"}\n`);
    expect(tickRun(registry, "demo").events.map(({ event }) => event)).toContain("run.noted");
  });
});
