import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";

const SCRIPTS = fileURLToPath(new URL("../../../skills/clawtask/scripts", import.meta.url));

/** Commands of every kind: they change a run, a flow, a task or nothing. */
const COMMANDS: readonly (readonly string[])[] = [
  ["progress", "demo", "half way"],
  ["next", "demo", "--claim"],
  ["note", "demo", "a word"],
  ["pause", "demo"],
  ["flows", "create", "--title", "a job"],
  ["list"],
  ["show", "demo"],
  ["events", "demo"],
  ["tasks", "list"],
  ["attention"],
  ["status"],
  ["audit"],
  ["doctor"],
  ["--help"],
  ["--version"],
];

function run(
  sandbox: RegistrySandbox,
  args: readonly string[],
  { script = join(SCRIPTS, "clawtask.cjs"), into }: { script?: string; into: string },
): { status: number | null; stdout: string; stderr: string } {
  const words = [script, "--registry-root", sandbox.root, ...args].map((word) => `'${word}'`).join(" ");
  const env = { ...process.env, HOME: sandbox.home };
  return spawnSync("bash", ["-c", `set -o pipefail; '${process.execPath}' ${words} ${into}`], {
    encoding: "utf8",
    env,
  });
}

describe("an answer that cannot be written", () => {
  it.each(COMMANDS)("is no error of the registry: %s %s", (...args) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const { status, stderr } = run(sandbox, args, { into: "> /dev/full" });
    expect(stderr).toContain("code: output_failed");
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(1);
  });

  it("leaves the change in place, and says so", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const { stderr } = run(sandbox, ["progress", "demo", "half way"], { into: "> /dev/full" });
    expect(stderr).toContain("the command was carried out");
    expect(sandbox.ok("events", "demo").stdout.match(/half way/g)).toHaveLength(1);
  });

  it.each(COMMANDS)("ends the command quietly when nobody reads it: %s %s", (...args) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(run(sandbox, args, { into: "| true" })).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("the helper below a folder with an unusual name", () => {
  it.each(["Ana Maria", "it's $(mine)", "a;b&c"])("prints commands that can be pasted: %s", (name) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const script = join(sandbox.home, name, "clawtask.cjs");
    mkdirSync(dirname(script));
    for (const file of readdirSync(SCRIPTS)) copyFileSync(join(SCRIPTS, file), join(dirname(script), file));
    const { stderr } = spawnSync(process.execPath, [script, "--registry-root", sandbox.root, "next", "ghost"], {
      encoding: "utf8",
      env: { ...process.env, HOME: sandbox.home },
    });
    const line = /^ {2}next: (.*)$/m.exec(stderr)?.[1] ?? "";
    const pasted = spawnSync(line, { shell: true, cwd: "/", encoding: "utf8" });
    expect(pasted).toMatchObject({ status: 0, stdout: expect.stringContaining("demo") as string });
  });
});

describe("the interval of a watch", () => {
  it.each(["2592000", "86401", "1e9", "0", "-1", "NaN", "Infinity"])("is refused out of its bounds: %s", (interval) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const { code, stderr } = sandbox.cli("tasks", "watch", "--interval", interval, "--count", "1");
    expect(code).toBe(2);
    expect(stderr).toContain("--interval");
  });
});
