import { isClawTaskError } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { keyLine } from "../../storage/idempotency-index.ts";
import { sleepSync } from "../../storage/process.ts";
import { EMPTY_RUN, foldRun, type RunFold } from "../../storage/run-fold.ts";
import { readRunJournal } from "../../storage/run-journal.ts";
import { existingRunPaths } from "../../storage/run-paths.ts";
import { refsFileText, stateFileText } from "../../storage/run-projections.ts";

export interface VerifyReport {
  runId: string;
  ok: boolean;
  /** What differs between the files and the journal, in words. */
  differences: string[];
  /** Lines that lost a race for their place; harmless. */
  voidLines: number;
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
    return { runId, ok: false, differences: [error.message], voidLines: 0, foreign: false };
  }
  const { document } = fold;
  if (document === undefined || fold.foreignLines > 0) {
    // There is nothing of ours to compare with, but it must be a run that can be taken over.
    readRunJournal(fs, paths);
    return { runId, ok: true, differences: [], voidLines: fold.voidLines, foreign: true };
  }
  const size = fs.statSync(paths.events).size;
  const checkpoint = { seq: fold.seq, bytes: size, keys: fold.keys.length };
  const differences: string[] = [];
  if (size > fold.size) differences.push(`events.jsonl ends in ${size - fold.size} bytes of an unfinished write`);
  if (readTextIfExists(fs, paths.state) !== stateFileText(document.state, checkpoint))
    differences.push("state.json differs from the journal");
  if (readTextIfExists(fs, paths.refs) !== refsFileText(document.refs))
    differences.push("refs.json differs from the journal");
  const keys = fold.keys.map(({ key, offset }) => keyLine(key, offset)).join("");
  if ((readTextIfExists(fs, paths.keys) ?? "") !== keys) differences.push("keys.idx differs from the journal");
  return { runId, ok: differences.length === 0, differences, voidLines: fold.voidLines, foreign: false };
}
