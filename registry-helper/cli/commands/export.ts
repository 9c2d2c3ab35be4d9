import { resolve } from "node:path";
import { usageError } from "../../model/errors.ts";
import { quoteShellWord } from "../../model/remedy.ts";
import { exportLines } from "../../operations/runs/export-run.ts";
import { verifyExport } from "../../operations/runs/verify-export.ts";
import { getErrno, FILE_MODE, type FileSystem } from "../../storage/file-system.ts";
import { storageError } from "../../storage/storage-errors.ts";
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
    const { registry, args, cwd, self, out } = context;
    const runId = args.positionals["run_id"];
    const file = args.options["verify"];
    if (file !== undefined) return verifyAnswer(context, file);
    if (runId === undefined) throw usageError("the following arguments are required: run_id, or --verify", "export");
    const target = args.options["out"] ?? `${runId}.export.jsonl`;
    if (target === "-") {
      for (const line of exportLines(registry, runId)) out(line);
      return { json: {}, text: () => "", silent: true };
    }
    const lines = exportLines(registry, runId);
    // The first line says whether there is such a run at all, before a file is made.
    const first = lines.next();
    const path = resolve(cwd, target);
    const bytes = writeLines(registry.fs, path, [first.done === true ? "" : first.value], lines);
    return {
      json: { ok: true, runId, path, bytes },
      text: () => `wrote ${path} (${bytes} bytes)\n\n  ${self} export --verify ${quoteShellWord(path)}\n`,
    };
  },
};

function writeLines(fs: FileSystem, path: string, head: readonly string[], lines: Iterable<string>): number {
  const fd = create(fs, path);
  let bytes = 0;
  const write = (line: string): void => {
    const content = Buffer.from(line);
    for (let at = 0; at < content.length;) at += fs.writeSync(fd, content, at);
    bytes += content.length;
  };
  try {
    for (const line of head) write(line);
    for (const line of lines) write(line);
    fs.fdatasyncSync(fd);
  } catch (error) {
    fs.rmSync(path, { force: true });
    throw storageError(error, path);
  } finally {
    fs.closeSync(fd);
  }
  return bytes;
}

function create(fs: FileSystem, path: string): number {
  try {
    return fs.openSync(path, "wx", FILE_MODE);
  } catch (error) {
    if (getErrno(error) === "EEXIST") throw usageError(`argument --out: ${path} is there already`, "export");
    if (getErrno(error) === "ENOENT") throw usageError(`argument --out: there is no folder for ${path}`, "export");
    throw storageError(error, path);
  }
}

function verifyAnswer({ registry, cwd }: CommandContext, file: string): CommandAnswer {
  const report = verifyExport(registry.fs, resolve(cwd, file));
  const { ok, runId, events, files, omitted, problems } = report;
  const left = omitted === 0 ? "" : `, ${omitted} of them too large to be in it`;
  return {
    json: report,
    exit: ok ? 0 : 1,
    text: () =>
      ok
        ? `export of run ${runId ?? "?"} is whole: ${events} events, ${files} files${left}\n`
        : `export of run ${runId ?? "?"} is not as it was written:\n${problems.map((problem) => `  - ${problem}`).join("\n")}\n`,
  };
}
