/**
 * What recording costs the gateway: 1,000 pieces of work within 10 seconds go through the recorder of one process,
 * as hooks and broadcasts tell them, while the delay of its event loop is measured; then the same without it.
 * And whether memory grows with what is finished. Run with `npm run bench`.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { HostEvent } from "../../plugin/host/events/host-events.ts";
import { Recorder } from "../../plugin/recorder/recorder.ts";
import { openRegistry } from "../../registry-helper/internal.ts";
import { LedgerIndex } from "../../registry-helper/views/queries/ledger-index.ts";

const TASKS = 1_000;
const SPREAD_MS = 10_000;
/** Pieces of work that are finished before memory is looked at, and how many more after. */
const MEMORY_FIRST = 5_000;
const MEMORY_MORE = 15_000;
const WORKER_CODE = readFileSync(new URL("../../dist/ledger-worker.cjs", import.meta.url), "utf8");

/** Everything that a host tells about one subagent that succeeds. */
function createEvents(index: number, batch: string): HostEvent[] {
  const runId = `run-${batch}-${index}`;
  const childSessionKey = `agent:main:subagent:${batch}-${index}`;
  const requesterSessionKey = `agent:main:telegram:group:-100${index % 50}`;
  const route = { channel: "telegram", to: `telegram:-100${index % 50}`, sessionKey: requesterSessionKey };
  const spawn = { runId, childSessionKey, requesterSessionKey, label: `work ${index}`, route };
  const step = { phase: "reading_context", update: "read: notes.md" } as const;
  const turn = {
    runId,
    continued: false,
    sessionKey: childSessionKey,
    status: "succeeded",
    text: `result of ${index}: ${"words ".repeat(40)}`,
    error: undefined,
    disposition: "visible",
    delivery: undefined,
  } as const;
  return [
    { kind: "child_started", source: "subagent_progress", spawn },
    { kind: "child_started", source: "subagent_spawned", spawn },
    { kind: "spawn_accepted", spawn: { ...spawn, task: `do the work ${index}` } },
    { kind: "turn_started", runId, sessionKey: childSessionKey },
    { kind: "step", observed: { runId, sessionKey: childSessionKey, step } },
    { kind: "turn_ended", turn },
    { kind: "child_ended", spawn, outcome: "ok", error: undefined },
  ];
}

function startRecorder(root: string): Recorder {
  const recorder = new Recorder({
    root,
    startWorker: (setup) => new Worker(WORKER_CODE, { eval: true, workerData: setup }),
    onOpen: ({ deliveries }) => {
      // Somebody tells each result at once: nothing stays open, as in a gateway where all is well.
      for (const { owner } of deliveries) void recorder.report(owner, { kind: "host_confirmed", receipt: "told" });
    },
    problem: (message) => console.error(`problem: ${message}`),
  });
  return recorder;
}

/** Delay of the event loop in milliseconds while events come in evenly. */
async function delayWhile(handleEvent: (event: HostEvent) => void): Promise<{ p50: number; p99: number; max: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  for (let index = 0; index < TASKS; index += 1) {
    const dueAt = startedAt + (index * SPREAD_MS) / TASKS;
    if (performance.now() < dueAt) await pause(Math.max(1, dueAt - performance.now()));
    for (const event of createEvents(index, "a")) handleEvent(event);
  }
  delay.disable();
  const ms = (value: number): number => Math.round(value / 1e4) / 100;
  return { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
}

// The recorder never holds its process; here nothing else does.
setInterval(() => undefined, 1_000);
const root = mkdtempSync(join(tmpdir(), "clawtask-bench-"));
try {
  const alone = await delayWhile((event) => JSON.stringify(event));
  const recorder = startRecorder(root);
  await recorder.drain();
  const recording = await delayWhile((event) => recorder.handleEvent(event));
  await recorder.drain();
  const index = new LedgerIndex(openRegistry({ root }));
  index.refresh();
  const counted = index.use((database) =>
    database.prepare("SELECT count(*) AS n, sum(status = 'succeeded') AS done FROM tasks").get(),
  );
  console.log(`recorder: ${TASKS} tasks in ${SPREAD_MS / 1_000} s, 7 events each`);
  console.log(
    `  tasks in the ledger            ${Number(counted?.["n"])} of ${TASKS}, succeeded ${Number(counted?.["done"])}`,
  );
  console.log(`  event loop without recorder    p50 ${alone.p50} ms, p99 ${alone.p99} ms, max ${alone.max} ms`);
  console.log(
    `  event loop with recorder       p50 ${recording.p50} ms, p99 ${recording.p99} ms, max ${recording.max} ms`,
  );
  console.log(`  p99 added                      ${Math.round((recording.p99 - alone.p99) * 100) / 100} ms (goal: 2)`);

  const finish = async (count: number, batch: string): Promise<number> => {
    for (let index = 0; index < count; index += 1) {
      for (const event of createEvents(index, batch)) recorder.handleEvent(event);
      if (index % 200 === 199) await recorder.drain();
    }
    await recorder.drain();
    await pause(3_000);
    global.gc?.();
    return process.memoryUsage().rss / 1024 ** 2;
  };
  const startedAt = performance.now();
  const first = await finish(MEMORY_FIRST, "b");
  const more = await finish(MEMORY_MORE, "c");
  const seconds = (performance.now() - startedAt) / 1_000 - 6;
  console.log(`memory of the process (worker included)`);
  console.log(`  after ${MEMORY_FIRST + TASKS} finished tasks      ${first.toFixed(0)} MB`);
  console.log(
    `  after ${MEMORY_FIRST + MEMORY_MORE + TASKS} finished tasks     ${more.toFixed(0)} MB, ratio ${(more / first).toFixed(2)}`,
  );
  console.log(`  recorded at                    ${((MEMORY_FIRST + MEMORY_MORE) / seconds).toFixed(0)} tasks/s`);
  await recorder.stop();
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exit(0);
