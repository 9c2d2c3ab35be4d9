/**
 * What a command of the helper costs, as ratios measured in one run: `npm run bench`.
 *
 * Absolute times move with the machine and its load; each row is therefore a median of commands that took
 * turns with `node -e 0`. Exits 1 when a goal is missed by more than MISSED_BY_FAR.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { RegistrySandbox } from "../support/bare-sandbox.ts";

/** Most that a hot verb may cost, in units of an empty `node -e 0`. */
const GOAL_VERB_RATIO = 1.5;
/** Most that `progress` may cost at LONG_HISTORY events, in units of its cost at SHORT_HISTORY. */
const GOAL_HISTORY_RATIO = 1.1;
/** A goal that is missed by more than this factor fails the run; less is noise of a shared machine. */
const MISSED_BY_FAR = 1.15;

const ROUNDS = 61;
const WARM_UP_ROUNDS = 3;
const SHORT_HISTORY = 100;
const LONG_HISTORY = 100_000;

interface Subject {
  name: string;
  argv: () => readonly string[];
}

function runOnce(sandbox: RegistrySandbox, argv: readonly string[]): number {
  const started = process.hrtime.bigint();
  const child = spawnSync(process.execPath, argv, {
    env: sandbox.env,
    cwd: sandbox.root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const took = Number(process.hrtime.bigint() - started) / 1e6;
  if (child.status !== 0) throw new Error(`${argv.join(" ")}: exit ${child.status} ${String(child.stderr)}`);
  return took;
}

/** Medians of commands that take turns, so that a slow moment hits all of them alike. */
function medians(sandbox: RegistrySandbox, subjects: readonly Subject[], rounds: number): Map<string, number> {
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const { name, argv } of subjects) {
      const took = runOnce(sandbox, argv());
      if (round >= 0) times.get(name)?.push(took);
    }
  }
  return new Map([...times].map(([name, list]) => [name, list.sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN]));
}

/** Lengthens a run's journal to so many events by writing the lines that `progress` would. */
function lengthen(sandbox: RegistrySandbox, runId: string, events: number): void {
  const fd = openSync(sandbox.path("runs", runId, "events.jsonl"), "a");
  const start = Date.now() * 1000;
  for (let seq = 3; seq <= events; seq += 1) {
    const timestamp = new Date(start / 1000 + seq / 1000)
      .toISOString()
      .replace("Z", `${String(seq % 1000).padStart(3, "0")}+00:00`);
    writeSync(
      fd,
      `{"event": "run.progress", "timestamp": "${timestamp}", "runId": "${runId}", "payload": {}, "message": "step ${seq}", "seq": ${seq}}\n`,
    );
  }
  closeSync(fd);
  sandbox.helper("progress", runId, "the first command folds what was added");
}

function hotVerbs(sandbox: RegistrySandbox): Map<string, number> {
  sandbox.scaffold("hot", sandbox.workflow("hot", 10));
  let turn = 0;
  return medians(
    sandbox,
    [
      { name: "node -e 0", argv: () => ["-e", "0"] },
      { name: "progress", argv: () => sandbox.argv("progress", "hot", `step ${(turn += 1)}`) },
      {
        name: "bind",
        argv: () => sandbox.argv("bind", "hot", "child-session", "--node-id", "n0", "--value", `child-${turn}`),
      },
      {
        name: "transition-node",
        argv: () =>
          sandbox.argv(
            "transition-node",
            "hot",
            "n0",
            sandbox.statusOf("hot", "n0") === "running" ? "waiting" : "running",
          ),
      },
    ],
    ROUNDS,
  );
}

function history(sandbox: RegistrySandbox): Map<string, number> {
  const path = sandbox.workflow("history", 10);
  for (const [runId, events] of [
    ["short", SHORT_HISTORY],
    ["long", LONG_HISTORY],
  ] as const) {
    sandbox.scaffold(runId, path);
    lengthen(sandbox, runId, events);
  }
  return medians(
    sandbox,
    ["short", "long"].map((runId) => ({ name: runId, argv: () => sandbox.argv("progress", runId, "on") })),
    ROUNDS,
  );
}

function scaffolds(sandbox: RegistrySandbox): Map<string, number> {
  const subject = (nodes: number): Subject => {
    const path = sandbox.workflow(`w${nodes}`, nodes);
    let count = 0;
    return {
      name: String(nodes),
      argv: () =>
        sandbox.argv(
          "scaffold",
          "--workflow-path",
          path,
          "--run-id",
          `s${nodes}-${(count += 1)}`,
          "--source-session-key",
          "k",
        ),
    };
  };
  return medians(sandbox, [subject(10), subject(1000)], 11);
}

/** 20 processes at a time, each with 20 commands on one run: commands per second, and how many were lost. */
async function parallelRate(sandbox: RegistrySandbox): Promise<{ rate: number; failed: number; lost: number }> {
  sandbox.scaffold("busy", sandbox.workflow("busy", 1));
  let failed = 0;
  const writer = async (): Promise<void> => {
    for (let round = 0; round < 20; round += 1) {
      const child = spawn(process.execPath, sandbox.argv("progress", "busy", "x"), {
        env: sandbox.env,
        stdio: "ignore",
      });
      const code = await new Promise((resolve) => child.once("exit", resolve));
      if (code !== 0) failed += 1;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: 20 }, writer));
  const seconds = (performance.now() - started) / 1000;
  return { rate: 400 / seconds, failed, lost: 402 - failed - sandbox.lines("busy") };
}

const sandbox = new RegistrySandbox();
const missed: string[] = [];
const row = (name: string, value: string, goal = ""): void =>
  console.log(`${name.padEnd(46)} ${value.padStart(12)}  ${goal}`);
const judged = (name: string, ratio: number, goal: number): void => {
  if (!(ratio <= goal * MISSED_BY_FAR)) missed.push(name);
  row(name, `${ratio.toFixed(2)} x`, `goal ${goal.toFixed(1)} x${ratio <= goal ? "" : "  MISSED"}`);
};

try {
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  );
  console.log(`medians of ${ROUNDS}, taking turns\n`);

  const hot = hotVerbs(sandbox);
  const empty = hot.get("node -e 0") ?? Number.NaN;
  row("node -e 0", `${empty.toFixed(1)} ms`);
  for (const [name, ms] of [...hot].slice(1)) judged(`${name} / node -e 0`, ms / empty, GOAL_VERB_RATIO);

  const long = history(sandbox);
  judged(
    `progress at ${LONG_HISTORY} / at ${SHORT_HISTORY} events`,
    (long.get("long") ?? 0) / (long.get("short") ?? 0),
    GOAL_HISTORY_RATIO,
  );

  const made = scaffolds(sandbox);
  row("scaffold 10 nodes / node -e 0", `${((made.get("10") ?? 0) / empty).toFixed(2)} x`);
  row("scaffold 1000 nodes / 10 nodes", `${((made.get("1000") ?? 0) / (made.get("10") ?? 0)).toFixed(2)} x`);

  const { rate, failed, lost } = await parallelRate(sandbox);
  row("20 processes x 20 progress on one run", `${rate.toFixed(0)} /s`, `${failed} failed, ${lost} lost`);
  if (failed + lost > 0) missed.push("20 x 20");
} finally {
  sandbox.dispose();
}
if (missed.length > 0) {
  console.error(`\nmissed by far: ${missed.join(", ")}`);
  process.exitCode = 1;
}
