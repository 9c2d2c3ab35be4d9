/**
 * What a command of the helper costs, as ratios measured in one run: `npm run bench`.
 *
 * Absolute times move with the machine and its load; each row is therefore of commands that took turns with
 * `node -e 0`: the median of the time on the clock, which is judged, and the mean of their processor time where the
 * system tells it (in ticks of 10 ms). Exits 1 when a goal is missed by more than MISSED_BY_FAR.
 *
 * With `CLAWTASK_BENCH_BEFORE=<path of another clawtask.cjs>` the commands of that helper take turns with ours, each on
 * a registry of its own, and every row says how ours compares.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { runAggregate } from "../../registry-helper/domain/run/aggregate.ts";
import { commitAll } from "../../registry-helper/registry/commit.ts";
import { openRegistry } from "../../registry-helper/registry/registry.ts";
import { RunJournal } from "../../registry-helper/storage/run-journal.ts";
import { RegistrySandbox } from "../support/bare-sandbox.ts";

/** Most that a hot verb may cost, in units of an empty `node -e 0`. */
const GOAL_COMMAND_RATIO = 1.5;
/** Most that `progress` may cost at LONG_HISTORY events, in units of its cost at SHORT_HISTORY. */
const GOAL_HISTORY_RATIO = 1.2;
/** Most memory that `progress` may take at LONG_HISTORY events, in MB. */
const GOAL_MEMORY_MB = 80;
/** Most that a scaffold of 1,000 nodes may cost, in units of one of 10 nodes. */
const GOAL_SCAFFOLD_RATIO = 2;
/** Least rate of commits in one process, in units of raw appends of the same groups with a flush. */
const GOAL_COMMIT_RATIO = 0.5;
/** A goal that is missed by more than this factor fails the run; less is noise of a shared machine. */
const MISSED_BY_FAR = 1.15;

/** The helper of the state before, if there is one to compare with. */
const HELPER_BEFORE = process.env["CLAWTASK_BENCH_BEFORE"];

const ROUNDS = Number(process.env["CLAWTASK_BENCH_ROUNDS"] ?? 61);
const WARM_UP_ROUNDS = 3;
const SHORT_HISTORY = 100;
const LONG_HISTORY = 1_000_000;
const COMMITS = 10_000;
const COMMITS_PER_GROUP = 100;

interface Subject {
  name: string;
  sandbox: RegistrySandbox;
  argv: () => readonly string[];
}

/** What a command took, in ms: on the clock, and of the processors. */
interface Cost {
  clock: number;
  processor: number;
}

/** Processor time of all children so far, in ms; NaN where the system does not tell. It comes in ticks of 10 ms. */
function childrenTime(): number {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
    return 10 * (Number(fields[13]) + Number(fields[14]));
  } catch {
    return Number.NaN;
  }
}

