import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { flowPaths } from "../../../registry-helper/internal.ts";

/** One line of any journal. */
export type Line = Record<string, unknown> & { event: string };

/** The journals of a registry, read from disk: what counts, whatever a page says. */
export class Journals {
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  run(runId: string): Line[] {
    return lines(join(this.root, "runs", runId, "events.jsonl"));
  }

  flow(flowId: string): Line[] {
    return lines(flowPaths(this.root, flowId).events);
  }

  task(taskId: string): Line[] {
    const folder = join(this.root, "ledger");
    return readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl"))
      .flatMap((name) => lines(join(folder, name)))
      .filter((line) => line["taskId"] === taskId);
  }
}

function lines(path: string): Line[] {
  return (
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      // One line of the seeded ledger is damaged.
      .flatMap((line) => (line.startsWith('{"') ? [JSON.parse(line) as Line] : []))
  );
}
