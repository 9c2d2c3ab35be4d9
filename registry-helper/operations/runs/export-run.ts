import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { type ClawTaskError, usageError } from "../../model/errors.ts";
import { type Json, parseJson, RECORD_BOUNDS, toJsonLine } from "../../model/json.ts";
import { MAX_EXPORTED_FILE_BYTES, MAX_EXPORTED_TEXT_BYTES } from "../../model/limits.ts";
import { formatMicros } from "../../model/time.ts";
import { version } from "../../model/version.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { getErrno, FILE_MODE, type FileSystem, ifExists } from "../../storage/file-system.ts";
import { readLines } from "../../storage/journal-file.ts";
import { publishFile, temporaryPath } from "../../storage/place-file.ts";
import { existingRunPaths } from "../../storage/run-paths.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { filesBelow, openListed, readPieces } from "../../storage/walk-files.ts";
import type { OperationContext, Outcome } from "../operation.ts";

/** Version of the format of an export. */
export const EXPORT_SCHEMA = 1;

/** One line of an export: a header, the journal line by line, every file, and the end with a hash over all before. */
export type ExportLine =
  | {
      kind: "header";
      format: "clawtask-export";
      schema: number;
      clawtask: string;
      exportedAt: string;
      runId: string;
      workflowId: string;
      workflowVersion: string | null;
      status: string;
    }
  /** A line of the journal; `toJsonLine` gives its bytes again. */
  | { kind: "event"; event: Json }
  /** One that is not written as we write, as it stands. */
  | { kind: "line"; text: string }
  /** The journal as a whole: what the lines before come to. */
  | { kind: "journal"; path: "events.jsonl"; size: number; sha256: string }
  /** A file of the run; `omitted` says why its content is not here. */
  | ({ kind: "file"; path: string; size: number; sha256: string } & FileContent)
  | { kind: "end"; events: number; files: number; sha256: string };

type FileContent = { text: string } | { base64: string } | { omitted: "too_large" };

/** What is of the moment, and what the event lines say already. */
const EXCLUDED_FILES = /^(events\.jsonl|\.journal\.lock.*|.+\.next)$/;

/**
 * The lines of an export, one after the other, so that no run has to be in memory as a whole. Only regular files of
 * the run are read; links are not followed.
 *
 * @throws ClawTaskError `run_not_found`, or what the storage says
 */
export function* exportLines(registry: Registry, runId: string): Generator<string> {
  const { fs } = registry;
  const paths = existingRunPaths(fs, registry.root, runId);
  const { state } = loadRun(registry, runId).run;
  const hash = createHash("sha256");
  const counts = { events: 0, files: 0 };
  const written = (line: ExportLine): string => {
    const text = `${line.kind === "event" ? toJsonLine(line) : JSON.stringify(line)}\n`;
    hash.update(text);
    return text;
  };
  yield written({
    kind: "header",
    format: "clawtask-export",
    schema: EXPORT_SCHEMA,
    clawtask: version,
    exportedAt: formatMicros(registry.now()),
    runId: state.runId,
    workflowId: state.workflowId,
    workflowVersion: state.workflowVersion ?? null,
    status: state.status,
  });
  const journal = createHash("sha256");
  let size = 0;
  for (const text of journalLines(registry, paths.events)) {
    journal.update(`${text}\n`);
    size += Buffer.byteLength(text) + 1;
    counts.events += 1;
    yield written(eventLine(text));
  }
  yield written({ kind: "journal", path: "events.jsonl", size, sha256: journal.digest("hex") });
  for (const path of filesBelow(fs, paths.folder)) {
    if (EXCLUDED_FILES.test(path)) continue;
    const file = describe(registry, paths.folder, path);
    if (file === undefined) continue;
    counts.files += 1;
    yield written(file);
  }
  yield `${JSON.stringify({ kind: "end", ...counts, sha256: hash.digest("hex") } satisfies ExportLine)}\n`;
}

/** Lines are collected in parts, since a generator cannot yield from within a callback. */
function* journalLines({ fs }: Registry, path: string): Generator<string> {
  const CHUNK_LENGTH = 1_000;
  for (let from = 0; ;) {
    const lines: string[] = [];
    const next = readLines(fs, path, from, ({ text }) => {
      lines.push(text);
      return lines.length < CHUNK_LENGTH ? undefined : "stop";
    });
    yield* lines;
    if (lines.length < CHUNK_LENGTH) return;
    from = next;
  }
}

function eventLine(text: string): ExportLine {
  try {
    const event = parseJson(text, RECORD_BOUNDS);
    if (toJsonLine(event) === text) return { kind: "event", event };
  } catch {
    // Not JSON: it is kept as it stands.
  }
  return { kind: "line", text };
}

/** Undefined for a file that is gone, or has become a link, since it was listed. */
function describe({ fs }: Registry, folder: string, path: string): ExportLine | undefined {
  let fd: number;
  try {
    fd = openListed(fs, join(folder, path));
  } catch (error) {
    if (getErrno(error) === "ENOENT" || getErrno(error) === "ELOOP") return undefined;
    throw error;
  }
  try {
    const hash = createHash("sha256");
    const pieces: Buffer[] = [];
    let size = 0;
    readPieces(fs, fd, (piece) => {
      hash.update(piece);
      size += piece.length;
      if (size <= MAX_EXPORTED_FILE_BYTES) pieces.push(Buffer.from(piece));
    });
    const about = { kind: "file" as const, path, size, sha256: hash.digest("hex") };
    return { ...about, ...toFileContent(size, pieces) };
  } finally {
    fs.closeSync(fd);
  }
}

function toFileContent(size: number, pieces: readonly Buffer[]): FileContent {
  if (size > MAX_EXPORTED_FILE_BYTES) return { omitted: "too_large" };
  const content = Buffer.concat(pieces);
  return size <= MAX_EXPORTED_TEXT_BYTES && isUtf8(content)
    ? { text: content.toString("utf8") }
    : { base64: content.toString("base64") };
}

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

/** Under a name of its own until it is whole: a killed export leaves nothing under the name that was asked for. */
function writeLines(fs: FileSystem, path: string, head: readonly string[], lines: Iterable<string>): number {
  if (ifExists(() => fs.lstatSync(path), undefined) !== undefined) throw isThere(path);
  const temporary = temporaryPath(path);
  const fd = create(fs, temporary, path);
  let bytes = 0;
  const write = (line: string): void => {
    const content = Buffer.from(line);
    for (let at = 0; at < content.length;) at += fs.writeSync(fd, content, at);
    bytes += content.length;
  };
  try {
    try {
      for (const line of head) write(line);
      for (const line of lines) write(line);
      fs.fdatasyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    if (!publishFile(fs, temporary, path)) throw isThere(path);
    return bytes;
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw storageError(error, path);
  }
}

function isThere(path: string): ClawTaskError {
  return usageError(`argument --out: ${path} is there already`, "export");
}

function create(fs: FileSystem, temporary: string, path: string): number {
  try {
    return fs.openSync(temporary, "wx", FILE_MODE);
  } catch (error) {
    if (getErrno(error) === "ENOENT") throw usageError(`argument --out: there is no folder for ${path}`, "export");
    throw storageError(error, path);
  }
}
