import { isClawTaskError } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, readTextIfExists } from "../../storage/file-system.ts";
import { keyLine } from "../../storage/idempotency-index.ts";
import { sleepSync } from "../../storage/process.ts";
import { EMPTY_RUN, foldRun, type RunFold } from "../../storage/run-fold.ts";
import { readRunJournal } from "../../storage/run-journal.ts";
import { existingRunPaths } from "../../storage/run-paths.ts";
import { parseStateFile, refsFileText, stateFileText } from "../../storage/run-projections.ts";
import { auditJournal, auditNotes, describeProblem } from "./audit-journal.ts";

export interface VerifyReport {
  runId: string;
  ok: boolean;
  /** What differs between the files and the journal, in words. */
  differences: string[];
  /** Lines that lost a race for their place; harmless. */
  voidLines: number;
  /** What is not wrong, and should be known: lines that do not count, that carry no hash, that were accepted. */
  notes?: string[];
  /** True for a run that only other tools have written: there is nothing of ours to compare with. */
  foreign: boolean;
}

/** A writer appends first and projects then: what it leaves in between is looked at again after this long, in ms. */
const RECHECK_DELAY_MS = 50;
const MAX_ATTEMPTS = 6;

/**
 * Rebuilds every projection of a run from its journal and compares bytes. Changes nothing. A difference counts when a
 * second look finds the same: somebody may be writing at this moment.
 */
export function verifyRun(registry: Registry, runId: string): VerifyReport {
  return retryUntilStable(() => compareRun(registry, runId));
}

/** Repeats a comparison that finds differences until two looks find the same. */
export function retryUntilStable<Report extends { ok: boolean }>(compare: () => Report): Report {
  let report = compare();
  for (let attempts = 1; !report.ok && attempts < MAX_ATTEMPTS; attempts += 1) {
    sleepSync(RECHECK_DELAY_MS);
    const again = compare();
    const isSame = JSON.stringify(again) === JSON.stringify(report);
    report = again;
    if (isSame) return report;
  }
  return report;
}

function compareRun(registry: Registry, runId: string): VerifyReport {
  const { fs } = registry;
  const paths = existingRunPaths(fs, registry.root, runId);
  let fold: RunFold;
  try {
    fold = foldRun(fs, paths.events, EMPTY_RUN);
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    const { differences, notes } = auditDifferences(fs, paths.events);
    return { runId, ok: false, differences: [error.message, ...differences], voidLines: 0, ...notes, foreign: false };
  }
  const { differences, notes } = auditDifferences(fs, paths.events);
  const { document } = fold;
  if (document === undefined || fold.foreignLines > 0) {
    // There is nothing of ours to compare with, but it must be a run that can be taken over.
    readRunJournal(fs, paths);
    return { runId, ok: differences.length === 0, differences, voidLines: fold.voidLines, ...notes, foreign: true };
  }
  const size = fs.statSync(paths.events).size;
  const mark = { seq: fold.seq, bytes: size, keys: fold.keys.length };
  if (size > fold.size) differences.push(`events.jsonl ends in ${size - fold.size} bytes of an unfinished write`);
  const state = readTextIfExists(fs, paths.state);
  const found = parseStateFile(state)?.checkpoint;
  // Files of 0.1.0 name no hash; the next change adds it.
  const checkpoint = found !== undefined && found.last === undefined ? mark : { ...mark, last: fold.last };
  if (found !== undefined && found.bytes > size)
    differences.push(`events.jsonl has ${size} bytes, and state.json stands for ${found.bytes}: lines are missing`);
  else if (state !== stateFileText(document.state, checkpoint)) differences.push("state.json differs from the journal");
  if (readTextIfExists(fs, paths.refs) !== refsFileText(document.refs))
    differences.push("refs.json differs from the journal");
  const keys = fold.keys.map(({ key, offset }) => keyLine(key, offset)).join("");
  if ((readTextIfExists(fs, paths.keys) ?? "") !== keys) differences.push("keys.idx differs from the journal");
  return { runId, ok: differences.length === 0, differences, voidLines: fold.voidLines, ...notes, foreign: false };
}

/** What the lines of a journal say of themselves. */
export function auditDifferences(fs: FileSystem, path: string): { differences: string[]; notes: { notes?: string[] } } {
  const audit = auditJournal(fs, path, { hasGaps: false });
  const notes = auditNotes(audit).map((note) => `events.jsonl: ${note}`);
  return {
    differences: audit.problems.map((problem) => describeProblem("events.jsonl", problem)),
    notes: notes.length === 0 ? {} : { notes },
  };
}