function runOnce(sandbox: RegistrySandbox, argv: readonly string[]): Cost {
  const before = childrenTime();
  const started = process.hrtime.bigint();
  const child = spawnSync(process.execPath, argv, {
    env: sandbox.env,
    cwd: sandbox.root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const took = Number(process.hrtime.bigint() - started) / 1e6;
  if (child.status !== 0) throw new Error(`${argv.join(" ")}: exit ${child.status} ${String(child.stderr)}`);
  return { clock: took, processor: childrenTime() - before };
}

/** Commands that take turns, so that a slow moment hits all of them alike. */
function costs(subjects: readonly Subject[], rounds: number): Map<string, Cost> {
  const times = new Map(subjects.map(({ name }) => [name, [] as Cost[]]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const { name, sandbox, argv } of subjects) {
      const took = runOnce(sandbox, argv());
      if (round >= 0) times.get(name)?.push(took);
    }
  }
  return new Map([...times].map(([name, list]) => [name, typical(list)]));
}

/** The median on the clock. Ticks are too coarse for one: the mean of many tells. */
function typical(list: readonly Cost[]): Cost {
  const clocks = list.map(({ clock }) => clock).sort((a, b) => a - b);
  const sum = list.reduce((all, { processor }) => all + processor, 0);
  return { clock: clocks[clocks.length >> 1] ?? Number.NaN, processor: sum / list.length };
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

const BEFORE_SUFFIX = " (before)";

/** Every verb that a run is driven with, in turn with an empty Node and with the helper of before. */
function runCommands(sandbox: RegistrySandbox, before: RegistrySandbox | undefined): Map<string, Cost> {
  const others =
    before === undefined
      ? []
      : toSubjects(before).map((subject) => ({ ...subject, name: `${subject.name}${BEFORE_SUFFIX}` }));
  const subjects = toSubjects(sandbox).flatMap((subject, index) => {
    const other = others[index];
    return other === undefined ? [subject] : [subject, other];
  });
  return costs([{ name: "node -e 0", sandbox, argv: () => ["-e", "0"] }, ...subjects], ROUNDS);
}

/** The commands of one helper on a registry of its own, in an order in which each can be run again and again. */
function toSubjects(sandbox: RegistrySandbox): Subject[] {
  const path = sandbox.workflow("hot", 10);
  for (const runId of ["hot", "made", "asked"]) sandbox.scaffold(runId, path);
  sandbox.helper("bind", "asked", "cron", "--value", "cron-1");
  let turn = 0;
  const commandCost = (name: string, ...args: string[]): Subject => ({
    name,
    sandbox,
    argv: () => sandbox.argv(name.split(" ")[0] ?? "", ...args.map((arg) => arg.replace("%", String(turn)))),
  });
  return [
    { name: "progress", sandbox, argv: () => sandbox.argv("progress", "hot", `step ${(turn += 1)}`) },
    commandCost("bind", "hot", "child-session", "--node-id", "n0", "--value", "child-%"),
    commandCost("unbind", "hot", "child-session", "--node-id", "n0"),
    commandCost("claim", "made", "n0"),
    commandCost("result", "made", "n0", "--result-json", '{"points": %}'),
    commandCost("fail", "made", "n0", "--message", "no"),
    commandCost("retry", "made", "n0"),
    commandCost("skip", "made", "n0"),
    commandCost("retry (2)", "made", "n0"),
    commandCost("transition-node", "made", "n0", "running"),
    commandCost("retry (3)", "made", "n0"),
    commandCost("pause", "hot"),
    commandCost("resume", "hot"),
    commandCost("note", "hot", "as said %"),
    commandCost("rewire-node", "hot", "n9", "--needs", "n8"),
    commandCost("patch-cron", "asked", "--patch-json", '{"n": %}'),
    commandCost("emit", "hot", "deployed"),
    commandCost("tick", "hot"),
    commandCost("next", "hot"),
    commandCost("next --claim", "hot", "--claim"),
    commandCost("brief", "hot", "n0"),
    commandCost("show", "hot"),
    commandCost("events", "hot", "--limit", "20"),
    {
      name: "scaffold 10 nodes",
      sandbox,
      argv: () =>
        sandbox.argv("scaffold", "--workflow-path", path, "--run-id", `t${turn}`, "--source-session-key", "k"),
    },
    commandCost("complete", "t%", "n0"),
    commandCost("cancel", "t%"),
  ].flatMap((subject) =>
    subject.name === "complete"
      ? [{ name: "claim (2)", sandbox, argv: () => sandbox.argv("claim", `t${turn}`, "n0") }, subject]
      : [subject],
  );
}

/** Most memory that one command takes, in MB. */
function measureMemory(sandbox: RegistrySandbox, argv: readonly string[]): number {
  const [file = "", ...rest] = argv;
  const script = `process.on("exit", () => require("fs").writeSync(2, "" + process.resourceUsage().maxRSS));
    process.argv = [process.execPath, ...${JSON.stringify([file, ...rest])}]; require(${JSON.stringify(file)});`;
  const child = spawnSync(process.execPath, ["-e", script], { env: sandbox.env, encoding: "utf8" });
  return Number(child.stderr) / 1024;
}

/** Commits of one process in groups, against raw appends of as many bytes in as many groups, each with a flush. */
function commitRatio(sandbox: RegistrySandbox): { commits: number; raw: number } {
  sandbox.scaffold("many", sandbox.workflow("many", 10));
  const registry = openRegistry({ root: sandbox.root });
  const journal = new RunJournal({ fs: registry.fs, root: registry.root, runId: "many" });
  const size = (): number => statSync(journal.paths.events).size;
  const before = size();
  const started = performance.now();
  for (let done = 0; done < COMMITS; done += COMMITS_PER_GROUP) {
    const requests = Array.from({ length: COMMITS_PER_GROUP }, (_, index) => ({
      command: { type: "progress", message: `step ${done + index}`, payload: {} } as const,
    }));
    commitAll({ journal, aggregate: runAggregate, now: registry.now, requests });
  }
  const commits = COMMITS / (performance.now() - started);
  const group = Buffer.alloc(Math.round(((size() - before) / COMMITS) * COMMITS_PER_GROUP), "x");
  const fd = openSync(sandbox.path("raw"), "a");
  const startedAt = performance.now();
  for (let done = 0; done < COMMITS; done += COMMITS_PER_GROUP) {
    writeSync(fd, group);
    fdatasyncSync(fd);
  }
  const raw = COMMITS / (performance.now() - startedAt);
  closeSync(fd);
  return { commits: commits * 1000, raw: raw * 1000 };
}

function history(sandbox: RegistrySandbox): Map<string, Cost> {
  const path = sandbox.workflow("history", 10);
  for (const [runId, events] of [
    ["short", SHORT_HISTORY],
    ["long", LONG_HISTORY],
  ] as const) {
    sandbox.scaffold(runId, path);
    lengthen(sandbox, runId, events);
  }
  return costs(
    ["short", "long"].map((runId) => ({ name: runId, sandbox, argv: () => sandbox.argv("progress", runId, "on") })),
    ROUNDS,
  );
}

function scaffolds(sandbox: RegistrySandbox): Map<string, Cost> {
  const subject = (nodes: number): Subject => {
    const path = sandbox.workflow(`w${nodes}`, nodes);
    let count = 0;
    return {
      name: String(nodes),
      sandbox,
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
  return costs([subject(10), subject(1000)], 11);
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
const sandboxBefore = HELPER_BEFORE === undefined ? undefined : new RegistrySandbox(HELPER_BEFORE);
const missed: string[] = [];
const row = (name: string, value: string, goal = ""): void =>
  console.log(`${name.padEnd(46)} ${value.padStart(12)}  ${goal}`);
const report = (name: string, one: Cost | undefined, other: Cost | undefined, goal: number): void => {
  const clock = (one?.clock ?? Number.NaN) / (other?.clock ?? Number.NaN);
  const processor = (one?.processor ?? Number.NaN) / (other?.processor ?? Number.NaN);
  if (!(clock <= goal * MISSED_BY_FAR)) missed.push(name);
  const missing = clock <= goal ? "" : "  MISSED";
  row(
    name,
    `${clock.toFixed(2)} x`,
    `${processor.toFixed(2)} x of processor time, goal ${goal.toFixed(1)} x${missing}`,
  );
};

try {
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  );
  console.log(`${ROUNDS} rounds, taking turns; ratios of medians on the clock\n`);

  const hot = runCommands(sandbox, sandboxBefore);
  const empty = hot.get("node -e 0");
  row(
    "node -e 0",
    `${(empty?.processor ?? Number.NaN).toFixed(1)} ms`,
    `${(empty?.clock ?? 0).toFixed(1)} ms on the clock`,
  );
  for (const [name, cost] of [...hot].slice(1)) {
    if (name.endsWith(BEFORE_SUFFIX)) continue;
    report(`${name} / node -e 0`, cost, empty, GOAL_COMMAND_RATIO);
    const other = hot.get(`${name}${BEFORE_SUFFIX}`);
    if (other !== undefined) row("  against the helper of before", `${(cost.clock / other.clock).toFixed(2)} x`);
  }

  const long = history(sandbox);
  const title = `progress at ${LONG_HISTORY} / at ${SHORT_HISTORY} events`;
  report(title, long.get("long"), long.get("short"), GOAL_HISTORY_RATIO);

  const memory = measureMemory(sandbox, sandbox.argv("progress", "long", "on"));
  row(`memory of progress at ${LONG_HISTORY} events`, `${memory.toFixed(0)} MB`, `goal ${GOAL_MEMORY_MB} MB`);
  if (memory > GOAL_MEMORY_MB) missed.push("memory");

  const made = scaffolds(sandbox);
  report("scaffold 1000 nodes / 10 nodes", made.get("1000"), made.get("10"), GOAL_SCAFFOLD_RATIO);

  const { commits, raw } = commitRatio(sandbox);
  row(
    `${COMMITS} commits / raw appends`,
    `${(commits / raw).toFixed(2)} x`,
    `${commits.toFixed(0)} /s, goal ${GOAL_COMMIT_RATIO} x`,
  );
  if (commits / raw < GOAL_COMMIT_RATIO) missed.push("commits");

  const { rate, failed, lost } = await parallelRate(sandbox);
  row("20 processes x 20 progress on one run", `${rate.toFixed(0)} /s`, `${failed} failed, ${lost} lost`);
  if (failed + lost > 0) missed.push("20 x 20");
} finally {
  sandbox.dispose();
  sandboxBefore?.dispose();
}
if (missed.length > 0) {
  console.error(`\nmissed by far: ${missed.join(", ")}`);
  process.exitCode = 1;
}
