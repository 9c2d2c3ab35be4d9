import { list, LISTED_STATUSES } from "../../operations/runs/list.ts";
import { limitOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { ago, table } from "../output/table.ts";

export const listCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "list",
    positionals: [],
    options: [
      { name: "status", choices: LISTED_STATUSES },
      { name: "workflow" },
      { name: "since" },
      { name: "search" },
      { name: "archived", flag: true },
      { name: "limit" },
    ],
  },
  run(context) {
    const { registry, args, self } = context;
    const { status, workflow, since, search } = args.options;
    const { document } = list(toIndexedContext(context), {
      status,
      workflow,
      since,
      search,
      archived: args.flags.has("archived"),
      limit: limitOption(args.options, "list"),
    });
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
};
