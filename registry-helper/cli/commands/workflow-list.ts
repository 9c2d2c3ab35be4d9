import { list } from "../../operations/workflows/list.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { table } from "../output/table.ts";

/** Every workflow of the registry, with what is wrong with those that cannot be read. */
export const workflowList: Command = {
  jsonWhenPiped: false,
  spec: { command: "workflow list", positionals: [], options: [] },
  run(context) {
    const { registry, self } = context;
    const { document } = list(toIndexedContext(context));
    const { workflows } = document;
    return {
      json: document,
      text: () => {
        if (workflows.length === 0) return `no workflows in ${registry.root}\n\n  ${self} workflow new --help\n`;
        const rows = workflows.map((one) => [
          one.path.slice("workflows/".length, -".task.md".length),
          one.version ?? "-",
          String(one.nodes),
          String(one.runs),
          one.problem === null ? (one.title ?? "") : `${one.problem.code}: ${one.problem.message}`,
        ]);
        return table(["WORKFLOW", "VERSION", "NODES", "RUNS", "TITLE"], rows);
      },
    };
  },
};
