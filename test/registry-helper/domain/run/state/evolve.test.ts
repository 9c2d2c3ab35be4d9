import { describe, expect, it } from "vitest";
import { BIND_KINDS } from "../../../../../registry-helper/domain/run/commands.ts";
import { evolveRun } from "../../../../../registry-helper/domain/run/state/evolve.ts";
import { TARGET_STATUSES } from "../../../../../registry-helper/domain/run/state/node-transitions.ts";
import type { RunDocument } from "../../../../../registry-helper/model/run-documents.ts";
import { stateFileText } from "../../../../../registry-helper/storage/run-projections.ts";
import { PlayedRun } from "../../../../support/played-run.ts";
import { pick, seededRandom, testSeed } from "../../../../support/seeded-random.ts";
import { FIVE_KINDS } from "../../../../support/workflow-text.ts";

function folded(run: PlayedRun): RunDocument | undefined {
  return run.events.reduce<RunDocument | undefined>((document, event) => evolveRun(document, event), undefined);
}

/** A random walk over every verb; refused steps are part of it. */
function randomWalk(seed: number, steps: number): PlayedRun {
  const random = seededRandom(seed);
  const run = new PlayedRun(FIVE_KINDS, { deliveryContext: { channel: "telegram", to: "telegram:1" } });
  const ids = FIVE_KINDS.map(({ id }) => id);
  for (let step = 0; step < steps; step += 1) {
    try {
      const kind = random();
      if (kind < 0.7) run.to(pick(random, ids), pick(random, TARGET_STATUSES));
      else if (kind < 0.9) run.bind(pick(random, BIND_KINDS), pick(random, ids), `v${step}`);
      else run.do({ type: "progress", message: `p${step}`, payload: {} });
    } catch {
      continue;
    }
  }
  return run;
}

describe("a run rebuilt from its journal", () => {
  it("has the same bytes as the original run for random histories of all commands", () => {
    const seed = testSeed();
    const mark = { seq: 1, bytes: 1, keys: 0 };
    for (let walk = 0; walk < 60; walk += 1) {
      const run = randomWalk(seed + walk, 60);
      const rebuilt = folded(run);
      const where = `CLAWTASK_TEST_SEED=${seed}, walk ${walk}`;
      expect(rebuilt && stateFileText(rebuilt.state, mark), where).toBe(stateFileText(run.document.state, mark));
      expect(JSON.stringify(rebuilt?.refs), where).toBe(JSON.stringify(run.document.refs));
    }
  });

  it("has ended if and only if no node is open, in random histories", () => {
    const seed = testSeed();
    for (let walk = 0; walk < 60; walk += 1) {
      const { state } = randomWalk(seed + walk, 80).document;
      const hasEnded = state.nodes.every((node) => ["completed", "failed", "skipped"].includes(node.status));
      expect(["completed", "failed"].includes(state.status), `CLAWTASK_TEST_SEED=${seed}, walk ${walk}`).toBe(hasEnded);
    }
  });

  it("has no pending node with all needs met unless the node was reopened, in random histories", () => {
    const seed = testSeed();
    for (let walk = 0; walk < 60; walk += 1) {
      const { state } = randomWalk(seed + walk, 80).document;
      const met = new Set(
        state.nodes.filter(({ status }) => status === "completed" || status === "skipped").map(({ id }) => id),
      );
      for (const node of state.nodes.filter(({ status, attempts }) => status === "pending" && attempts === undefined)) {
        expect(
          node.needs.every((need) => met.has(need)),
          `${node.id}, CLAWTASK_TEST_SEED=${seed}, walk ${walk}`,
        ).toBe(false);
      }
    }
  });
});

describe("evolveRun", () => {
  it("does not change the document that it is given", () => {
    const run = new PlayedRun(FIVE_KINDS);
    const before = structuredClone(run.document);
    const frozen = run.document;
    run.to("gather", "running");
    run.bind("cron", undefined, "job");
    expect(frozen).toEqual(before);
  });

  it("rejects a first event that contains no run", () => {
    const run = new PlayedRun([{ id: "a" }]);
    const ready = run.events[1];
    expect(() => ready && evolveRun(undefined, ready)).toThrow("before run.created");
  });
});
