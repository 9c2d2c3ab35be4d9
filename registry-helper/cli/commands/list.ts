import { list, LISTED_STATUSES } from "../../operations/runs/list.ts";
import { LIMIT_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { ago, table } from "../output/table.ts";

export const listCommand = defineCommand({
  command: "list",
  options: [
    { name: "status", choices: LISTED_STATUSES },
    { name: "workflow" },
    { name: "since" },
    { name: "search" },
    { name: "archived", flag: true },
    LIMIT_OPTION,
  ],
  run(context, input) {
    const { registry, self } = context;
    const { document } = list(toIndexedContext(context), input);
    const { runs } = document;
    return {
      json: document,
      text: () => {
        if (runs.length === 0) return `no runs in ${registry.root}\n\n  ${self} scaffold --help\n`;
        const now = registry.now();
        const rows = runs.map((run) => [
          run.runId,
          `${run.status}${run.problem === null ? "" : "!"}${run.archivedAt === null ? "" : " (archived)"}`,
          `${run.done}/${run.total}`,
          ago(run.updatedAt, now),
          run.problem ?? run.title ?? "",
        ]);
        return table(["RUN", "STATUS", "DONE", "AGO", "TITLE"], rows);
      },
    };
  },
});
