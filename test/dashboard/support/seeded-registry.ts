/**
 * A registry with something of everything, made through the helper: `node test/dashboard/support/seeded-registry.ts
 * FOLDER` writes it for a look by hand (`clawtask --registry-root FOLDER serve`).
 */
import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { SeededClock } from "./seeded-clock.ts";
import { type SeededFlows, seedFlows } from "./seeded-flows.ts";
import { seedRuns } from "./seeded-runs.ts";
import { type SeededTasks, seedTasks } from "./seeded-tasks.ts";

export interface SeededRegistry {
  root: string;
  tasks: SeededTasks;
  flows: SeededFlows;
}

export function seedRegistry(root: string): SeededRegistry {
  mkdirSync(root, { recursive: true });
  const clock = new SeededClock(root);
  seedRuns(clock);
  const tasks = seedTasks(root);
  const flows = seedFlows(clock, tasks);
  return { root, tasks, flows };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error("usage: seeded-registry.ts FOLDER");
  console.log(JSON.stringify(seedRegistry(folder), null, 2));
}
