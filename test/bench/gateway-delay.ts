/**
 * What the plugin adds to the delay of a real gateway's event loop: the same load, with and without it, in turn, in
 * one run. Each person asks for a child; the child answers at once. Run with `npm run bench`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askInBatches } from "../gateway/support/ask-in-batches.ts";
import { hostTasks, type HostTaskRow, hasEnded } from "../gateway/support/host-ledger.ts";
import { OWNER_ID } from "../gateway/support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "../gateway/support/scripted-model.ts";
import { startStage } from "../gateway/support/stage.ts";
import { until } from "../gateway/support/until.ts";
import { startFile, type LoopDelay, readDelay } from "./measure-delay.ts";

const CHILDREN = 16;
const ROUNDS = 3;
const STEP_MS = 60_000;
const MEASURE = fileURLToPath(new URL("./measure-delay.ts", import.meta.url));

type Measured = Pick<LoopDelay, "p50" | "p90" | "p99" | "busy">;

/** An agent that spawns a child for `do <label>`, and notes when it was asked and what has begun. */
class Agent {
  readonly receivedAt = new Map<string, number>();
  readonly started = new Set<string>();

  respond(request: ModelRequest): ModelReply {
    if (request.turn === "announce" || request.turn === "settle") return { text: `announced: ${request.childResult}` };
    if (request.turn === "heartbeat") return { text: "NO_REPLY" };
    if (request.isSubagent) return { text: "done" };
    const label = /^do (\S+)$/.exec(request.prompt)?.[1];
    if (label === undefined) return { text: "NO_REPLY" };
    this.receivedAt.set(label, request.at);
    if (request.toolResults.length === 0)
      return { toolCalls: [{ name: "sessions_spawn", args: { task: "answer", label } }] };
    this.started.add(label);
    return { text: "started" };
  }
}

async function measure(withPlugin: boolean): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "clawtask-delay-"));
  const env = { NODE_OPTIONS: `--import=${MEASURE}`, CLAWTASK_DELAY_FOLDER: folder };
  const agent = new Agent();
  const stage = await startStage({ respond: (request) => agent.respond(request), bare: !withPlugin, env });
  const children = async (): Promise<HostTaskRow[]> =>
    (await hostTasks(stage.host)).filter(({ runtime }) => runtime === "subagent");
  const runAll = async (names: readonly string[], chatId: number): Promise<void> => {
    const from = stage.telegram.sent.length;
    await askInBatches(names, {
      ask: (name) =>
        void stage.telegram.say({
          chatId: chatId - names.indexOf(name),
          threadId: 77,
          from: OWNER_ID,
          text: `do ${name}`,
        }),
      receivedAt: (name) => agent.receivedAt.get(name),
      hasStarted: (name) => agent.started.has(name),
      listStartedByHost: async () => new Set((await children()).flatMap(({ label }) => label ?? [])),
      deadlineMs: STEP_MS,
    });
    const countAnnounced = (): number =>
      stage.telegram.sent.slice(from).filter(({ text }) => text === "announced: done").length;
    await until(() => countAnnounced() >= names.length, {
      what: "every child to be announced",
      deadlineMs: STEP_MS,
      explain: () => `${countAnnounced()} of ${names.length}`,
    });
  };
  try {
    await runAll(["warm-up"], -9000);
    writeFileSync(startFile(folder), "");
    await until(() => readDelay(folder), { what: "the first note of the delay", deadlineMs: STEP_MS });
    await runAll(
      Array.from({ length: CHILDREN }, (_, index) => `child-${index}`),
      -9001,
    );
    const noted = readDelay(folder)?.noted ?? 0;
    const last = await until(() => (readDelay(folder)?.noted ?? 0) > noted && readDelay(folder), {
      what: "the last note of the delay",
      deadlineMs: STEP_MS,
    });
    const rows = await children();
    if (!rows.every(hasEnded)) throw new Error("a child was announced and is not over");
    return last;
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

const without: Measured[] = [];
const withIt: Measured[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  // Who begins takes turns too: a machine that gets busier must not count for one side only.
  for (const isWith of round % 2 === 0 ? [false, true] : [true, false])
    (isWith ? withIt : without).push(await measure(isWith));
}
console.log(`a real gateway, ${CHILDREN} children, ${ROUNDS} rounds each in turn: its event loop, in ms`);
console.log("  value       without      with  difference   each round without | with");
const values = [
  ["delay p50", (one: Measured) => one.p50],
  ["delay p90", (one: Measured) => one.p90],
  ["delay p99", (one: Measured) => one.p99],
  ["busy/child", (one: Measured) => one.busy / CHILDREN],
] as const;
for (const [name, of] of values) {
  const [before, after] = [without.map(of), withIt.map(of)];
  const cells = [median(before), median(after), median(after) - median(before)].map((value) => value.toFixed(2));
  const rounds = [before, after].map((side) => side.map((value) => value.toFixed(1)).join(" ")).join(" | ");
  console.log(`  ${name.padEnd(10)} ${cells.map((cell) => cell.padStart(9)).join(" ")}   ${rounds}`);
}
process.exit(0);
