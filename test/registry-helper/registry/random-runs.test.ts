import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { inspectRun } from "../../../registry-helper/operations/runs/validate-run.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { driveRandomly } from "../../support/random-driver.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";
import { RunModel } from "../../support/run-model.ts";
import { testSeed } from "../../support/seeded-random.ts";

const DRIVER = fileURLToPath(new URL("../../support/random-driver.ts", import.meta.url));
const LONG = 120_000;

const WORKFLOW = `---
workflowId: random
title: Everything at once
nodes:
  - { id: gather, title: Gather, kind: subagent, needs: [], retries: { max: 1, backoffMs: 0 }, outputs: { mode: report } }
  - { id: check, title: Check, kind: session_turn, needs: [gather], onFailure: skip, outputs: { mode: notify } }
  - { id: event, title: Event, kind: wait, needs: [], waitFor: { type: event, event: deployed }, outputs: { mode: notify } }
  - { id: ask, title: Ask, kind: approval, needs: [check], approval: { choices: ["yes", "no"] }, outputs: { mode: notify } }
  - { id: side, title: Side, kind: subagent, needs: [], onFailure: continue, outputs: { mode: report } }
  - { id: end, title: End, kind: summary, needs: [ask, event, side], outputs: { mode: report } }
---
`;

function scaffolded(): RegistrySandbox {
  const sandbox = useSandbox();
  sandbox.scaffold("demo", sandbox.workflow("random", WORKFLOW));
  return sandbox;
}

/** The journal obeys the model, the projections are its fold, every file is there, and controls were applied once. */
function expectSound(sandbox: RegistrySandbox, where: string): void {
  const registry = openRegistry({ root: sandbox.root });
  expect(verifyRun(registry, "demo"), where).toMatchObject({ ok: true, differences: [] });
  expect(inspectRun(registry, "demo"), where).toMatchObject({ ok: true, issues: [] });
  const model = new RunModel();
  for (const event of sandbox.events("demo")) model.read(event);
  model.compare(loadRun(registry, "demo").run);
  expect(model.broken, where).toEqual([]);
  for (const { id } of sandbox.state("demo").nodes) expect(existsSync(sandbox.run("demo", "nodes", id)), id).toBe(true);
}

describe("random commands on disk", () => {
  it("from one process leave a valid run", { timeout: LONG }, () => {
    const seed = testSeed();
    for (let round = 0; round < 12; round += 1) {
      const sandbox = scaffolded();
      const tally = driveRandomly(openRegistry({ root: sandbox.root }), "demo", {
        seed: seed + round,
        moves: 40,
        name: "p",
      });
      expect(tally.done).toBeGreaterThan(5);
      expectSound(sandbox, `CLAWTASK_TEST_SEED=${seed + round}`);
    }
  });

  it("from two concurrent processes leave a valid run", { timeout: LONG }, async () => {
    const seed = testSeed();
    for (let round = 0; round < 4; round += 1) {
      const sandbox = scaffolded();
      const answers = await Promise.all(
        ["one", "two"].map((name, index) => drive(sandbox, ["demo", String(seed + 2 * round + index), "60", name])),
      );
      for (const { code, stderr } of answers) expect({ code, stderr }).toMatchObject({ code: 0, stderr: "" });
      expectSound(sandbox, `CLAWTASK_TEST_SEED=${seed}, round ${round}`);
    }
  });
});

async function drive(
  sandbox: RegistrySandbox,
  args: readonly string[],
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, ["--no-warnings", DRIVER, sandbox.root, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stderr };
}
