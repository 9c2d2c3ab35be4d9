import { evolveRun } from "../domain/run/state/evolve.ts";
import { ClawTaskError, getErrorMessage, isClawTaskError } from "../model/errors.ts";
import { isJsonObject, parseJson, RECORD_BOUNDS } from "../model/json.ts";
import type { RunDocument } from "../model/run-documents.ts";
import { type RunEvent, SCHEMA_VERSION } from "../model/run-events.ts";
import { runEventShape } from "../model/run-shapes.ts";
import type { FileSystem } from "./file-system.ts";
import { CHAIN_START, findLineDamage, isAccepted, isLineWithoutEnd, JournalChain } from "./journal-chain.ts";
import { requireSoundUntil } from "./journal-checkpoint.ts";
import { isVoidLine, type JournalLine, readLines } from "./journal-file.ts";
import { OperationBounds } from "./operation-span.ts";
import { repairRemedy } from "./storage-errors.ts";

/** A run rebuilt from its journal, as far as the journal is ours. */
export interface RunFold {
  document: RunDocument | undefined;
  /** Position of the last line that counts. */
  seq: number;
  /** Bytes up to and including the last whole operation. */
  size: number;
  /** Keyed operations, for `keys.idx`: where each begins. */
  keys: { key: string; offset: number }[];
  /** Lines by another writer (OpenTask's tools) behind our last one: the run must be adopted as found. */
  foreignLines: number;
  /** Lines that lost a race for their position and do not count. */
  voidLines: number;
  /** Hash of the last line that counts: what the next one goes on from. */
  last: string;
}

/** Where a fold begins that knows nothing yet. */
export const EMPTY_RUN = { document: undefined, seq: 0, size: 0, last: CHAIN_START };

/**
 * Folds a run's journal from a known position on.
 *
 * @param from what is already known: the start of the file, or what `state.json` stands for
 * @param until stop behind this position (for the state at a past moment)
 * @throws ClawTaskError `journal_corrupt` at a line that cannot be read, `registry_too_new`
 */
export function foldRun(
  fs: FileSystem,
  path: string,
  from: { document: RunDocument | undefined; seq: number; size: number; last: string },
  until = Number.POSITIVE_INFINITY,
): RunFold {
  requireSoundUntil(fs, path, from.size);
  const fold: RunFold = { ...from, keys: [], foreignLines: 0, voidLines: 0 };
  const bounds = new OperationBounds<Pick<RunFold, "document" | "seq" | "last"> & { keys: number }>();
  const chain = new JournalChain(from.last);
  let afterBlank = false;
  const visit = (line: JournalLine): undefined => {
    if (line.text.trim() === "") {
      if (!isVoidLine(line.text)) {
        afterBlank = true;
        chain.loosen();
      }
      bounds.forget();
      return;
    }
    const event = readRunEvent(path, line);
    if (event === undefined) {
      bounds.forget();
      chain.follow(line.text);
      fold.foreignLines += 1;
      fold.seq += 1;
      return;
    }
    if (bounds.isVoid(event, line.start, fold.seq)) {
      fold.voidLines += 1;
      return;
    }
    if (event.seq > until) {
      bounds.forget();
      return;
    }
    requireNext(path, line, event, fold.seq, afterBlank || isAccepted(line.text));
    afterBlank = false;
    const before = chain.last ?? CHAIN_START;
    bounds.enter(event, line.start, () => ({ ...fold, last: before, keys: fold.keys.length }));
    const problem = chain.follow(line.text);
    if (problem !== undefined) throw corrupt(path, line, problem);
    fold.seq = event.seq;
    // The line that began the run was lost to damage: nothing can be built until a line carries the whole run.
    if (fold.document === undefined && !CARRIES_RUN.has(event.event)) return;
    fold.document = orCorrupt(path, line, () => evolveRun(fold.document, event));
    fold.foreignLines = 0;
    if (event.key !== undefined) fold.keys.push({ key: event.key, offset: line.start });
  };
  fold.size = readLines(fs, path, from.size, visit, (tail) => {
    if (isLineWithoutEnd(tail)) throw lineWithoutEnd(path, tail.length);
  });
  fold.last = chain.last ?? CHAIN_START;
  const torn = bounds.torn(fold.seq);
  if (torn === undefined) return fold;
  const { document, seq, last, keys } = torn.before ?? { ...fold, keys: fold.keys.length };
  return { ...fold, document, seq, last, keys: fold.keys.slice(0, keys), size: torn.start };
}

/** Events that carry the whole run. */
const CARRIES_RUN: ReadonlySet<string> = new Set<RunEvent["event"]>(["run.created", "run.adopted"]);

/**
 * One of our events, or undefined for a line of another writer.
 *
 * @throws ClawTaskError `journal_corrupt` for a line of another shape | `registry_too_new`
 */
export function readRunEvent(path: string, line: Pick<JournalLine, "start" | "text">): RunEvent | undefined {
  const damage = findLineDamage(line.text);
  let value: unknown;
  try {
    value = parseJson(line.text, RECORD_BOUNDS);
  } catch (error) {
    throw corrupt(path, line, isClawTaskError(error) ? `cannot be read: ${error.message}` : "is not JSON", error);
  }
  if (damage !== undefined) throw corrupt(path, line, damage);
  if (!isJsonObject(value) || typeof value["event"] !== "string") throw corrupt(path, line, "is not an event");
  if (value["seq"] === undefined) return undefined;
  requireKnownSchema(path, value["schema"]);
  const problem = runEventShape(value);
  if (problem !== undefined) throw corrupt(path, line, `is not an event of a run: ${problem}`);
  const event = value as unknown as RunEvent;
  if (CARRIES_RUN.has(event.event) && event.snapshot === undefined)
    throw corrupt(path, line, `is a ${event.event} without its run`);
  return event;
}

/** A newer version says so in a number; what else stands there is damage. */
export function requireKnownSchema(path: string, schema: unknown): void {
  if (Number.isSafeInteger(schema) && (schema as number) > SCHEMA_VERSION) throw tooNew(path, schema as number);
}

function requireNext(path: string, line: JournalLine, event: RunEvent, seq: number, afterBlank: boolean): void {
  if (event.seq === seq + 1 || afterBlank) return;
  throw corrupt(path, line, `has position ${event.seq} where ${seq + 1} was expected`);
}

function corrupt(path: string, line: Pick<JournalLine, "start">, what: string, cause?: unknown): ClawTaskError {
  return new ClawTaskError("journal_corrupt", {
    message: `${path}: the line at byte ${line.start} ${what}`,
    remedy: repairRemedy(path),
    cause,
  });
}

/** A line that the fold fails on, in a way that nobody thought of, is damage of this journal and of no other. */
function orCorrupt<Result>(path: string, line: JournalLine, fold: () => Result): Result {
  try {
    return fold();
  } catch (error) {
    throw corrupt(path, line, `cannot be applied: ${getErrorMessage(error)}`, error);
  }
}

/** The last line is whole, and the newline behind it is something else: it was acknowledged. */
export function lineWithoutEnd(path: string, bytes: number): ClawTaskError {
  return new ClawTaskError("journal_corrupt", {
    message: `${path}: the newline behind the last line (${bytes} bytes) was changed after it was written`,
    remedy: repairRemedy(path),
  });
}

export function tooNew(path: string, schema: number): ClawTaskError {
  return new ClawTaskError("registry_too_new", {
    message: `${path} was written by a newer ClawTask (schema ${schema}, this one knows ${SCHEMA_VERSION})`,
    remedy: { hint: "update ClawTask: npm install -g clawtask@latest" },
  });
}
