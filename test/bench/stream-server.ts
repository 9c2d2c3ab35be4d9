/** The server of `stream-load.ts`, in a process of its own: says where it is, and at the end what it took. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { loadOrCreateToken } from "../../plugin/control-plane/auth/token-file.ts";
import { serve } from "../../plugin/control-plane/serve.ts";

const RESOLUTION_MS = 5;
const root = process.argv[2] ?? "";
const code = readFileSync(new URL("../../dist/control-plane-worker.cjs", import.meta.url), "utf8");
const server = await serve({
  root,
  port: 0,
  host: "127.0.0.1",
  allowHosts: [],
  isReadOnly: true,
  rotateToken: false,
  page: undefined,
  customUi: undefined,
  startWorker: (workerData) => new Worker(code, { eval: true, workerData }),
  problem: (message) => console.error(message),
});
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let cpu = process.cpuUsage();
process.on("message", (message) => {
  if (message === "begin") {
    delay.enable();
    cpu = process.cpuUsage();
    return;
  }
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({
    rssMb: process.memoryUsage.rss() / 1e6,
    // The histogram counts its own interval.
    loopP99Ms: delay.percentile(99) / 1e6 - RESOLUTION_MS,
    loopMaxMs: delay.max / 1e6 - RESOLUTION_MS,
    cpuMs: (user + system) / 1e3,
  });
  void server.stop().then(() => process.exit(0));
});
process.send?.({ url: server.url, token: await loadOrCreateToken(root) });
