import { usageError } from "../../model/errors.ts";
import { quoteShellWord } from "../../model/remedy.ts";
import { exportLines } from "../../operations/runs/export-run.ts";
import { exportRun, verifyExportFile } from "../../operations/runs/export.ts";
import type { Command, CommandAnswer, CommandContext } from "../command.ts";

/** A run as one file, for audit; and the check of such a file. */
export const exportCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "export",
    positionals: [{ name: "run_id", optional: true }],
    options: [{ name: "out" }, { name: "verify" }],
  },
  run(context) {
    const { registry, args, self, out } = context;
    const runId = args.positionals["run_id"];
    const { out: target, verify: file } = args.options;
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
};

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
