import { symlinkSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

/** Three registries with a run each, named after what leads to them. */
function threeRegistries(): Record<"flag" | "ours" | "theirs" | "cwd", RegistrySandbox> {
  const make = (runId: string): RegistrySandbox => {
    const sandbox = new RegistrySandbox();
    onTestFinished(() => sandbox.dispose());
    sandbox.scaffold(runId, sandbox.workflow("w", { nodes: [{ id: "a" }] }));
    return sandbox;
  };
  return { flag: make("by-flag"), ours: make("by-clawtask"), theirs: make("by-opentask"), cwd: make("by-cwd") };
}

describe("the registry root", () => {
  it("is the flag, then CLAWTASK_REGISTRY_ROOT, then OPENTASK_REGISTRY_ROOT, then the current directory", () => {
    const { flag, ours, theirs, cwd } = threeRegistries();
    const env = { CLAWTASK_REGISTRY_ROOT: ours.root, OPENTASK_REGISTRY_ROOT: theirs.root };
    const runs = (args: string[], more: NodeJS.ProcessEnv): unknown =>
      cwd.call({ rooted: false, cwd: cwd.root, args: [...args, "list", "--json"], env: more }).json;
    expect(runs(["--registry-root", flag.root], env)).toMatchObject({ runs: [{ runId: "by-flag" }] });
    expect(runs([`--registry-root=${flag.root}`], env)).toMatchObject({ runs: [{ runId: "by-flag" }] });
    expect(runs(["--registry-r", flag.root], env)).toMatchObject({ runs: [{ runId: "by-flag" }] });
    expect(runs([], env)).toMatchObject({ runs: [{ runId: "by-clawtask" }] });
    expect(runs([], { ...env, CLAWTASK_REGISTRY_ROOT: "" })).toMatchObject({ runs: [{ runId: "by-opentask" }] });
    expect(runs([], { CLAWTASK_REGISTRY_ROOT: "", OPENTASK_REGISTRY_ROOT: "" })).toMatchObject({
      runs: [{ runId: "by-cwd" }],
    });
  });

  it("may be named after the command too (OpenTask refuses that)", () => {
    const sandbox = useSandbox();
    sandbox.scaffold("demo", sandbox.workflow("w", { nodes: [{ id: "a" }] }));
    const result = sandbox.call({
      rooted: false,
      cwd: "/",
      args: ["validate", "demo", "--registry-root", sandbox.root],
    });
    expect(result).toMatchObject({ code: 0, json: { ok: true } });
  });

  it("in the current directory comes before the one that the gateway plugin noted, and that before an empty directory", () => {
    const { flag: noted, cwd } = threeRegistries();
    const note = { XDG_CONFIG_HOME: cwd.path("config") };
    cwd.write("config/clawtask/registry-root", `${noted.root}\n`);
    const checks = (from: string): unknown[] =>
      (cwd.call({ rooted: false, cwd: from, args: ["doctor", "--json"], env: note }).json as { checks: unknown[] })
        .checks;
    expect(checks(cwd.root)[0]).toMatchObject({
      found: `${cwd.root} (from current directory, which holds a registry)`,
    });
    expect(checks(cwd.root)[1]).toMatchObject({ ok: false, found: noted.root });
    expect(checks(cwd.path("config"))[0]).toMatchObject({ found: `${noted.root} (from the gateway plugin)` });
    expect(checks(cwd.path("config"))[1]).toMatchObject({ ok: true, found: "this one" });
  });

  it("has ~ expanded and links resolved", () => {
    const sandbox = useSandbox();
    sandbox.scaffold("demo", sandbox.workflow("w", { nodes: [{ id: "a" }] }));
    symlinkSync(sandbox.root, `${sandbox.home}/link`);
    const result = sandbox.call({
      rooted: false,
      cwd: "/",
      env: { CLAWTASK_REGISTRY_ROOT: "~/link" },
      args: ["list", "--json"],
    });
    expect(result.json).toMatchObject({ registryRoot: sandbox.root, runs: [{ runId: "demo" }] });
  });

  it("stands in the commands that are shown to paste, when it was given by hand", () => {
    const sandbox = useSandbox();
    sandbox.scaffold("demo", sandbox.workflow("w", { nodes: [{ id: "a" }] }));
    expect(sandbox.ok("next", "demo").stdout).toContain(
      `--registry-root ${sandbox.root} transition-node demo a running`,
    );
    const fromEnv = sandbox.call({
      rooted: false,
      cwd: "/",
      env: { CLAWTASK_REGISTRY_ROOT: sandbox.root },
      args: ["next", "demo"],
    });
    expect(fromEnv.stdout).not.toContain("--registry-root");
  });

  it("that does not exist is not made by a command that only reads", () => {
    const sandbox = useSandbox();
    const missing = sandbox.path("not-there");
    const result = sandbox.call({ rooted: false, args: ["--registry-root", missing, "show", "demo"] });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("run not found: demo");
    expect(sandbox.call({ rooted: false, args: ["--registry-root", missing, "list"] })).toMatchObject({ code: 0 });
    expect(sandbox.call({ rooted: false, args: ["--registry-root", missing, "doctor"] })).toMatchObject({ code: 0 });
    expect(() => sandbox.text("not-there")).toThrow("ENOENT");
  });

  it("that is a file is answered with a coded error", () => {
    const sandbox = useSandbox();
    sandbox.write("file", "x");
    for (const command of [["list"], ["progress", "demo", "x"], ["doctor"], ["verify"]]) {
      const result = sandbox.call({ rooted: false, args: ["--registry-root", sandbox.path("file"), ...command] });
      expect(`${result.stdout}${result.stderr}`, command.join(" ")).not.toContain("internal");
    }
  });
});
