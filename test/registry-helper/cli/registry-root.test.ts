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
  it("is the flag, else CLAWTASK_REGISTRY_ROOT, else OPENTASK_REGISTRY_ROOT, else the current directory", () => {
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

  it("can be given after the command (OpenTask rejects that)", () => {
    const sandbox = useSandbox();
    sandbox.scaffold("demo", sandbox.workflow("w", { nodes: [{ id: "a" }] }));
    const result = sandbox.call({
      rooted: false,
      cwd: "/",
      args: ["validate", "demo", "--registry-root", sandbox.root],
    });
    expect(result).toMatchObject({ code: 0, json: { ok: true } });
  });

  it("prefers a registry in the current directory to the gateway plugin's, and that one to an empty directory", () => {
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

  it("has ~ expanded and symbolic links resolved", () => {
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

  it("appears in printed commands only when it was given as a flag", () => {
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

  it("is not created by a read-only command when it does not exist", () => {
    const sandbox = useSandbox();
    const missing = sandbox.path("not-there");
    const result = sandbox.call({ rooted: false, args: ["--registry-root", missing, "show", "demo"] });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("code: registry_not_found");
    expect(() => sandbox.text("not-there")).toThrow("ENOENT");
  });

  it("gives no internal error when it is a file", () => {
    const sandbox = useSandbox();
    sandbox.write("file", "x");
    for (const command of [["list"], ["progress", "demo", "x"], ["doctor"], ["verify"]]) {
      const result = sandbox.call({ rooted: false, args: ["--registry-root", sandbox.path("file"), ...command] });
      expect(`${result.stdout}${result.stderr}`, command.join(" ")).not.toContain("internal");
    }
  });
});
