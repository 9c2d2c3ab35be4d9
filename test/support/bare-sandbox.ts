import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HELPER_FILE = fileURLToPath(new URL("../../skills/clawtask/scripts/clawtask.cjs", import.meta.url));

/** A registry in a temporary folder and the command lines of the helper on it, without a test runner. */
export class RegistrySandbox {
  private readonly helperFile: string;
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "clawtask-bench-")));
  readonly env: NodeJS.ProcessEnv = { PATH: process.env["PATH"], HOME: this.root };

  /** @param helperFile the helper to run; the one of this build unless told otherwise */
  constructor(helperFile = HELPER_FILE) {
    this.helperFile = helperFile;
    if (!existsSync(helperFile)) throw new Error(`${helperFile} is not there: npm run build`);
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  argv(...args: string[]): string[] {
    return [this.helperFile, "--registry-root", this.root, ...args];
  }

  helper(...args: string[]): void {
    const child = spawnSync(process.execPath, this.argv(...args), { env: this.env, encoding: "utf8" });
    if (child.status !== 0) throw new Error(`${args.join(" ")}: ${child.stderr}`);
  }

  /** Writes a workflow of so many nodes, each needing the one before it. */
  workflow(name: string, nodes: number): string {
    const path = `workflows/${name}.task.md`;
    const lines = ["---", `workflowId: ${name}`, `title: ${name}`, "nodes:"];
    for (let index = 0; index < nodes; index += 1) {
      lines.push(`  - id: n${index}`, `    title: Node ${index}`, "    kind: subagent");
      lines.push(`    needs: [${index === 0 ? "" : `n${index - 1}`}]`, "    outputs:", "      mode: report");
      if (nodes <= 10) lines.push(`    prompt: Do step ${index} well.`);
    }
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), `${lines.join("\n")}\n---\n`);
    return path;
  }

  scaffold(runId: string, workflow: string): void {
    this.helper("scaffold", "--workflow-path", workflow, "--run-id", runId, "--source-session-key", "agent:main:main");
  }

  getStatus(runId: string, nodeId: string): string | undefined {
    const state = JSON.parse(readFileSync(this.path("runs", runId, "state.json"), "utf8")) as {
      nodes: { id: string; status: string }[];
    };
    return state.nodes.find(({ id }) => id === nodeId)?.status;
  }

  lines(runId: string): number {
    return readFileSync(this.path("runs", runId, "events.jsonl"), "utf8").split("\n").length - 1;
  }
}
