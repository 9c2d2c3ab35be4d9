import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../../dist/clawtask.cjs", import.meta.url));

export interface Served {
  url: string;
  port: number;
  /** Good for one use. */
  link: string;
  pid: number;
}

/** `clawtask serve` as a person starts it, on a port of the system's choice or one that was had before. */
export class DashboardServer {
  readonly root: string;
  private child: ChildProcess | undefined;

  constructor(root: string) {
    this.root = root;
  }

  async start(options: { port?: number; args?: readonly string[] } = {}): Promise<Served> {
    const argv = ["--registry-root", this.root, "serve", "--json", "--port", String(options.port ?? 0)];
    const child = spawn(process.execPath, [COMMAND, ...argv, ...(options.args ?? [])], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.child = child;
    let out = "";
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (out.includes("\n")) break;
    }
    if (!out.includes("\n")) throw new Error(`the server ended: ${String(child.exitCode)}`);
    return JSON.parse(out.slice(0, out.indexOf("\n"))) as Served;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}
