/**
 * What the plugin adds to the delay of a real gateway's event loop: the same load, with and without it, in turn, in
 * one run. Each person asks for a child; the child answers at once. Run with `npm run bench`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostTasks, isOver } from "../gateway/support/host-ledger.ts";
import { OWNER_ID } from "../gateway/support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "../gateway/support/scripted-model.ts";
import { startStage } from "../gateway/support/stage.ts";
import { until } from "../gateway/support/until.ts";

const CHILDREN = 24;
const ROUNDS = 2;
const MEASURE = fileURLToPath(new URL("./measure-delay.ts", import.meta.url));

function respond(request: ModelRequest): ModelReply {
  if (request.turn === "announce" || request.turn === "settle") return { text: `announced: ${request.childResult}` };
  if (request.turn === "heartbeat") return { text: "NO_REPLY" };
  if (request.isSubagent) return { text: "done" };
  return request.toolResults.length > 0
    ? { text: "started" }
    : { toolCalls: [{ name: "sessions_spawn", args: { task: "answer", label: request.prompt } }] };
}

async function measure(withPlugin: boolean): Promise<{ p50: number; p99: number }> {
  const folder = mkdtempSync(join(tmpdir(), "clawtask-delay-"));
  const file = join(folder, "delay.json");
  const env = { NODE_OPTIONS: `--import=${MEASURE}`, CLAWTASK_DELAY_FILE: file };
  const stage = await startStage({ respond, bare: !withPlugin, env });
  try {
    const ask = (name: string, chatId: number): void =>
      void stage.telegram.say({ chatId, threadId: 77, from: OWNER_ID, text: name });
    const done = (count: number) => async (): Promise<boolean> => {
      const rows = (await hostTasks(stage.host)).filter(({ runtime }) => runtime === "subagent");
      return rows.length === count && rows.every(isOver);
    };
    ask("warm up", -9000);
    await until(done(1), { what: "the first child", deadlineMs: 60_000, everyMs: 1_000 });
    writeFileSync(file, "{}".padEnd(200));
    for (let index = 0; index < CHILDREN; index += 1) ask(`child ${index}`, -9001 - index);
    await until(done(CHILDREN + 1), { what: "all children", deadlineMs: 180_000, everyMs: 1_000 });
    return JSON.parse(readFileSync(file, "utf8").trim()) as { p50: number; p99: number };
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const results: Record<"without" | "with", { p50: number; p99: number }[]> = { without: [], with: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  results.without.push(await measure(false));
  results.with.push(await measure(true));
}
console.log(`a real gateway, ${CHILDREN} children at once, ${ROUNDS} rounds each (event loop delay, median of rounds)`);
for (const [name, rounds] of Object.entries(results)) {
  const p50 = median(rounds.map((one) => one.p50));
  const p99 = median(rounds.map((one) => one.p99));
  const all = rounds.map((one) => one.p99.toFixed(1)).join(", ");
  console.log(`  ${name.padEnd(8)} the plugin: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)} ms (${all})`);
}
process.exit(0);
