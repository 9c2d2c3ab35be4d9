import { archive, type ArchivedRun } from "../../operations/maintenance/archive.ts";
import { durationOption, REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

/** Takes runs that are over out of the lists, or back in. */
export const archiveCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "archive",
    positionals: [{ name: "run_id", optional: true, many: true }],
    options: [{ name: "older-than" }, { name: "undo", flag: true }, { name: "by" }, REVISION_OPTION],
  },
  run(context) {
    const { args } = context;
    const isUndo = args.flags.has("undo");
    const { document } = archive(toIndexedContext(context), {
      runIds: args.lists["run_id"],
      olderThanMs: durationOption(args, "older-than", "archive"),
      undo: isUndo,
      by: args.options["by"],
      expectedRevision: revisionOption(args, "archive"),
    });
    const { ok, runs } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () =>
        runs.length === 0 ? "no run is that old\n" : runs.map((run) => `${formatLine(run, isUndo)}\n`).join(""),
    };
  },
};

function formatLine({ runId, changed, error }: ArchivedRun, isUndo: boolean): string {
  if (error !== undefined)
    return `${error.message}\n  code: ${error.code}${error.next === undefined ? "" : `\n  next: ${error.next}`}`;
  if (isUndo) return changed ? `${runId} is back in the lists` : `${runId} was not in the archive`;
  return changed ? `${runId} is in the archive` : `${runId} was in the archive already`;
}
