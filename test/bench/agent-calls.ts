/**
 * Calls and printed characters per node of an agent that follows what is printed, on random workflows without failures.
 * With `CLAWTASK_BENCH_BEFORE=<path of another clawtask.cjs>`, beside an agent of that helper, which is driven as its
 * skill said: a binding for each child, an end for each node.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RegistrySandbox } from "../support/bare-sandbox.ts";
import { GoodAgent, type HelperAnswer } from "../support/good-agent.ts";
import { runInThread } from "../support/in-thread-helper.ts";
import { randomWorkflow } from "../support/random-workflow.ts";
import { seededRandom } from "../support/seeded-random.ts";

const WORKFLOWS = Number(process.env["CLAWTASK_BENCH_WORKFLOWS"] ?? 200);
const SEED = 20261130;
const GOAL = 0.5;
const HELPER_BEFORE = process.env["CLAWTASK_BENCH_BEFORE"];

interface Sums {
  nodes: number;
  calls: number;
  printed: number;
}

function createCall(sandbox: RegistrySandbox): (words: readonly string[]) => HelperAnswer {
  return (words) => {
    const [file = "", ...argv] = sandbox.argv(...words);
    const { status, ...printed } = runInThread({ file, argv, cwd: sandbox.root, env: sandbox.env });
    return { code: status, ...printed };
  };
}

function scaffoldWords(runId: string, path: string): string[] {
  return ["scaffold", "--workflow-path", path, "--run-id", runId, "--source-session-key", "agent:main:main", "--text"];
}

function measure(helper: string | undefined, drive: typeof driveNow): Sums {
  const sandbox = new RegistrySandbox(helper);
  const sums = { nodes: 0, calls: 0, printed: 0 };
  try {
    for (let index = 0; index < WORKFLOWS; index += 1) {
      const { text, nodes } = randomWorkflow(seededRandom(SEED + index));
      const path = `workflows/w${index}.task.md`;
      write(sandbox.path(path), text);
      const { calls, printed } = drive(sandbox, `r${index}`, path);
      sums.nodes += nodes;
      sums.calls += calls;
      sums.printed += printed;
    }
  } finally {
    sandbox.dispose();
  }
  return sums;
}

function driveNow(sandbox: RegistrySandbox, runId: string, path: string): Omit<Sums, "nodes"> {
  const call = createCall(sandbox);
  // Nothing fails, and everything has ended when the agent looks again.
  const agent = new GoodAgent({ runId, self: "", call, random: () => 0.5 });
  agent.drive(call([...scaffoldWords(runId, path), "--next"]).stdout);
  if (agent.refused.length > 0) throw new Error(agent.refused.join("\n"));
  return { calls: agent.calls + 1, printed: agent.printed };
}

/** An agent of the helper of before. */
function driveBefore(sandbox: RegistrySandbox, runId: string, path: string): Omit<Sums, "nodes"> {
  const call = createCall(sandbox);
  const sums = { calls: 0, printed: 0 };
  const run = (words: readonly string[]): string => {
    const { code, stdout, stderr } = call(words);
    if (code !== 0) throw new Error(`${words.join(" ")}\n${stderr}`);
    sums.calls += 1;
    sums.printed += stdout.length + stderr.length;
    return stdout;
  };
  const paste = (line: string, fill: string): string =>
    run([...line.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', "").replace(/<[^>]*>/, fill)));
  const commands = (block: string): string[] =>
    [...block.matchAll(/^ {2}\$ .*?clawtask\.cjs(?: --registry-root \S+)? (.*)$/gm)].map(([, line = ""]) => line);
  const done = new Set<string>();
  const handoffs = new Map<string, string>();
  run(scaffoldWords(runId, path));
  for (let turn = 0; turn < 100; turn += 1) {
    for (const handoff of handoffs.values())
      for (const [, file = ""] of readFileSync(handoff, "utf8")
        .split("## Write")[1]
        ?.matchAll(/^- (\/\S+)/gm) ?? [])
        write(file, "Seen.\n");
    handoffs.clear();
    const queue = [run(["next", runId, "--claim"])];
    for (let printed = queue.shift(); printed !== undefined; printed = queue.shift()) {
      const folder = /^folder (.*)$/m.exec(printed)?.[1] ?? "";
      for (const block of printed.split("\n\n")) {
        const [, heading = "", id = ""] = /^([A-Z][A-Z ]*?) {2}(\S+)/.exec(block) ?? [];
        const key = `${heading} ${id}`;
        if (done.has(key)) continue;
        const [first = ""] = commands(block);
        if (heading === "DISPATCH") {
          done.add(key);
          paste(commands(block).find((line) => line.startsWith("bind ")) ?? "", `child-${id}`);
          handoffs.set(id, join(folder, "nodes", id, "handoff.md"));
        } else if (heading === "DO") {
          done.add(key);
          for (const file of /^ {2}write: (.*)$/m.exec(block)?.[1]?.split(", ") ?? [])
            write(join(folder, file), "Found.\n");
          queue.push(paste(first, "done"));
        } else if (heading === "UNDER WAY" && !handoffs.has(id)) {
          done.add(key);
          queue.push(paste(commands(block).find((line) => line.startsWith("complete ")) ?? "", "good"));
        } else if (heading === "WAITING") {
          done.add(key);
          queue.push(paste(commands(block).find((line) => line.startsWith("approve ")) ?? "", "ana"));
        }
      }
      if (/^REPORT$/m.test(printed)) return sums;
    }
  }
  throw new Error(`run ${runId} does not end`);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const now = measure(undefined, driveNow);
const before = HELPER_BEFORE === undefined ? undefined : measure(HELPER_BEFORE, driveBefore);
for (const what of ["calls", "printed"] as const) {
  const perNode = (sums: Sums): number => sums[what] / sums.nodes;
  const name = what === "calls" ? "calls per node" : "printed characters per node";
  const ratio = before === undefined ? undefined : perNode(now) / perNode(before);
  const beside =
    before === undefined || ratio === undefined
      ? ""
      : `  before ${perNode(before).toFixed(2)}, ${ratio.toFixed(2)} x, goal ${GOAL} x${ratio <= GOAL ? "" : "  MISSED"}`;
  console.log(`${name.padEnd(30)} ${perNode(now).toFixed(2).padStart(9)}${beside}`);
}
