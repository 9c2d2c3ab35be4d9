/**
 * What questions to the ledger cost: `node test/bench/ledger-queries.ts [count]` (10,000 tasks by default, 1,000,000
 * for the large case, which needs 8 GB of disk and some minutes). Builds the index from a synthetic ledger, times
 * pages inside of one process, and the whole command in turn with the host's own `openclaw tasks list`, on an empty
 * state: its best case.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRegistry } from "../../registry-helper/registry/registry.ts";
import { openIndex } from "../../registry-helper/views/index/index-database.ts";
import { withIndex } from "../../registry-helper/views/index/with-index.ts";
import { listAttention } from "../../registry-helper/views/queries/list-attention.ts";
import type { TaskFilter } from "../../registry-helper/views/queries/task-filter.ts";
import { findTask, listTasks } from "../../registry-helper/views/queries/task-queries.ts";
import { writeSyntheticLedger } from "../support/synthetic-ledger.ts";

const GOAL_QUERY_MS = 100;
const GOAL_COMMAND_MS = 150;
const GOAL_RATIO = 0.25;
const ROUNDS = 7;

const HELPER = fileURLToPath(new URL("../../skills/clawtask/scripts/clawtask.cjs", import.meta.url));
const HOST = fileURLToPath(new URL("../../node_modules/openclaw/openclaw.mjs", import.meta.url));
const count = Number(process.argv[2] ?? 10_000);
const root = mkdtempSync(join(tmpdir(), "clawtask-ledger-bench-"));
const registry = openRegistry({ root });
const missed: string[] = [];

const row = (name: string, value: string, goal = ""): void =>
  console.log(`${name.padEnd(46)} ${value.padStart(14)}  ${goal}`);

function report(name: string, ms: number, goalMs: number): void {
  if (ms > goalMs) missed.push(name);
  row(name, `${ms.toFixed(1)} ms`, `goal ${goalMs} ms${ms <= goalMs ? "" : "  MISSED"}`);
}

function median(times: number[]): number {
  return times.sort((one, other) => one - other)[times.length >> 1] ?? Number.NaN;
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function build(): void {
  const lines = writeSyntheticLedger({ root, count, days: count > 50_000 ? 30 : 5, nowMs: Date.now() });
  const seconds = timed(() => withIndex(registry, () => undefined)) / 1000;
  row("index: tasks, lines", `${count}, ${lines}`);
  row(
    "index: build",
    `${seconds.toFixed(1)} s`,
    `${Math.round(count / seconds)} tasks/s, ${Math.round(lines / seconds)} lines/s`,
  );
  row("index: size", `${Math.round(statSync(join(root, "index.sqlite")).size / 2 ** 20)} MiB`);
  row("index: refresh without news", `${timed(() => withIndex(registry, () => undefined)).toFixed(1)} ms`);
}

/** A page of each kind, in one process with a warm index. */
function pages(): void {
  const now = Date.now() * 1000;
  const hours = (n: number): number => now - n * 3_600 * 1e6;
  const filters: Record<string, Partial<TaskFilter>> = {
    "default view": {},
    "--all": { all: true },
    "--status failed": { status: "failed" },
    "--runtime cron": { runtime: "cron" },
    "--runtime cron --status lost": { runtime: "cron", status: "lost" },
    "--owner (exact)": { owner: "agent:main:telegram:direct:17", all: true },
    "--owner (beginning, 200 sessions)": { owner: "agent:main", all: true },
    "--search (a word of nearly every task)": { search: "report" },
    "--search (rare)": { search: "number 77" },
    "--search --status running": { search: "report", status: "running" },
    "--phase stalled": { phase: "stalled" },
    "--since 2h": { since: hours(2) },
    "--since 20d --status timed_out": { since: hours(480), status: "timed_out" },
  };
  const database = openIndex(registry);
  for (const [name, filter] of Object.entries(filters)) {
    const page = (): unknown => listTasks(database, { now, limit: 50, ...filter });
    page();
    report(`page: ${name}`, median(Array.from({ length: ROUNDS }, () => timed(page))), GOAL_QUERY_MS);
  }
  const show = (): unknown => findTask(database, `run-${count >> 1}`);
  report("show by host run id", median(Array.from({ length: ROUNDS }, () => timed(show))), GOAL_QUERY_MS);
  const attention = (): unknown => listAttention(registry, database);
  row("attention", `${median(Array.from({ length: ROUNDS }, () => timed(attention))).toFixed(1)} ms`);
  database.close();
}

function command(argv: readonly string[], env: NodeJS.ProcessEnv): number {
  return timed(() => {
    const child = spawnSync(process.execPath, argv, { env, cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    if (child.status !== 0) throw new Error(`${argv.join(" ")}: exit ${child.status} ${String(child.stderr)}`);
  });
}

/** The whole command, in turn with the host's. */
function commands(): void {
  const home = join(root, "home");
  mkdirSync(home);
  const env = { PATH: process.env["PATH"], HOME: home, OPENCLAW_STATE_DIR: join(home, "state"), NO_COLOR: "1" };
  const ours = [HELPER, "--registry-root", root, "tasks", "list", "--json"];
  const theirs = [HOST, "tasks", "list", "--json"];
  const hasHost = existsSync(HOST);
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = -1; round < ROUNDS; round += 1) {
    const our = command(ours, env);
    const their = hasHost ? command(theirs, env) : Number.NaN;
    if (round < 0) continue;
    times.ours.push(our);
    times.theirs.push(their);
  }
  report("clawtask tasks list --json (whole command)", median(times.ours), GOAL_COMMAND_MS);
  if (!hasHost) return;
  const ratio = median(times.ours) / median(times.theirs);
  row("openclaw tasks list --json (nothing to list)", `${median(times.theirs).toFixed(1)} ms`);
  if (ratio > GOAL_RATIO) missed.push("ratio");
  row("clawtask / openclaw", `${ratio.toFixed(3)} x`, `goal ${GOAL_RATIO} x${ratio <= GOAL_RATIO ? "" : "  MISSED"}`);
}

try {
  console.log(`Node ${process.versions.node}; medians of ${ROUNDS}\n`);
  build();
  pages();
  commands();
} finally {
  rmSync(root, { recursive: true, force: true });
}
if (missed.length > 0) {
  console.error(`\nmissed: ${missed.join(", ")}`);
  process.exitCode = 1;
}
