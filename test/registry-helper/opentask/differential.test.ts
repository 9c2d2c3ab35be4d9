import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ordered } from "../../support/opentask-compare.ts";
import { type CliResult, type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";
import { pick, seededRandom, testSeed } from "../../support/seeded-random.ts";
import { chain, FIVE_KINDS, type NodeSketch } from "../../support/workflow-text.ts";

/**
 * Runs the same commands with OpenTask's own helper and with ours and compares what they answer and write.
 * Needs a copy of its registry_helper.py: CLAWTASK_OPENTASK_HELPER=<path> vitest run opentask-differential
 */
const PEER = process.env["CLAWTASK_OPENTASK_HELPER"] ?? "";

function peer(sandbox: RegistrySandbox, ...args: string[]): CliResult {
  const child = spawnSync("python3", [PEER, "--registry-root", sandbox.root, ...args], {
    encoding: "utf8",
    cwd: sandbox.root,
  });
  let json: unknown;
  try {
    json = JSON.parse(child.stdout);
  } catch {
    json = undefined;
  }
  return { code: child.status, signal: child.signal, stdout: child.stdout, stderr: child.stderr, json };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

interface Twins {
  theirs: RegistrySandbox;
  ours: RegistrySandbox;
  /** Runs a command on both and compares exit status, document and first line of an error. */
  both: (...args: string[]) => void;
  /** Compares the files of the run. */
  files: () => void;
}

function useTwins(nodes: readonly NodeSketch[]): Twins {
  const theirs = useSandbox();
  const ours = useSandbox();
  const path = theirs.workflow("flow", { nodes });
  ours.workflow("flow", { nodes });
  const both = (...args: string[]): void => {
    const [there, here] = [peer(theirs, ...args), ours.cli(...args)];
    const where = args.join(" ");
    expect(here.code, where).toBe(there.code);
    expect(ordered(here.json, ours.root), where).toBe(ordered(there.json, theirs.root));
    if (there.code === 1 && there.json === undefined)
      expect(here.stderr.split("\n")[0]?.replaceAll(ours.root, "<root>"), where).toBe(
        there.stderr.trim().replaceAll(theirs.root, "<root>"),
      );
  };
  both(
    "scaffold",
    "--workflow-path",
    path,
    "--run-id",
    "demo",
    "--source-session-key",
    "agent:main:x",
    "--delivery-context-json",
    '{"channel": "discord", "to": "ü"}',
  );
  const files = (): void => {
    expect(filesBelow(ours.run("demo"))).toEqual(filesBelow(theirs.run("demo")));
    for (const file of ["state.json", "refs.json"]) {
      expect(ordered(JSON.parse(ours.text(`runs/demo/${file}`)), ours.root), file).toBe(
        ordered(JSON.parse(theirs.text(`runs/demo/${file}`)), theirs.root),
      );
    }
    const events = (sandbox: RegistrySandbox): string[] =>
      sandbox
        .events("demo")
        .filter(({ implied }) => !implied)
        .map((event) => ordered(event, sandbox.root));
    expect(events(ours)).toEqual(events(theirs));
    for (const file of filesBelow(theirs.run("demo")).filter(
      (name) => name.endsWith(".md") || name === "control.jsonl",
    ))
      expect(readFileSync(ours.run("demo", file)), file).toEqual(readFileSync(theirs.run("demo", file)));
  };
  return { theirs, ours, both, files };
}

describe.runIf(PEER !== "")("comparison with OpenTask's helper", () => {
  it("a plain run through five kinds of nodes gives the same answers and files", () => {
    const { both, files } = useTwins(FIVE_KINDS);
    files();
    both("bind", "demo", "cron", "--value", "job-1");
    both("bind", "demo", "driver-run", "--value", "d-1");
    both("bind", "demo", "driver-run");
    both("bind", "demo", "cron", "--value", "job-2", "--node-id", "whatever", "--message", "again");
    for (const [node, ...statuses] of [
      ["gather", "running", "completed"],
      ["review", "running", "completed"],
      ["gate", "running", "waiting", "running", "completed"],
      ["pause", "running", "completed"],
      ["wrap-up", "running", "completed"],
    ] as const) {
      both("bind", "demo", "node-session", "--node-id", node, "--value", `s-${node}`);
      both("bind", "demo", "node-run", "--node-id", node, "--value", `r-${node}`, "--payload-json", '{"x": [1, "é"]}');
      for (const status of statuses)
        both("transition-node", "demo", node, status, "--message", `${node} ${status} – ok`);
      both("progress", "demo", `${node} done`, "--payload-json", "[1]");
    }
    both("validate", "demo");
    files();
  });

  it("errors have the same exit code and first line", () => {
    const { both } = useTwins(chain("a", "b"));
    for (const args of [
      ["validate", "ghost"],
      ["progress", "ghost", "x"],
      ["transition-node", "demo", "ghost", "running"],
      ["transition-node", "demo", "a", "completed"],
      ["transition-node", "demo", "b", "running"],
      ["bind", "demo", "cron"],
      ["bind", "demo", "node-run", "--value", "v"],
      ["bind", "demo", "node-run", "--node-id", "ghost", "--value", "v"],
      ["scaffold", "--workflow-path", "workflows/flow.task.md", "--run-id", "demo", "--source-session-key", "k"],
      ["scaffold", "--workflow-path", "workflows/none.md", "--run-id", "x", "--source-session-key", "k"],
    ])
      both(...args);
  });

  it.each([
    [["frobnicate"]],
    [[]],
    [["progress", "demo"]],
    [["progress", "demo", "-x"]],
    [["transition-node", "demo", "a", "pending"]],
    [["bind", "demo", "cron", "--value"]],
    [["scaffold", "--r", "x"]],
    [["progress", "demo", "x", "--nope"]],
  ])("the usage error %j gives the same exit code", (args) => {
    const { theirs, ours } = useTwins(chain("a"));
    expect(ours.cli(...args).code).toBe(2);
    expect(peer(theirs, ...args).code).toBe(2);
  });

  it.each([
    [["progress", "demo", "- bullet text"]],
    [["progress", "demo", "-5"]],
    [["progress", "demo", "--", "--x"]],
    [["progress", "demo", "x", '--payload-json={"a": 1}']],
    [["progress", "demo", "x", '--pay={"a": 1}']],
    [["progress", "demo", "--note=see this file"]],
    [["progress", "demo", ""]],
    [["progress", "demo", "x", "--payload-json", "0"]],
    [["progress", "demo", "x", "--payload-json", '{"id": 12345678901234567890123}']],
    [["bind", "--value", "v", "demo", "cron"]],
    [["transition-node", "demo", "--mess=on my way", "a", "running"]],
  ])("the command line %j is parsed the same way", (args) => {
    const { both, files } = useTwins(chain("a"));
    both(...args);
    files();
  });

  it("OpenTask's validate accepts every run that random legal commands produce", () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    for (let walk = 0; walk < 6; walk += 1) {
      const sandbox = useSandbox();
      sandbox.scaffold(
        "demo",
        sandbox.workflow("flow", { nodes: FIVE_KINDS }),
        "--delivery-context-json",
        '{"channel":"telegram","to":"t"}',
      );
      const ids = FIVE_KINDS.map(({ id }) => id);
      for (let step = 0; step < 60; step += 1) {
        const id = pick(random, ids);
        const kind = random();
        if (kind < 0.7)
          sandbox.cli(
            "transition-node",
            "demo",
            id,
            pick(random, ["ready", "running", "waiting", "completed", "failed", "skipped"]),
          );
        else if (kind < 0.9)
          sandbox.cli(
            "bind",
            "demo",
            pick(random, ["node-session", "child-session", "node-run"]),
            "--node-id",
            id,
            "--value",
            `v${step}`,
          );
        else sandbox.cli("progress", "demo", `p${step}`);
      }
      const where = `CLAWTASK_TEST_SEED=${seed}, walk ${walk}`;
      expect(peer(sandbox, "validate", "demo"), where).toMatchObject({ code: 0, json: { ok: true, issues: [] } });
      expect(sandbox.cli("validate", "demo").code, where).toBe(0);
      expect(sandbox.cli("verify", "demo").code, where).toBe(0);
    }
  });

  it("both helpers can change the same run in turn", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("flow", { nodes: chain("a", "b", "c") });
    expect(
      peer(sandbox, "scaffold", "--workflow-path", path, "--run-id", "demo", "--source-session-key", "k").code,
    ).toBe(0);
    const turns: [who: "peer" | "us", ...args: string[]][] = [
      ["us", "transition-node", "demo", "a", "running"],
      ["peer", "bind", "demo", "node-session", "--node-id", "a", "--value", "s"],
      ["peer", "transition-node", "demo", "a", "completed"],
      ["us", "bind", "demo", "node-run", "--node-id", "b", "--value", "r"],
      ["peer", "progress", "demo", "on"],
      ["us", "transition-node", "demo", "b", "running"],
      ["us", "transition-node", "demo", "b", "completed"],
      ["peer", "transition-node", "demo", "c", "running"],
      ["us", "transition-node", "demo", "c", "completed"],
    ];
    for (const [who, ...args] of turns) {
      const result = who === "us" ? sandbox.cli(...args) : peer(sandbox, ...args);
      expect(result, args.join(" ")).toMatchObject({ code: 0 });
    }
    expect(sandbox.state("demo")).toMatchObject({
      status: "completed",
      nodes: [{ sessionKey: "s" }, { runId: "r" }, { status: "completed" }],
    });
    expect(peer(sandbox, "validate", "demo").json).toMatchObject({ ok: true });
    expect(sandbox.cli("validate", "demo").json).toMatchObject({ ok: true });
  });
});
