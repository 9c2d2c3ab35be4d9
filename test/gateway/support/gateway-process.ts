import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BIN_DIR } from "./cli.ts";
import { guardGroup } from "./process-guard.ts";
import { until } from "./until.ts";

/** Milliseconds from process start to an answer of `/healthz`. */
const START_DEADLINE_MS = 180_000;
/** Milliseconds between two looks at `/healthz`. */
const HEALTH_EVERY_MS = 100;
/** Milliseconds that a stop on request may take (open work is drained) before it is forced. */
const STOP_DEADLINE_MS = 30_000;
/** Lines of the log that an error about a dead gateway quotes. */
const QUOTED_LINES = 40;

/** A running `openclaw gateway run`. */
export interface GatewayProcess {
  readonly pid: number;
  /** Asks it to end, and forces it after the deadline; resolves when it is gone. */
  stop(options?: { deadlineMs?: number }): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill9(): Promise<void>;
}

/** What a gateway is started with. */
export interface GatewayStart {
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  /** File that takes its output; appended to. */
  readonly outputFile: string;
}

/** Starts the gateway and waits until it answers; a gateway that dies first is an error with its last words. */
export async function startGateway(start: GatewayStart): Promise<GatewayProcess> {
  const output = openSync(start.outputFile, "a");
  const child = spawn(join(BIN_DIR, "openclaw"), ["gateway", "run"], {
    env: start.env,
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  await once(child, "spawn");
  const pid = child.pid as number;
  const guard = guardGroup(pid);
  const gone = once(child, "exit").then(() => guard.release());

  const gateway: GatewayProcess = {
    pid,
    async stop({ deadlineMs = STOP_DEADLINE_MS } = {}) {
      signal(child, "SIGTERM");
      const force = setTimeout(() => signal(child, "SIGKILL"), deadlineMs);
      await gone;
      clearTimeout(force);
    },
    async kill9() {
      signal(child, "SIGKILL");
      await gone;
    },
  };
  try {
    await until(() => healthy(child, start), {
      deadlineMs: START_DEADLINE_MS,
      everyMs: HEALTH_EVERY_MS,
      what: "an answer of /healthz",
    });
  } catch (error) {
    await gateway.kill9();
    throw new Error(`the gateway did not start: ${String(error)}\n${await lastLines(start.outputFile)}`, {
      cause: error,
    });
  }
  return gateway;
}

async function healthy(child: ChildProcess, { port }: GatewayStart): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
  const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
  return response?.ok === true;
}

/** Signals the gateway's whole process group, so that tools that it started end with it. */
function signal(child: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const pid = child.pid as number;
  process.kill(name === "SIGKILL" ? -pid : pid, name);
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").slice(-QUOTED_LINES).join("\n");
}
