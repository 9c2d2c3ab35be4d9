import { once } from "node:events";
import { existsSync, type FSWatcher, readdirSync, watch } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { RegistrySandbox } from "../../support/registry-sandbox.ts";
import { pick, seededRandom, testSeed } from "../../support/seeded-random.ts";

/** How many commands are killed, and on how many registries at a time. */
const KILLS = 300;
const LANES = 3;
/** Kills by the clock come up to this long after the start: the time that a whole command takes here. */
const LATEST_KILL_MS = 40;
/** Kills in the middle of a commit come at one of the first changes in the run's folder. */
const LATEST_CHANGE = 8;

interface Tally {
  killed: number;
  beforeCommit: number;
  afterCommit: number;
}

/** One registry on which commands are started, killed at a random moment, and looked after. */
class Lane {
  readonly sandbox = new RegistrySandbox();
  readonly workflow: string;
  /** Messages of commands that were answered: none of them may ever be missing. */
  readonly acknowledged: string[] = [];
  readonly runs: string[] = [];
  private readonly random: () => number;
  private readonly where: string;
  private readonly watchers: FSWatcher[] = [];
  private count = 0;

  constructor(seed: number, lane: number) {
    this.random = seededRandom(seed + lane);
    this.where = `CLAWTASK_TEST_SEED=${seed}, lane ${lane}`;
    this.workflow = this.sandbox.workflow("w", { nodes: [{ id: "a" }, { id: "b", kind: "subagent", needs: ["a"] }] });
    this.sandbox.scaffold("r0", this.workflow);
    this.runs.push("r0");
  }

  /** A command with its key; the same arguments again must give the same answer. */
  private command(): { runId: string; args: string[] } {
    const name = `c${(this.count += 1)}`;
    const runId = this.runs.at(-1) ?? "r0";
    const key = ["--key", name];
    const node = pick(this.random, ["a", "b"]);
    const choice = this.random();
    if (choice < 0.3) return { runId, args: ["progress", runId, name, ...key] };
    if (choice < 0.5)
      return { runId, args: ["bind", runId, "child-session", "--node-id", node, "--value", name, ...key] };
    if (choice < 0.8) {
      const status = this.sandbox.getStatus(runId, node);
      const ways: Record<string, string[]> = {
        pending: ["skipped"],
        ready: ["running", "waiting"],
        running: ["completed", "failed"],
        waiting: ["running", "ready"],
        failed: ["ready"],
        skipped: ["ready"],
        completed: ["completed"],
      };
      return {
        runId,
        args: [
          "transition-node",
          runId,
          node,
          pick(this.random, ways[status ?? "ready"] ?? ["ready"]),
          "--message",
          name,
          ...key,
        ],
      };
    }
    if (choice < 0.9) {
      const fresh = `r${this.count}`;
      return {
        runId: fresh,
        args: ["scaffold", "--workflow-path", this.workflow, "--run-id", fresh, "--source-session-key", "k", ...key],
      };
    }
    return { runId, args: pick(this.random, [["repair", runId, "--apply"], ["list"], ["verify"], ["tasks", "list"]]) };
  }

  async killOne(tally: Tally): Promise<void> {
    const { runId, args } = this.command();
    const where = `${this.where}: ${args.join(" ")}`;
    const child = this.sandbox.start(args);
    const ended = once(child, "exit") as Promise<[number | null, string | null]>;
    await Promise.race([ended, this.momentOfKill(runId)]);
    child.kill("SIGKILL");
    const [, signal] = await ended;
    for (const watcher of this.watchers.splice(0)) watcher.close();
    if (signal === "SIGKILL") tally.killed += 1;

    const started = performance.now();
    const isScaffold = args[0] === "scaffold";
    const keyed = args.includes("--key");
    const existed = isScaffold
      ? readdirSync(this.sandbox.path("runs")).includes(runId)
      : this.keyIsLogged(runId, args.at(-1) ?? "");
    if (keyed) tally[existed ? "afterCommit" : "beforeCommit"] += 1;

    // The next command is the same one again: it works, without waiting for the dead, and is logged once.
    const again = await this.sandbox.together(...args);
    const took = performance.now() - started;
    const noop = again.stdout.includes('"noop": true');
    expect(again, where).toMatchObject({ code: 0 });
    expect(took, `${where}: waited for a dead process`).toBeLessThan(3_000);
    if (isScaffold) this.runs.push(runId);
    if (!keyed || noop) return;
    const key = args.at(-1) ?? "";
    const first = this.sandbox.events(runId).filter((event) => event.key === key);
    expect(first, `${where}: logged ${first.length} times`).toHaveLength(1);
    this.acknowledged.push(`${runId} ${key}`);
  }

  /** Every other kill is by the clock; the others wait for the commit to begin, since it is short. */
  private async momentOfKill(runId: string): Promise<void> {
    const byClock = this.random() < 0.5;
    const delay = this.random() * LATEST_KILL_MS;
    let changesLeft = 1 + Math.floor(this.random() * LATEST_CHANGE);
    const folder = this.sandbox.run(runId);
    if (byClock || !existsSync(folder)) return await pause(delay);
    await new Promise<void>((resolve) => {
      const watcher = watch(folder, () => {
        changesLeft -= 1;
        if (changesLeft > 0) return;
        watcher.close();
        resolve();
      });
      this.watchers.push(watcher);
    });
  }

  private keyIsLogged(runId: string, key: string): boolean {
    return this.sandbox.text(`runs/${runId}/events.jsonl`).includes(`"key": "${key}"`);
  }

  async check(): Promise<void> {
    const verified = await this.sandbox.together("verify", "--json");
    expect(verified.json, this.where).toMatchObject({ ok: true });
  }

  /** At the end: every acknowledged command is there, every run validates and goes on. */
  async finish(): Promise<void> {
    await this.check();
    const logged = new Set(
      this.runs.flatMap((runId) => this.sandbox.events(runId).map(({ key }) => `${runId} ${key ?? ""}`)),
    );
    expect(
      this.acknowledged.filter((name) => !logged.has(name)),
      this.where,
    ).toEqual([]);
    for (const runId of this.runs) {
      expect((await this.sandbox.together("validate", runId)).json, `${this.where}, ${runId}`).toMatchObject({
        ok: true,
      });
    }
    const runId = this.runs.at(-1) ?? "";
    expect((await this.sandbox.together("progress", runId, "goes on")).code).toBe(0);
  }
}

describe(`${KILLS} commands killed at random moments`, () => {
  it(
    "leave every run valid, keep acknowledged changes, and log a repeated key once",
    { timeout: 150_000 },
    async () => {
      const seed = testSeed();
      const tally: Tally = { killed: 0, beforeCommit: 0, afterCommit: 0 };
      const batcher = Array.from({ length: LANES }, (_, lane) => new Lane(seed, lane));
      onTestFinished(() => batcher.forEach(({ sandbox }) => sandbox.dispose()));
      await Promise.all(
        batcher.map(async (lane) => {
          for (let kill = 0; kill < KILLS / LANES; kill += 1) {
            await lane.killOne(tally);
            if (kill % 5 === 4) await lane.check();
          }
          await lane.finish();
        }),
      );
      // The kills must really fall on both sides of the commit, or the test has proved nothing.
      const spread = `CLAWTASK_TEST_SEED=${seed} ${JSON.stringify(tally)}`;
      expect(tally.killed, spread).toBeGreaterThan(KILLS / 3);
      expect(tally.beforeCommit, spread).toBeGreaterThan(10);
      expect(tally.afterCommit, spread).toBeGreaterThan(10);
    },
  );
});
