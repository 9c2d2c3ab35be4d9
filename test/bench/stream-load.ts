/**
 * 200 clients of the live streams, WebSockets and event streams mixed, at 100 changes per second (part of `npm run bench`):
 * every client gets every change in order, or is dropped with a reason.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newWorkflow, openRegistry, scaffoldRun } from "../../registry-helper/internal.ts";
import { StreamFollowers } from "./stream-followers.ts";

const CLIENTS = 200;
const PER_SECOND = 100;
const SECONDS = 8;
const DRAIN_MS = 20_000;

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const root = mkdtempSync(join(tmpdir(), "clawtask-stream-bench-"));
const registry = openRegistry({ root });
newWorkflow(registry, { name: "load", template: "blank" });
scaffoldRun(registry, {
  workflowPath: "workflows/load.task.md",
  runId: "load",
  sourceSessionKey: "agent:main:main",
  deliveryContext: null,
});

const server = fork(at("stream-server.ts"), [root]);
const [{ url, token }] = (await once(server, "message")) as [{ url: string; token: string }];
const followers = new StreamFollowers();
await followers.connect({ count: CLIENTS, api: `${url}api/`, token });
server.send("begin");
const writer = spawn(process.execPath, [at("change-writer.ts"), root, String(PER_SECOND), String(SECONDS)], {
  stdio: "inherit",
});
await once(writer, "exit");
const { faulty, dropped } = await followers.drain(PER_SECOND * SECONDS, DRAIN_MS);
server.send("report");
const [took] = (await once(server, "message")) as [
  { rssMb: number; loopP99Ms: number; loopMaxMs: number; cpuMs: number },
];
if (server.exitCode === null) await once(server, "exit");
rmSync(root, { recursive: true, force: true });

console.log(
  `${CLIENTS} stream clients, ${PER_SECOND} changes per second for ${SECONDS} s (${followers.latencies.length} deliveries)`,
);
console.log(
  `  from the change to the client: p50 ${followers.percentile(0.5)}, p99 ${followers.percentile(0.99)}, longest ${followers.percentile(0.999999)}`,
);
console.log(`  clients that missed, repeated or mixed up a change: ${faulty}; dropped with a reason: ${dropped}`);
console.log(
  `  server: ${took.rssMb.toFixed(0)} MB, event loop delay p99 ${took.loopP99Ms.toFixed(1)} ms, longest ${took.loopMaxMs.toFixed(1)} ms, ` +
    `${((100 * took.cpuMs) / (SECONDS * 1000)).toFixed(0)} % of a core`,
);
process.exitCode = faulty === 0 ? 0 : 1;
