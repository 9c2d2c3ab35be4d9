import { execFileSync } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isolatedEnv, runCli } from "./support/cli.ts";
import { packPlugin, unpackPlugin } from "./support/pack.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WORKFLOW = `---
workflowId: one
title: One
nodes:
  - { id: a, title: A, kind: session_turn, prompt: p, outputs: { mode: report } }
---
`;

let packed: string;
beforeAll(async () => {
  packed = await unpackPlugin(await packPlugin(ROOT));
});

/** An OpenClaw without a gateway, with the packed plugin and skill, and a registry at the place that the plugin would take. */
class Host {
  readonly folder: string;
  readonly state: string;
  readonly registry: string;
  readonly plugin: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.folder = folder;
    this.state = join(folder, "state");
    this.registry = join(this.state, "workspace", "clawtask");
    this.plugin = join(this.state, "extensions", "clawtask");
    const configPath = join(this.state, "openclaw.json");
    this.env = isolatedEnv({ home: join(folder, "home"), stateDir: this.state, configPath, token: "none" });
  }

  static async create(): Promise<Host> {
    const host = new Host(await mkdtemp(join(tmpdir(), "clawtask-host-")));
    onTestFinished(() => rm(host.folder, { recursive: true, force: true }));
    await mkdir(join(host.folder, "home"));
    await mkdir(join(host.registry, "workflows"), { recursive: true });
    await cp(packed, host.plugin, { recursive: true });
    await cp(join(packed, "skills", "clawtask"), join(host.state, "skills", "clawtask"), { recursive: true });
    const plugins = { enabled: true, entries: { clawtask: { enabled: true } } };
    const config = { gateway: { mode: "local", port: 1 }, plugins };
    await writeFile(join(host.state, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
    await writeFile(join(host.registry, "workflows", "one.task.md"), WORKFLOW);
    const run = ["--workflow-path", "workflows/one.task.md", "--run-id", "r1", "--source-session-key", "s"];
    host.helper(host.registry, "scaffold", ...run);
    host.helper(host.registry, "list");
    return host;
  }

  helper(registry: string, ...args: string[]): string {
    const script = join(ROOT, "skills", "clawtask", "scripts", "clawtask.cjs");
    return execFileSync(process.execPath, [script, "--registry-root", registry, ...args], { encoding: "utf8" });
  }

  async json(...args: string[]): Promise<Record<string, unknown>> {
    const { stdout, stderr } = await runCli([...args, "--json"], this.env);
    const at = stdout.indexOf("{");
    if (at < 0) throw new Error(stderr);
    return JSON.parse(stdout.slice(at)) as Record<string, unknown>;
  }
}

describe("openclaw backup create", () => {
  it("takes the registry without warnings, and the copy agrees with its journals once it is repaired", async () => {
    const host = await Host.create();
    const out = join(host.folder, "out");
    await mkdir(out);
    const report = await host.json("backup", "create", "--output", out);
    expect(report["warnings"] ?? []).toEqual([]);
    const copies = join(host.folder, "copies");
    await mkdir(copies);
    execFileSync("tar", ["xzf", String(report["archivePath"]), "-C", copies]);
    const folders = await readdir(copies, { recursive: true });
    const found = folders.find((path) => path.endsWith("workspace/clawtask"));
    const copy = join(copies, found ?? "none");
    // A backup may leave out what can be built from the journals.
    await rm(join(copy, "index.sqlite"), { force: true });
    for (const name of ["state.json", "index.json"]) await rm(join(copy, "runs", "r1", name), { force: true });
    host.helper(copy, "repair", "--all", "--apply");
    expect(host.helper(copy, "verify")).toMatch(/agree with their journals/);
    expect(host.helper(copy, "list")).toContain("r1");
  });
});

describe("openclaw security audit --deep", () => {
  /**
   * Critical findings in the code of plugins and skills. Warnings are not held: each file that reads files and has the word
   * `post` or `request` in it gets one.
   */
  const findings = async (host: Host): Promise<string> => {
    const { findings: found } = await host.json("security", "audit", "--deep");
    return (found as { checkId: string; severity: string; detail?: string }[])
      .filter(({ checkId, severity }) => severity === "critical" && /^(plugins|skills)\./.test(checkId))
      .map(({ checkId, detail }) => `${checkId}: ${detail ?? ""}`)
      .join("\n");
  };

  it("finds nothing critical in the code of the plugin and the skill", async () => {
    expect(await findings(await Host.create())).toBe("");
  });

  it("would find code that is made of text in either", async () => {
    const host = await Host.create();
    await appendFile(join(host.plugin, "dist", "plugin.js"), "\nexport const x = (text) => eval(text);\n");
    await appendFile(join(host.state, "skills", "clawtask", "scripts", "clawtask.cjs"), "\nnew Function('x')();\n");
    const found = await findings(host);
    expect(found).toMatch(/plugins\.code_safety.*[\s\S]*dist\/plugin\.js/);
    expect(found).toMatch(/skills\.code_safety.*[\s\S]*clawtask\.cjs/);
  });
});
