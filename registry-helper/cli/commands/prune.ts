import { usageError } from "../../model/errors.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { pruneRuns, type PruneReport } from "../../operations/maintenance/prune-runs.ts";
import { durationOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { ago, COLUMNS, table } from "../output/table.ts";

/** Removes old runs for good; without `--apply` it only says which. */
export const prune: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "prune",
    positionals: [],
    options: [
      { name: "retention", required: true },
      { name: "apply", flag: true },
    ],
  },
  run({ registry, args, self }) {
    const retentionMs = durationOption(args, "retention", "prune");
    if (retentionMs === undefined) throw usageError("the following arguments are required: --retention", "prune");
    const apply = args.flags.has("apply");
    const report = pruneRuns(registry, registry.now() - retentionMs * 1000, apply);
    const ok = report.problems.length === 0;
    return {
      json: { ok, applied: apply, ...report },
      exit: ok ? 0 : 1,
      text: () => {
        const head = formatHeading(report, apply);
        const rows = report.runs.map((run) => [run.runId, run.status, ago(run.updatedAt, registry.now()), run.title]);
        const list = rows.length === 0 ? "" : `\n${table(["RUN", "STATUS", "AGO", "TITLE"], rows)}`;
        const notes = [
          ...report.kept.map(({ runId, why }) => `kept ${runId}: ${why}`),
          ...report.problems.map(({ runId, code, message }) => `not looked at: ${runId}, ${code}: ${message}`),
        ].map((line) => `${plainLine(line, COLUMNS)}\n`);
        const next =
          apply || rows.length === 0
            ? ""
            : `\nremove them for good:\n  ${self} prune --retention ${args.options["retention"] ?? ""} --apply\n`;
        return `${head}\n${list}${notes.length === 0 ? "" : `\n${notes.join("")}`}${next}`;
      },
    };
  },
};

function formatHeading({ runs }: PruneReport, apply: boolean): string {
  const count = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  return apply ? `removed ${count}` : `${count} would be removed`;
}
