import { usageError } from "../../model/errors.ts";
import { quoteShellWord } from "../../model/remedy.ts";
import { exportLines, exportRun } from "../../operations/runs/export-run.ts";
import { verifyExportFile } from "../../operations/runs/verify-export.ts";
import type { CommandAnswer, CommandContext } from "../command.ts";
import { defineCommand } from "../define-command.ts";

/** A run as one file, for audit; and the check of such a file. */
export const exportCommand = defineCommand({
  command: "export",
  positionals: [{ name: "run_id", optional: true }],
  options: [{ name: "out" }, { name: "verify" }],
  run(context, { runId, out: target, verify: file }) {
    const { registry, self, out } = context;
    if (file !== undefined) return verifyAnswer(context, file);
    if (runId === undefined) throw usageError("the following arguments are required: run_id, or --verify", "export");
    if (target === "-") {
      for (const line of exportLines(registry, runId)) out(line);
      return { json: {}, text: () => "", silent: true };
    }
    const { document } = exportRun(context, { runId, out: target });
    const { path, bytes } = document;
    return {
      json: document,
      text: () => `wrote ${path} (${bytes} bytes)\n\n  ${self} export --verify ${quoteShellWord(path)}\n`,
    };
  },
});

function verifyAnswer(context: CommandContext, file: string): CommandAnswer {
  const { document } = verifyExportFile(context, { file });
  const { ok, runId, events, files, omitted, problems } = document;
  const left = omitted === 0 ? "" : `, ${omitted} of them too large to be in it`;
  return {
    json: document,
    exit: ok ? 0 : 1,
    text: () =>
      ok
        ? `export of run ${runId ?? "?"} is whole: ${events} events, ${files} files${left}\n`
        : `export of run ${runId ?? "?"} is not as it was written:\n${problems.map((problem) => `  - ${problem}`).join("\n")}\n`,
  };
}
