import { mkdir, rm } from "node:fs/promises";
import { gatewayHeartbeatPath, getErrorMessage, type HeartbeatContent, version } from "../registry-helper/internal.ts";
import { replaceFile } from "./replace-file.ts";

/** How often the note is written anew, in milliseconds; `doctor` takes one that is much older for a dead gateway's. */
const WRITE_INTERVAL_MS = 10_000;

export interface GatewayHeartbeatOptions {
  root: string;
  facts: () => Omit<HeartbeatContent, "pid" | "startedAt" | "writtenAt" | "version">;
  problem: (message: string) => void;
}

/**
 * Says beside the registry how the plugin stands: which gateway, since when, what it cannot see. Read by
 * `doctor` and by whoever waits for the gateway to act; nothing depends on it.
 */
export class GatewayHeartbeat {
  private readonly options: GatewayHeartbeatOptions;
  private readonly startedAt = new Date().toISOString();
  private readonly timer: NodeJS.Timeout;
  private writing: Promise<void>;
  private stopped = false;
  private hasRoot = false;

  constructor(options: GatewayHeartbeatOptions) {
    this.options = options;
    this.timer = setInterval(() => {
      this.writing = this.write();
    }, WRITE_INTERVAL_MS);
    this.timer.unref();
    this.writing = this.write();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    // One that is under way would bring the note back.
    await this.writing;
    await rm(gatewayHeartbeatPath(this.options.root), { force: true }).catch(() => undefined);
  }

  private async write(): Promise<void> {
    if (this.stopped) return;
    const { root, facts, problem } = this.options;
    const content: HeartbeatContent = {
      pid: process.pid,
      startedAt: this.startedAt,
      writtenAt: new Date().toISOString(),
      version,
      ...facts(),
    };
    try {
      // Made once: a registry that was moved away while the gateway runs must not become two.
      if (!this.hasRoot) await mkdir(root, { recursive: true, mode: 0o700 });
      this.hasRoot = true;
      await replaceFile(gatewayHeartbeatPath(root), content);
    } catch (error) {
      problem(`gateway note: ${getErrorMessage(error)}`);
    }
  }
}
