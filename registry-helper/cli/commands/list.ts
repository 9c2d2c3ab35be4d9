import { RUN_STATUSES } from "../../model/run-documents.ts";
import { formatMicros } from "../../model/time.ts";
import { findRuns } from "../../views/queries/workflow-runs.ts";
import { limitOption } from "../arguments/number-options.ts";
import { timeOption } from "../arguments/task-filter-options.ts";
import type { Command } from "../command.ts";
import { ago, table } from "../output/table.ts";

export const list: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "list",
    positionals: [],
    options: [
      { name: "status", choices: [...RUN_STATUSES, "unreadable"] },
      { name: "workflow" },
      { name: "since" },
      { name: "search" },
      { name: "archived", flag: true },
      { name: "limit" },
    ],
  },
  run({ registry, args, self }) {
    const { options } = args;
    const since = timeOption(args, "since", { now: registry.now(), command: "list" });
    const runs = findRuns(registry, {
      status: options["status"],
      workflowId: options["workflow"],
      since: since === undefined ? undefined : formatMicros(since),
      search: options["search"],
      withoutArchived: !args.flags.has("archived"),
      limit: limitOption(options, "list"),
    });
    return {
      json: { ok: true, registryRoot: registry.root, runs },
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
