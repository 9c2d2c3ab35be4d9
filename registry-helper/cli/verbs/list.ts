import { canIndex } from "../../views/index-database.ts";
import { DEFAULT_LIMIT, listRuns, MAX_LIMIT, withIndex } from "../../views/queries.ts";
import { listRunsFromFiles } from "../../views/run-row.ts";
import { usageError } from "../arguments.ts";
import { ago, table } from "../render.ts";
import type { Verb } from "../verb.ts";

export function limitOption(options: Record<string, string>, verb: string): number {
  const limit = Number(options["limit"] ?? DEFAULT_LIMIT);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw usageError(`argument --limit: a whole number from 1 to ${MAX_LIMIT}`, verb);
}

export const list: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "list", positionals: [], options: [{ name: "status" }, { name: "workflow" }, { name: "limit" }] },
  run({ registry, args, self }) {
    const { options } = args;
    const filter = { status: options["status"], workflowId: options["workflow"], limit: limitOption(options, "list") };
    const runs = canIndex()
      ? withIndex(registry, (database) => listRuns(database, filter))
      : listRunsFromFiles(registry, filter);
    return {
      json: { ok: true, registryRoot: registry.root, runs },
      text: () => {
        if (runs.length === 0) return `no runs in ${registry.root}\n\n  ${self} scaffold --help\n`;
        const now = registry.now();
        const rows = runs.map((run) => [
          run.runId,
          run.problem === null ? run.status : `${run.status}!`,
          `${run.done}/${run.total}`,
          ago(run.updatedAt, now),
          run.problem ?? run.title ?? "",
        ]);
        return table(["RUN", "STATUS", "DONE", "AGO", "TITLE"], rows);
      },
    };
  },
};
