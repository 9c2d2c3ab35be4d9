import { archive, type ArchivedRun } from "../../operations/maintenance/archive.ts";
import { prune, type PruneDocument } from "../../operations/maintenance/prune-runs.ts";
import { readDuration, REVISION_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { fitLine } from "../output/layout.ts";
import { ago, table } from "../output/table.ts";

/** Takes runs that are over out of the lists, or back in. */
export const archiveCommand = defineCommand({
  command: "archive",
  positionals: [{ name: "run_id", as: "runIds", optional: true, many: true }],
  options: [
    { name: "older-than", as: "olderThanMs", read: readDuration },
    { name: "undo", flag: true },
    { name: "by" },
    REVISION_OPTION,
  ],
  run(context, input) {
    const { document } = archive(toIndexedContext(context), input);
    const { ok, runs } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () =>
        runs.length === 0 ? "no run is that old\n" : runs.map((run) => `${formatLine(run, input.undo)}\n`).join(""),
    };
  },
});

function formatLine({ runId, changed, error }: ArchivedRun, isUndo: boolean): string {
  if (error !== undefined)
    return `${error.message}\n  code: ${error.code}${error.next === undefined ? "" : `\n  next: ${error.next}`}`;
  if (isUndo) return changed ? `${runId} is back in the lists` : `${runId} was not in the archive`;
  return changed ? `${runId} is in the archive` : `${runId} was in the archive already`;
}

/** Removes old runs for good; without `--apply` it only says which. */
export const pruneCommand = defineCommand({
  command: "prune",
  options: [
    { name: "retention", as: "retentionMs", required: true, read: readDuration },
    { name: "apply", flag: true },
  ],
  run(context, input) {
    const { registry, args, self, columns } = context;
    const { document } = prune(context, input);
    const { ok, applied, runs, kept, problems } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () => {
        const head = formatHeading(document);
        const rows = runs.map((run) => [run.runId, run.status, ago(run.updatedAt, registry.now()), run.title]);
        const list = rows.length === 0 ? "" : `\n${table(["RUN", "STATUS", "AGO", "TITLE"], rows, columns)}`;
        const notes = [
          ...kept.map(({ runId, why }) => `kept ${runId}: ${why}`),
          ...problems.map(({ runId, code, message }) => `not looked at: ${runId}, ${code}: ${message}`),
        ].map((line) => `${fitLine(line, columns)}\n`);
        const next =
          applied || rows.length === 0
            ? ""
            : `\nremove them for good:\n  ${self} prune --retention ${args.options["retention"] ?? ""} --apply\n`;
        return `${head}\n${list}${notes.length === 0 ? "" : `\n${notes.join("")}`}${next}`;
      },
    };
  },
});

function formatHeading({ runs, applied }: PruneDocument): string {
  const count = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  return applied ? `removed ${count}` : `${count} would be removed`;
}
