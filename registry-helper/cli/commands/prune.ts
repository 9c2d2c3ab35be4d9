import { plainLine } from "../../model/sanitize-text.ts";
import { prune, type PruneDocument } from "../../operations/maintenance/prune-runs.ts";
import { durationOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { ago, COLUMNS, table } from "../output/table.ts";

/** Removes old runs for good; without `--apply` it only says which. */
export const pruneCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "prune",
    positionals: [],
    options: [
      { name: "retention", required: true },
      { name: "apply", flag: true },
    ],
  },
  run(context) {
    const { registry, args, self } = context;
    const { document } = prune(context, {
      retentionMs: durationOption(args, "retention", "prune") ?? 0,
      apply: args.flags.has("apply"),
    });
    const { ok, applied, runs, kept, problems } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () => {
        const head = formatHeading(document);
        const rows = runs.map((run) => [run.runId, run.status, ago(run.updatedAt, registry.now()), run.title]);
        const list = rows.length === 0 ? "" : `\n${table(["RUN", "STATUS", "AGO", "TITLE"], rows)}`;
        const notes = [
          ...kept.map(({ runId, why }) => `kept ${runId}: ${why}`),
          ...problems.map(({ runId, code, message }) => `not looked at: ${runId}, ${code}: ${message}`),
        ].map((line) => `${plainLine(line, COLUMNS)}\n`);
        const next =
          applied || rows.length === 0
            ? ""
            : `\nremove them for good:\n  ${self} prune --retention ${args.options["retention"] ?? ""} --apply\n`;
        return `${head}\n${list}${notes.length === 0 ? "" : `\n${notes.join("")}`}${next}`;
      },
    };
  },
};

function formatHeading({ runs, applied }: PruneDocument): string {
  const count = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  return applied ? `removed ${count}` : `${count} would be removed`;
}
