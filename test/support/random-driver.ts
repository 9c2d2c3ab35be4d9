/**
 * A process that does random things to one run through the library, as an agent, a person or the gateway would:
 * `node random-driver.ts <root> <run id> <seed> <moves> <name>`. Prints how many were done and how many were refused.
 */
import { appendFileSync } from "node:fs";
import { isClawTaskError } from "../../registry-helper/model/errors.ts";
import { claimNodes } from "../../registry-helper/operations/runs/claim-nodes.ts";
import { controlRun } from "../../registry-helper/operations/runs/control-run.ts";
import { finishNode, recordResult } from "../../registry-helper/operations/runs/finish-node.ts";
import { tickRun } from "../../registry-helper/operations/runs/tick-run.ts";
import { openRegistry, type Registry } from "../../registry-helper/registry/registry.ts";
import { commitRun, loadRun } from "../../registry-helper/registry/run-store.ts";
import { runPaths } from "../../registry-helper/storage/run-paths.ts";
import { pick, seededRandom } from "./seeded-random.ts";

/** Each move is a function of what is there now; it may be refused. */
export function driveRandomly(
  registry: Registry,
  runId: string,
  options: { seed: number; moves: number; name: string },
): {
  done: number;
  refused: number;
} {
  const random = seededRandom(options.seed);
  const tally = { done: 0, refused: 0 };
  for (let count = 0; count < options.moves; count += 1) {
    const key = random() < 0.5 ? `${options.name}-${count}` : undefined;
    const move = randomMove(registry, runId, random, { key, name: `${options.name}-${count}` });
    try {
      move();
      // The same key again: the same answer, and nothing new.
      if (key !== undefined && random() < 0.3) move();
      tally.done += 1;
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      tally.refused += 1;
    }
  }
  return tally;
}

function randomMove(
  registry: Registry,
  runId: string,
  random: () => number,
  { key, name }: { key: string | undefined; name: string },
): () => void {
  const { nodes } = loadRun(registry, runId).run.state;
  const node = pick(random, nodes);
  const nodeId = node.id;
  const other = pick(random, nodes).id;
  const token = random() < 0.5 ? undefined : random() < 0.8 ? node.claim?.token : 1;
  const by = name;
  const control = (action: string, more: object = {}): (() => void) => {
    return () => void controlRun(registry, runId, { action, by, nodeId, message: name, key, ...more });
  };
  const getNode = { id: `x-${name}`.toLowerCase(), kind: "subagent", needs: [nodeId], prompt: "Look deeper." };
  return pick(random, [
    () => void claimNodes(registry, runId, { nodeIds: [nodeId], by, leaseMs: 5, token, key }),
    () => void claimNodes(registry, runId, { by, leaseMs: 5, key }),
    () => void finishNode(registry, runId, { nodeId, to: "completed", token, result: { name }, key }),
    () => void finishNode(registry, runId, { nodeId, to: "completed", message: name, key }),
    () => void finishNode(registry, runId, { nodeId, to: "failed", message: name, token, key }),
    () => void recordResult(registry, runId, { nodeId, result: { name }, token, key }),
    () => void tickRun(registry, runId),
    () => {
      const line = {
        id: `line-${name}`,
        action: pick(seededRandom(name.length), ["note", "retry", "pause", "resume"]),
      };
      appendFileSync(runPaths(registry.root, runId).control, `${JSON.stringify({ ...line, nodeId, message: name })}\n`);
      tickRun(registry, runId);
    },
    control("pause"),
    control("resume"),
    control("retry"),
    control("retry"),
    control("skip"),
    control("approve"),
    control("reject"),
    control("note"),
    control("add_node", { patch: { node: getNode, ...(random() < 0.5 ? { neededBy: [other] } : {}) } }),
    control("rewire_node", { patch: { needs: [other] } }),
    () =>
      void commitRun(registry, runId, {
        command: { type: "observe", nodeId, childSessionKey: `child-${name}`, ended: { status: "failed" } },
      }),
    () => void commitRun(registry, runId, { command: { type: "emit", name: "deployed", payload: null, by }, key }),
    () =>
      void commitRun(registry, runId, {
        command: { type: "bind", kind: "child-session", nodeId, value: name, payload: {} },
        key,
      }),
    () => void commitRun(registry, runId, { command: { type: "unbind", kind: "child-session", nodeId }, key }),
  ]);
}

if (import.meta.main) {
  const [root = "", runId = "", seed = "0", moves = "0", name = "p"] = process.argv.slice(2);
  const tally = driveRandomly(openRegistry({ root }), runId, { seed: Number(seed), moves: Number(moves), name });
  console.log(JSON.stringify(tally));
}
