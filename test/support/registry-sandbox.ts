import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { RunRefs, RunState } from "../../registry-helper/model/run-documents.ts";
import type { RunEvent } from "../../registry-helper/model/run-events.ts";
import { runInThread } from "./in-thread-helper.ts";
import { type WorkflowSketch, workflowText } from "./workflow-text.ts";

/** The helper as the skill ships it; `npm run build` makes it. */
export const HELPER_FILE = fileURLToPath(new URL("../../skills/clawtask/scripts/clawtask.cjs", import.meta.url));

/** What one command of the helper answered. */
export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The document on stdout; undefined when stdout is not JSON. */
  json: unknown;
}

export interface CliCall {
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Name the sandbox's registry with --registry-root. True unless said otherwise. */
  rooted?: boolean;
  /** Run as another user, for tests of permissions. */
  uid?: number;
  /** Start a process of its own, for tests of what only a process has. */
  ownProcess?: boolean;
}

/** A state file as written: the run's state and our mark. */
export type StateFile = RunState & { clawtask?: { schema: number; seq: number; bytes: number; keys: number } };

/** A registry in a folder of its own, and the helper as a process on it. */
export class RegistrySandbox {
  readonly root: string;
  /** Home of the child processes, so that no note of this user's gateway is found. */
  readonly home: string;

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "clawtask-registry-")));
    this.home = realpathSync(mkdtempSync(join(tmpdir(), "clawtask-home-")));
    if (!existsSync(HELPER_FILE)) throw new Error(`${HELPER_FILE} is not there: npm run build`);
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }

  /** How commands that are printed to be pasted begin here. */
  get self(): string {
    return `node ${HELPER_FILE} --registry-root ${this.root}`;
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  run(runId: string, ...parts: string[]): string {
    return join(this.root, "runs", runId, ...parts);
  }

  /** Writes a file below the root, with its folders. */
  write(path: string, text: string | Buffer): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  append(path: string, text: string): void {
    appendFileSync(this.path(path), text);
  }

  text(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  bytes(path: string): Buffer {
    return readFileSync(this.path(path));
  }

  /** Writes `workflows/<name>.task.md` and returns that path. */
  workflow(name: string, sketch: WorkflowSketch | string): string {
    const path = `workflows/${name}.task.md`;
    this.write(path, typeof sketch === "string" ? sketch : workflowText({ workflowId: name, ...sketch }));
    return path;
  }

  state(runId: string): StateFile {
    return JSON.parse(this.text(`runs/${runId}/state.json`)) as StateFile;
  }

  refs(runId: string): RunRefs {
    return JSON.parse(this.text(`runs/${runId}/refs.json`)) as RunRefs;
  }

  events(runId: string): RunEvent[] {
    return this.text(`runs/${runId}/events.jsonl`)
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as RunEvent);
  }

  getStatus(runId: string, nodeId: string): string | undefined {
    return this.state(runId).nodes.find((node) => node.id === nodeId)?.status;
  }

  private childOptions(call: CliCall): { argv: string[]; cwd: string; env: NodeJS.ProcessEnv } {
    const root = call.rooted === false ? [] : ["--registry-root", this.root];
    return {
      argv: [HELPER_FILE, ...root, ...call.args],
      cwd: call.cwd ?? this.root,
      env: { PATH: process.env["PATH"], HOME: this.home, ...call.env },
    };
  }

  /** Runs the helper and waits for it. */
  call(call: CliCall): CliResult {
    const { argv, cwd, env } = this.childOptions(call);
    const [file = "", ...words] = argv;
    if (call.uid === undefined && call.ownProcess !== true)
      return parseAnswer({ ...runInThread({ file, argv: words, cwd, env }), signal: null });
    const child = spawnSync(process.execPath, argv, {
      cwd,
      env,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      ...(call.uid === undefined ? {} : { uid: call.uid, gid: call.uid }),
    });
    return parseAnswer(child);
  }

  /** Runs the helper on this registry. */
  cli(...args: string[]): CliResult {
    return this.call({ args });
  }

  /** Runs the helper and expects success. */
  ok(...args: string[]): CliResult {
    const result = this.cli(...args);
    if (result.code !== 0) throw new Error(`${args.join(" ")}: exit ${result.code}\n${result.stdout}${result.stderr}`);
    return result;
  }

  /** Starts the helper and does not wait; its output is discarded unless it is asked for. */
  start(args: readonly string[], stdio: "ignore" | "pipe" = "ignore"): ChildProcess {
    const { argv, cwd, env } = this.childOptions({ args });
    return spawn(process.execPath, argv, { cwd, env, stdio: ["ignore", stdio, stdio] });
  }

  /** Runs the helper without blocking, so that many run at once. */
  async together(...args: string[]): Promise<CliResult> {
    const child = this.start(args, "pipe");
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, by) => resolve([code, by]));
    });
    return parseAnswer({ status, signal, stdout, stderr });
  }

  scaffold(runId: string, workflow: string, ...more: string[]): CliResult {
    return this.ok(
      "scaffold",
      "--workflow-path",
      workflow,
      "--run-id",
      runId,
      "--source-session-key",
      "agent:main:main",
      ...more,
    );
  }
}

function parseAnswer(child: {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}): CliResult {
  const { status, signal, stdout, stderr } = child;
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    json = undefined;
  }
  return { code: status, signal, stdout, stderr, json };
}

/** A sandbox that goes away with the test. */
export function useSandbox(): RegistrySandbox {
  const sandbox = new RegistrySandbox();
  onTestFinished(() => sandbox.dispose());
  return sandbox;
}

/** A sandbox with one run, `demo`, of the given nodes. */
export function useRun(sketch: WorkflowSketch, ...scaffoldOptions: string[]): RegistrySandbox {
  const sandbox = useSandbox();
  sandbox.scaffold("demo", sandbox.workflow("demo-flow", sketch), ...scaffoldOptions);
  return sandbox;
}
