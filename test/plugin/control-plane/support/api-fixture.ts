import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createApiContext } from "../../../../plugin/control-plane/api/create-context.ts";
import { handleRequest, type Caller, type ApiContext } from "../../../../plugin/control-plane/api/handle-request.ts";
import { runCli } from "../../../../registry-helper/cli/main.ts";
import { type Registry, scaffoldRun } from "../../../../registry-helper/internal.ts";
import { type WorkflowSketch, workflowText } from "../../../support/workflow-text.ts";
import { LedgerTable } from "../../support/ledger-table.ts";

/** What came back, with its document. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test looks at a document of its own shape
  json: any;
}

export interface Asked {
  headers?: Record<string, string>;
  caller?: Partial<Caller>;
}

/** One field of each entry of a list. */
export function each(list: unknown, field: string): unknown[] {
  return (list as Record<string, unknown>[]).map((entry) => entry[field]);
}

export const TOPIC = "agent:main:telegram:group:-100123:topic:77";

/** A registry in a folder of its own, and the API on it. */
export class ApiFixture {
  readonly table = new LedgerTable();
  readonly context: ApiContext;

  constructor(more: Partial<ApiContext> = {}) {
    this.table.now = Date.now() * 1000 - 60_000_000;
    this.context = createApiContext({ root: this.registry.root, ...more });
    onTestFinished(() => this.context.index.close());
  }

  get registry(): Registry {
    return this.table.registry;
  }

  get root(): string {
    return this.registry.root;
  }

  async get(path: string, asked: Asked = {}): Promise<Reply> {
    return await this.ask("GET", path, undefined, asked);
  }

  async post(path: string, body?: unknown, asked: Asked = {}): Promise<Reply> {
    return await this.ask("POST", path, body, asked);
  }

  async ask(
    method: "GET" | "HEAD" | "POST" | "DELETE",
    url: string,
    body?: unknown,
    asked: Asked = {},
  ): Promise<Reply> {
    const { pathname, searchParams } = new URL(`http://x${url}`);
    const response = await handleRequest(this.context, {
      method,
      path: pathname,
      query: searchParams,
      headers: asked.headers ?? {},
      body,
      caller: { actor: "dashboard", scope: "write", mode: "standalone", ...asked.caller },
    });
    const text = String(response.body);
    const isJson = response.headers["content-type"]?.includes("json") === true && text !== "";
    return { ...response, text, json: isJson ? JSON.parse(text) : undefined };
  }

  write(path: string, content: string | Buffer): void {
    const at = join(this.root, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, content);
  }

  /** Writes `workflows/<workflowId>.task.md`; returns its path. */
  workflow(sketch: WorkflowSketch | string, name?: string): string {
    const text = typeof sketch === "string" ? sketch : workflowText(sketch);
    const file = name ?? (typeof sketch === "string" ? "flow" : (sketch.workflowId ?? "flow"));
    const path = `workflows/${file}.task.md`;
    this.write(path, text);
    return path;
  }

  /** A run of a workflow that is written for it. */
  run(runId: string, sketch: WorkflowSketch | string, name?: string): void {
    scaffoldRun(this.registry, {
      runId,
      workflowPath: this.workflow(sketch, name),
      sourceSessionKey: TOPIC,
      deliveryContext: { channel: "telegram", to: "telegram:-100123", threadId: 77 },
    });
  }

  /** A command of the helper that has to succeed. */
  async cli(...argv: string[]): Promise<void> {
    let err = "";
    const exit = await runCli({
      argv: ["--registry-root", this.registry.root, ...argv],
      env: {},
      cwd: this.registry.root,
      self: "clawtask",
      isTerminal: false,
      out: () => undefined,
      err: (text) => (err += text),
    });
    if (exit !== 0) throw new Error(`${argv.join(" ")}: ${err}`);
  }

  /** Begins a task that a session asked for; returns its id. */
  start(label: string, requesterSessionKey = TOPIC): string {
    this.table.handleEvent({
      kind: "child_started",
      source: "subagent_spawned",
      spawn: {
        runId: `host-${label}`,
        childSessionKey: `agent:main:subagent:${label}`,
        requesterSessionKey,
        label,
        task: `do ${label}`,
      },
    });
    const found = this.table.tasks().find((task) => task.label === label);
    if (found === undefined) throw new Error(`no task for ${label}`);
    return found.taskId;
  }

  end(label: string, outcome = "ok"): void {
    this.table.handleEvent({
      kind: "child_ended",
      spawn: { runId: `host-${label}`, childSessionKey: `agent:main:subagent:${label}` },
      outcome,
      error: outcome === "ok" ? undefined : "it broke",
    });
  }
}
