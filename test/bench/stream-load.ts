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
import { newWorkflow, openRegistry, parseMicros, scaffoldRun } from "../../registry-helper/index.ts";
import { StreamClient } from "../plugin/control-plane/support/stream-client.ts";

const CLIENTS = 200;
const PER_SECOND = 100;
const SECONDS = 8;
const MESSAGE = /^change (\d+)$/;

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
const headers = { authorization: `Bearer ${token}` };
const latencies: number[] = [];

const clients = Array.from({ length: CLIENTS }, (_, number) => {
  const client =
    number % 2 === 0
      ? StreamClient.overWebSocket(`${url.replace("http", "ws")}api/stream`, { headers })
      : StreamClient.overEvents(`${url}api/events/stream`, headers);
  client.onMessage = ({ changes = [] }) => {
    const now = Date.now();
    for (const change of changes)
      if (MESSAGE.test(change.message ?? "")) latencies.push(now - (parseMicros(change.at) ?? 0) / 1000);
  };
  return client;
});
await Promise.all(clients.map((client) => client.first("snapshot")));
server.send("begin");
const writer = spawn(process.execPath, [at("change-writer.ts"), root, String(PER_SECOND), String(SECONDS)], {
  stdio: "inherit",
});
await once(writer, "exit");
const total = PER_SECOND * SECONDS;
const isWhole = (client: StreamClient): boolean =>
  client.changes.at(-1)?.message === `change ${total - 1}` || client.messages.at(-1)?.type === "dropped";
await Promise.all(clients.map((client) => client.until(isWhole, 20_000)));

const wrong = clients.filter((client) => {
  if (client.messages.at(-1)?.type === "dropped") return false;
  const numbers = client.changes.flatMap(({ message }) => MESSAGE.exec(message ?? "")?.[1] ?? []).map(Number);
  return numbers.length !== total || numbers.some((number, index) => number !== index);
});
const dropped = clients.filter((client) => client.messages.at(-1)?.type === "dropped").length;
server.send("report");
const [took] = (await once(server, "message")) as [
  { rssMb: number; loopP99Ms: number; loopMaxMs: number; cpuMs: number },
];
for (const client of clients) client.close();
if (server.exitCode === null) await once(server, "exit");
rmSync(root, { recursive: true, force: true });

latencies.sort((one, other) => one - other);
const percentile = (share: number): string =>
  `${(latencies[Math.floor(latencies.length * share)] ?? NaN).toFixed(0)} ms`;
console.log(
  `${CLIENTS} stream clients, ${PER_SECOND} changes per second for ${SECONDS} s (${latencies.length} deliveries)`,
);
console.log(
  `  from the change to the client: p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, longest ${percentile(0.999999)}`,
);
console.log(`  clients that missed, repeated or mixed up a change: ${wrong.length}; dropped with a reason: ${dropped}`);
console.log(
  `  server: ${took.rssMb.toFixed(0)} MB, event loop delay p99 ${took.loopP99Ms.toFixed(1)} ms, longest ${took.loopMaxMs.toFixed(1)} ms, ` +
    `${((100 * took.cpuMs) / (SECONDS * 1000)).toFixed(0)} % of a core`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
