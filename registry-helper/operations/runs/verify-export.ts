import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { ClawTaskError, isClawTaskError } from "../../model/errors.ts";
import { isJsonObject, parseJson, RECORD_BOUNDS, toJsonLine } from "../../model/json.ts";
import { normalizeRunPath } from "../../model/relative-path.ts";
import { suggest } from "../../model/remedy.ts";
import type { FileSystem } from "../../storage/file-system.ts";
import { readLines } from "../../storage/journal-file.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { EXPORT_SCHEMA, type ExportLine } from "./export-run.ts";

export interface ExportReport {
  ok: boolean;
  runId: string | null;
  events: number;
  files: number;
  /** Files whose content was too large to be in it. */
  omitted: number;
  /** What does not agree, with the number of its line. */
  problems: string[];
}

/**
 * Checks an export: that every line is as it was written, that every file is what its hash says, and that the lines
 * of the journal come to the journal.
 *
 * @throws ClawTaskError `invalid_path` when there is no such file
 */
export function verifyExport(fs: FileSystem, path: string): ExportReport {
  const check = new ExportCheck();
  const end = readLines(fs, realPath(fs, path), 0, ({ text, number }) => {
    check.line(text, number);
    return undefined;
  });
  if (end < fs.statSync(path).size) check.problem("the last line is not complete");
  return check.report();
}

function realPath(fs: FileSystem, path: string): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    throw new ClawTaskError("invalid_path", {
      message: `there is no such file: ${path}`,
      remedy: { commands: [suggest("export", "<run>", "--out", "<file>")] },
      cause: error,
    });
  }
}

class ExportCheck {
  private readonly hash = createHash("sha256");
  private readonly journal = createHash("sha256");
  private readonly problems: string[] = [];
  private readonly paths = new Set<string>();
  private journalBytes = 0;
  private runId: string | null = null;
  private events = 0;
  private omitted = 0;
  private hasEnded = false;
  private hasJournal = false;

  problem(text: string): void {
    this.problems.push(text);
  }

  line(text: string, number: number): void {
    const line = parsed(text);
    if (this.hasEnded) return this.problem(`line ${number}: stands behind the end`);
    if (line?.kind !== "end") this.hash.update(`${text}\n`);
    if (line === undefined) return this.problem(`line ${number}: is no line of an export`);
    if (number === 1 && line.kind !== "header") this.problem("line 1: is no header");
    switch (line.kind) {
      case "header":
        if (number !== 1) this.problem(`line ${number}: a second header`);
        if (line.schema > EXPORT_SCHEMA) this.problem(`line ${number}: was written by a newer ClawTask`);
        this.runId = line.runId;
        return;
      case "event":
        return this.journalLine(toJsonLine(line.event));
      case "line":
        return this.journalLine(line.text);
      case "journal":
        this.hasJournal = true;
        if (line.size !== this.journalBytes || line.sha256 !== this.journal.digest("hex"))
          this.problem(`line ${number}: the lines of the journal do not come to ${line.path}`);
        return;
      case "file":
        return this.file(line, number);
      case "end":
        this.hasEnded = true;
        if (line.sha256 !== this.hash.digest("hex")) this.problem(`line ${number}: a line before it was changed`);
        if (line.events !== this.events || line.files !== this.paths.size)
          this.problem(`line ${number}: ${line.events} events and ${line.files} files were written`);
        return;
      default:
        return this.problem(`line ${number}: is no line of an export`);
    }
  }

  private journalLine(text: string): void {
    this.events += 1;
    this.journalBytes += Buffer.byteLength(text) + 1;
    this.journal.update(`${text}\n`);
  }

  private file(line: Extract<ExportLine, { kind: "file" }>, number: number): void {
    const { path, size, sha256 } = line;
    if (this.paths.has(path)) this.problem(`line ${number}: ${path} is there twice`);
    this.paths.add(path);
    if (!isInside(path)) this.problem(`line ${number}: ${path} leaves the run`);
    if ("omitted" in line) {
      this.omitted += 1;
      return;
    }
    const content = "text" in line ? Buffer.from(line.text) : Buffer.from(line.base64, "base64");
    if (content.length !== size || createHash("sha256").update(content).digest("hex") !== sha256)
      this.problem(`line ${number}: ${path} is not what its hash says`);
  }

  report(): ExportReport {
    const { problems, runId, events, omitted } = this;
    if (!this.hasEnded) this.problem("its end is missing");
    else if (!this.hasJournal) this.problem("its journal is missing");
    return { ok: problems.length === 0, runId, events, files: this.paths.size, omitted, problems };
  }
}

function parsed(text: string): ExportLine | undefined {
  try {
    const value = parseJson(text, RECORD_BOUNDS);
    return isJsonObject(value) && typeof value["kind"] === "string" ? (value as unknown as ExportLine) : undefined;
  } catch {
    return undefined;
  }
}

function isInside(path: unknown): boolean {
  try {
    return normalizeRunPath(String(path)) === path;
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return false;
  }
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
