/** Writes changes at a steady rate into one run of a registry: `node change-writer.ts <root> <per second> <seconds>`. */
import { setTimeout as pause } from "node:timers/promises";
import { commitRun, openRegistry } from "../../registry-helper/internal.ts";

const [root = "", perSecond = "100", seconds = "5"] = process.argv.slice(2);
const registry = openRegistry({ root });
const total = Number(perSecond) * Number(seconds);
const start = performance.now();
for (let count = 0; count < total; count += 1) {
  const due = start + (count * 1000) / Number(perSecond);
  if (performance.now() < due) await pause(due - performance.now());
  commitRun(registry, "load", { command: { type: "progress", message: `change ${count}`, payload: {} } });
}
