/**
 * What the live streams cost a real gateway's event loop: 200 clients at 100 changes per second, against the same
 * gateway with the same changes and nobody listening, and against a gateway at rest, in turn, in one run. Part of
 * `npm run bench`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { newWorkflow, openRegistry, scaffoldRun } from "../../registry-helper/internal.ts";
import { startStage } from "../gateway/support/stage.ts";
import { until } from "../gateway/support/until.ts";
import { startFile, type LoopDelay, readDelay } from "./measure-delay.ts";
import { StreamFollowers } from "./stream-followers.ts";

const CLIENTS = 200;
const PER_SECOND = 100;
const SECONDS = 8;
const ROUNDS = 3;
const MOUNT = "plugins/clawtask";
const NOTE_MS = 30_000;
const PHASES = ["at rest", "changes", "changes and streams"] as const;

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "clawtask-streams-"));
const followers = new StreamFollowers();
let faulty = 0;
let dropped = 0;

async function writeChanges(root: string): Promise<void> {
  const argv = [at("change-writer.ts"), root, String(PER_SECOND), String(SECONDS)];
  await once(spawn(process.execPath, argv, { stdio: "inherit" }), "exit");
}

async function measure(name: string, work: () => Promise<void>): Promise<LoopDelay> {
  writeFileSync(startFile(folder), name);
  await until(() => readDelay(folder)?.name === name, { what: "the first note of the delay", deadlineMs: NOTE_MS });
  await work();
  const noted = readDelay(folder)?.noted ?? 0;
  return until(() => (readDelay(folder)?.noted ?? 0) > noted && readDelay(folder), {
    what: "the last note of the delay",
    deadlineMs: NOTE_MS,
  });
}

const stage = await startStage({
  respond: () => ({ text: "NO_REPLY" }),
  env: { NODE_OPTIONS: `--import=${at("measure-delay.ts")}`, CLAWTASK_DELAY_FOLDER: folder },
});
try {
  const root = join(stage.host.workspaceDir, "clawtask");
  const registry = openRegistry({ root });
  newWorkflow(registry, { name: "load", template: "blank" });
  const identity = {
    workflowPath: "workflows/load.task.md",
    sourceSessionKey: "agent:main:main",
    deliveryContext: null,
  };
  scaffoldRun(registry, { ...identity, runId: "load" });

  const measured = new Map<string, LoopDelay[]>(PHASES.map((phase) => [phase, []]));
  for (let round = 1; round <= ROUNDS; round += 1) {
    const note = (phase: string, delay: LoopDelay): void => void measured.get(phase)?.push(delay);
    note("at rest", await measure(`at rest ${round}`, () => pause(SECONDS * 1000)));
    note("changes", await measure(`changes ${round}`, () => writeChanges(root)));
    await followers.connect({ count: CLIENTS, api: `${stage.host.url}/${MOUNT}/api/`, token: stage.host.token });
    const both = await measure(`changes and streams ${round}`, async () => {
      await writeChanges(root);
      const drained = await followers.drain(PER_SECOND * SECONDS, NOTE_MS);
      faulty += drained.faulty;
      dropped += drained.dropped;
    });
    note("changes and streams", both);
  }

  console.log(`a real gateway's event loop, ${ROUNDS} rounds of ${SECONDS} s in turn, each round's delay in ms`);
  for (const [phase, list] of measured) {
    const column = (of: (one: LoopDelay) => number): string =>
      list
        .map((one) => of(one).toFixed(1))
        .join(" ")
        .padEnd(18);
    console.log(
      `  ${phase.padEnd(20)} p50 ${column((one) => one.p50)} p99 ${column((one) => one.p99)} busy s ${column((one) => one.busy / 1000)}`,
    );
  }
  console.log(`  ${CLIENTS} clients, ${PER_SECOND} changes per second: ${followers.latencies.length} deliveries`);
  console.log(`  from the change to the client: p50 ${followers.percentile(0.5)}, p99 ${followers.percentile(0.99)}`);
  console.log(`  clients that missed, repeated or mixed up a change: ${faulty}; dropped with a reason: ${dropped}`);
} finally {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(faulty === 0 ? 0 : 1);
