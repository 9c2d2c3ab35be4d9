import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { useTempFolder } from "../support/temp-folder.ts";

/** As `npm run build` makes it. */
const CLAWTASK = fileURLToPath(new URL("../../../dist/clawtask.cjs", import.meta.url));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function install(args: readonly string[], cwd: string): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLAWTASK, "install-skill", ...args], {
    cwd,
    encoding: "utf8",
    env: { HOME: cwd, PATH: process.env["PATH"] },
  });
  return { code: status, stdout, stderr };
}

describe("clawtask install-skill", () => {
  it("installs the whole skill into a directory that did not exist", () => {
    const folder = useTempFolder();
    const skills = join(folder, "deep", "skills");
    const { code, stdout } = install(["--dir", skills, "--json"], folder);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ok: true, skill: join(skills, "clawtask"), replaced: false });
    expect(readFileSync(join(skills, "clawtask", "SKILL.md"), "utf8")).toMatch(/^name: clawtask$/m);
    expect(readdirSync(skills)).toEqual(["clawtask"]);
  });

  it("resolves a relative directory against the working directory", () => {
    const folder = useTempFolder();
    expect(install(["--dir", "skills"], folder).code).toBe(0);
    expect(existsSync(join(folder, "skills", "clawtask", "scripts", "clawtask.cjs"))).toBe(true);
  });

  it("replaces an older ClawTask skill completely", () => {
    const folder = useTempFolder();
    install(["--dir", folder], folder);
    writeFileSync(join(folder, "clawtask", "left-over.txt"), "old");
    const { code, stdout } = install(["--dir", folder, "--json"], folder);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ replaced: true });
    expect(existsSync(join(folder, "clawtask", "left-over.txt"))).toBe(false);
    expect(existsSync(join(folder, "clawtask", "SKILL.md"))).toBe(true);
  });

  it.each([
    ["another skill", "---\nname: clawtask-notes\n---\n"],
    ["a folder without a skill", undefined],
  ])("leaves %s of that name unchanged and reports it", (_what, manifest) => {
    const folder = useTempFolder();
    mkdirSync(join(folder, "clawtask"));
    writeFileSync(join(folder, "clawtask", "precious.txt"), "mine");
    if (manifest !== undefined) writeFileSync(join(folder, "clawtask", "SKILL.md"), manifest);
    const { code, stdout, stderr } = install(["--dir", folder], folder);

    expect(code).toBe(1);
    expect(stdout + stderr).toContain("is not a ClawTask skill");
    expect(readFileSync(join(folder, "clawtask", "precious.txt"), "utf8")).toBe("mine");
    expect(readdirSync(folder)).toEqual(["clawtask"]);
  });

  it("reports that the directory cannot be written", () => {
    const folder = useTempFolder();
    writeFileSync(join(folder, "file"), "");
    const { code, stdout, stderr } = install(["--dir", join(folder, "file")], folder);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("could not write");
  });

  it("requires --dir", () => {
    const { code, stdout, stderr } = install([], useTempFolder());
    expect(code).toBe(2);
    expect(stdout + stderr).toContain("--dir");
  });
});

describe("the installed skill", () => {
  it("works on its own from any directory with an empty environment", () => {
    const folder = useTempFolder();
    install(["--dir", join(folder, "skills")], folder);
    const helper = join(folder, "skills", "clawtask", "scripts", "clawtask.cjs");
    const elsewhere = useTempFolder();
    const workflow =
      "---\nworkflowId: w\ntitle: W\nnodes:\n  - id: a\n    title: A\n    kind: session_turn\n    prompt: p\n    outputs: { mode: notify }\n---\n";
    mkdirSync(join(elsewhere, "workflows"));
    writeFileSync(join(elsewhere, "workflows", "w.task.md"), workflow);
    const bare = (...args: string[]): string =>
      execFileSync("env", ["-i", process.execPath, helper, ...args], { cwd: elsewhere, encoding: "utf8" });

    const options = ["--workflow-path", "workflows/w.task.md", "--run-id", "r1", "--source-session-key", "s"];
    bare("scaffold", ...options);
    bare("transition-node", "r1", "a", "running");
    expect(JSON.parse(bare("validate", "r1"))).toMatchObject({ ok: true });
    expect(readFileSync(join(elsewhere, "runs", "r1", "state.json"), "utf8")).toContain('"running"');
    expect(JSON.parse(bare("list", "--json"))).toMatchObject({ runs: [{ runId: "r1" }] });
  });
});
