import { expect, it } from "vitest";
import { GoodAgent } from "../../support/good-agent.ts";
import { randomWorkflow } from "../../support/random-workflow.ts";
import { useSandbox } from "../../support/registry-sandbox.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const WORKFLOWS = 200;
const SEED = 20261130;

it(
  "an agent that only follows what is printed ends every workflow without a refused call",
  { timeout: 240_000 },
  () => {
    const sandbox = useSandbox();
    for (let index = 0; index < WORKFLOWS; index += 1) {
      const random = seededRandom(SEED + index);
      const runId = `run-${index}`;
      const path = sandbox.workflow(runId, randomWorkflow(random).text);
      const { stdout } = sandbox.scaffold(runId, path, "--next", "--text");
      const agent = new GoodAgent({ runId, self: sandbox.self, random, call: (words) => sandbox.cli(...words) });
      agent.drive(stdout);
      expect(agent.refused, `seed ${SEED + index}`).toEqual([]);
      expect(sandbox.state(runId).status).toBe("completed");
    }
  },
);
