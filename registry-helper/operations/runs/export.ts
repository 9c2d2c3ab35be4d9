import { resolve } from "node:path";
import { usageError } from "../../model/errors.ts";
import { FILE_MODE, type FileSystem, getErrno } from "../../storage/file-system.ts";
import { storageError } from "../../storage/storage-errors.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { exportLines } from "./export-run.ts";
import { type ExportReport, verifyExport } from "./verify-export.ts";

export interface ExportInput {
  runId: string;
  /** The file to write; `<run>.export.jsonl` in the current directory unless given. An existing one is kept. */
  out?: string | undefined;
}

export interface ExportDocument {
  ok: true;
  runId: string;
  /** Absolute. */
  path: string;
  bytes: number;
}

/**
 * Writes a run into one file, for audit.
 *
 * @throws ClawTaskError `usage` when the file cannot be made | `run_not_found`
 */
export function exportRun(
  { registry, cwd }: OperationContext,
  { runId, out = `${runId}.export.jsonl` }: ExportInput,
): Outcome<ExportDocument> {
  const lines = exportLines(registry, runId);
  // The first line says whether there is such a run at all, before a file is made.
  const first = lines.next();
  const path = resolve(cwd, out);
  const bytes = writeLines(registry.fs, path, [first.done === true ? "" : first.value], lines);
  return { document: { ok: true, runId, path, bytes } };
}

/**
 * Checks the file of an export: whether it is as it was written.
 *
 * @throws ClawTaskError `invalid_path` when there is no such file
 */
export function verifyExportFile(
  { registry, cwd }: OperationContext,
  { file }: { file: string },
): Outcome<ExportReport> {
  return { document: verifyExport(registry.fs, resolve(cwd, file)) };
}

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
