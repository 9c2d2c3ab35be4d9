import { basename, dirname } from "node:path";
import { flowEventShape } from "../../model/flow-shapes.ts";
import { isJsonObject, parseJson, RECORD_BOUNDS } from "../../model/json.ts";
import { SCHEMA_VERSION } from "../../model/run-events.ts";
import { runEventShape } from "../../model/run-shapes.ts";
import { taskEventShape } from "../../model/task-shapes.ts";
import type { FileSystem } from "../../storage/file-system.ts";
import {
  CHAIN_START,
  findLineDamage,
  isAccepted,
  isLineWithoutEnd,
  isSealed,
  JournalChain,
} from "../../storage/journal-chain.ts";
import { isVoidLine, type JournalLine, readLines } from "../../storage/journal-file.ts";
import { OperationBounds } from "../../storage/operation-span.ts";

/** What is wrong with a line of a journal. */
export interface LineProblem {
  /** Its number in the file, from 1. */
  number: number;
  start: number;
  /** Without its newline. */
  bytes: number;
  text: string;
  /** No event at all, an event that was changed, one that is not in its place, or a whole line without its newline. */
  kind: "unreadable" | "changed" | "misplaced" | "endless";
  what: string;
}

/** What every line of a journal says of itself and of the one before it. */
export interface JournalAudit {
  problems: LineProblem[];
  /** Numbers of lines whose place another line had first. */
  voidLines: number[];
  /** Numbers of lines without a hash behind lines with one: an older version or another tool wrote them. */
  unhashedLines: number[];
  /** Numbers of lines that a person accepted as they stand. */
  acceptedLines: number[];
}

/**
 * Reads a whole journal for what was done to it outside of ClawTask: it goes on behind each problem, so that all of them
 * are named.
 *
 * @param options.hasGaps positions may be missing, as in a day that was maintained
 */
export function auditJournal(fs: FileSystem, path: string, { hasGaps }: { hasGaps: boolean }): JournalAudit {
  const audit: JournalAudit = { problems: [], voidLines: [], unhashedLines: [], acceptedLines: [] };
  const chain = new JournalChain(CHAIN_START);
  const bounds = new OperationBounds<undefined>();
  let seq = 0;
  let mayMiss = hasGaps;
  let hasHashes = false;
  const report = (line: JournalLine, kind: LineProblem["kind"], what: string): void => {
    const { number, start, end, text } = line;
    audit.problems.push({ number, start, bytes: end - start - 1, text, kind, what });
  };
  const skip = (isVoid: boolean): undefined => {
    if (!isVoid) chain.loosen();
    mayMiss ||= !isVoid;
    bounds.forget();
  };
  let lines = 0;
  const end = readLines(
    fs,
    path,
    0,
    (line) => {
      lines = line.number;
      const { text, number } = line;
      if (text.trim() === "") return skip(isVoidLine(text));
      const { event, problem } = parseEvent(path, text);
      const damage = findLineDamage(text);
      if (event === undefined) report(line, "unreadable", problem ?? "is no event: it cannot be read");
      else if (damage !== undefined) report(line, "changed", damage);
      if (event === undefined || damage !== undefined) return skip(false);
      const place = typeof event["seq"] === "number" ? event["seq"] : seq + 1;
      const span = typeof event["span"] === "number" ? { span: event["span"] } : {};
      if (typeof event["seq"] !== "number") bounds.forget();
      else if (bounds.isVoid({ seq: place, ...span }, line.start, seq)) {
        audit.voidLines.push(number);
        return undefined;
      }
      const misplaced = chain.follow(text);
      if (isAccepted(text)) audit.acceptedLines.push(number);
      else if (misplaced !== undefined) report(line, "misplaced", misplaced);
      else if (place !== seq + 1 && !mayMiss)
        report(line, "misplaced", `has position ${place} where ${seq + 1} was expected: lines before it are missing`);
      if (isSealed(text)) hasHashes = true;
      else if (hasHashes && !isAccepted(text)) audit.unhashedLines.push(number);
      seq = place;
      mayMiss = hasGaps;
      return undefined;
    },
    (tail) => {
      if (!isLineWithoutEnd(tail)) return;
      const text = tail.toString("utf8", 0, tail.length - 1);
      const line = { number: lines + 1, start: 0, end: tail.length + 1, text };
      report(line, "endless", "is whole, and the newline behind it was changed after it was written");
    },
  );
  for (const problem of audit.problems) if (problem.kind === "endless") problem.start = end;
  return audit;
}

/** What can be read as an event by those who fold the journal: what they stop at is unreadable here, too. */
function parseEvent(path: string, text: string): { event?: { [key: string]: unknown }; problem?: string } {
  try {
    const value = parseJson(text, RECORD_BOUNDS);
    if (!isJsonObject(value) || typeof value["event"] !== "string") return {};
    const problem = isNewer(value) ? undefined : shapeProblem(path, value);
    return problem === undefined ? { event: value } : { problem: `is no event: ${problem}` };
  } catch {
    return {};
  }
}

/** A newer version's line is for that version to judge. */
function isNewer({ schema }: { [key: string]: unknown }): boolean {
  return typeof schema === "number" && schema > SCHEMA_VERSION;
}

function shapeProblem(path: string, value: { [key: string]: unknown }): string | undefined {
  if (basename(path) !== "events.jsonl") return taskEventShape(value);
  if (basename(dirname(dirname(path))) === "flows") return flowEventShape(value);
  // OpenTask's lines have no position.
  return value["seq"] === undefined ? undefined : runEventShape(value);
}

/** What does not make a journal wrong, and whoever asks should know. */
export function auditNotes({ voidLines, unhashedLines, acceptedLines }: JournalAudit): string[] {
  return [
    ...(voidLines.length === 0
      ? []
      : [`${named(voidLines)} ${verb(voidLines, "does", "do")} not count: another writer had that position first`]),
    ...(unhashedLines.length === 0
      ? []
      : [
          `${named(unhashedLines)} ${verb(unhashedLines, "carries", "carry")} no hash: written by an older version, by another tool or by hand`,
        ]),
    ...(acceptedLines.length === 0
      ? []
      : [
          `${named(acceptedLines)} ${verb(acceptedLines, "was", "were")} changed, and accepted as it stands by a repair`,
        ]),
  ];
}

const MAX_NAMED = 10;

function named(lines: readonly number[]): string {
  const [first] = lines;
  if (lines.length === 1) return `line ${first}`;
  const more = lines.length > MAX_NAMED ? ", ..." : "";
  return `${lines.length} lines (${lines.slice(0, MAX_NAMED).join(", ")}${more})`;
}

function verb(lines: readonly number[], one: string, several: string): string {
  return lines.length === 1 ? one : several;
}

/** A problem in words, with its line. */
export function describeProblem(file: string, { number, what }: LineProblem): string {
  return `${file}: line ${number} ${what}`;
}
