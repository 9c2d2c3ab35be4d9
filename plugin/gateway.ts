import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { rootNotePath } from "../registry-helper/index.ts";
import { Outbox } from "./delivery/outbox.ts";
import type { HostEvent } from "./host/host-events.ts";
import type { PluginApi } from "./host/plugin-api.ts";
import { registryLocation } from "./host/registry-location.ts";
import { sendMessage } from "./host/send-message.ts";
import { Recorder } from "./recorder/recorder.ts";
import { RegistryClaim } from "./recorder/registry-claim.ts";

/** How often open deliveries are looked at when nothing happens, in milliseconds. */
const TICK_MS = 1_000;
/** Longest wait for a message that is on its way when the gateway stops, in milliseconds. */
const STOP_WAIT_MS = 8_000;

/**
 * The worker's code, read when this copy of the plugin is loaded: the folder that it was loaded from is
 * gone after the next reload, while a worker may have to be started again any time later.
 */
const WORKER_CODE = readFileSync(new URL("./ledger-worker.cjs", import.meta.url), "utf8");

/** Everything of ClawTask that exists once in a gateway process: the recorder, the outbox, the claim. */
export class Gateway {
  readonly recorder: Recorder;
  private readonly outbox: Outbox;
  private readonly claim: RegistryClaim;
  private readonly timer: NodeJS.Timeout;
  private api: PluginApi;

  constructor(api: PluginApi) {
    this.api = api;
    const { root, why } = registryLocation(api, process.env);
    const problem = (message: string): void => this.api.logger.warn(`clawtask: ${message}`);
    this.recorder = new Recorder({
      root,
      startWorker: (setup) => new Worker(WORKER_CODE, { eval: true, workerData: setup }),
      onOpenDeliveries: (deliveries) => this.outbox.update(deliveries),
      problem,
    });
    this.claim = new RegistryClaim({ root, problem });
    this.outbox = new Outbox({
      now: Date.now,
      mayAct: () => this.claim.isHeld,
      report: (owner, report) => this.recorder.report(owner, report),
      send: (route, text) => sendMessage(this.api, route, text),
      problem,
    });
    this.timer = setInterval(() => this.outbox.tick(), TICK_MS);
    this.timer.unref();
    api.logger.info(`clawtask: registry ${root} (${why})`);
    noteRoot(root).catch((error: unknown) => problem(`root note: ${String(error)}`));
  }

  /** A newer copy of the plugin is there: the host calls go through it from now on. */
  use(api: PluginApi): void {
    this.api = api;
  }

  hear(event: HostEvent): void {
    this.recorder.hear(event);
    this.outbox.hear(event);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.race([this.outbox.stop(), pause(STOP_WAIT_MS, undefined, { ref: false })]);
    await this.recorder.stop();
    await this.claim.stop();
  }
}

/** Tells commands that run outside of an agent's turn (a terminal, a cron command) which registry it is. */
async function noteRoot(root: string): Promise<void> {
  const path = rootNotePath(process.env);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${root}\n`);
}
