import { join } from "node:path";
import type { RunDocument } from "../../model/run-documents.ts";
import type { Registry } from "../../registry/registry.ts";
import { commitRun } from "../../registry/run-store.ts";
import { listNames, readTextIfExists, replaceFile } from "../../storage/file-system.ts";
import { writeKeys } from "../../storage/idempotency-index.ts";
import { voidTail } from "../../storage/journal-file.ts";
import { withLock } from "../../storage/lock.ts";
import { foldRun, EMPTY_RUN } from "../../storage/run-fold.ts";
import { orRemoved, existingRunPaths, type RunPaths } from "../../storage/run-paths.ts";
import {
  parseStateFile,
  foreignDocument,
  parseObject,
  refsFileText,
  stateFileText,
} from "../../storage/run-projections.ts";
import { damagedLines, blankLine, findIntactEnd } from "./repair-journal.ts";
import { verifyRun } from "./verify-run.ts";

export interface RepairAction {
  action: "cut_tail" | "blank_line" | "take_over_state" | "rebuild_projections";
  what: string;
}

/**
 * Says what would mend a run, and does it when asked to. A line that cannot be read is kept beside the
 * journal and blanked in place, so that every other byte stays where it is. When `state.json` was written
 * after that line, it knows what the line said and is taken over as the truth.
 */
export function repairRun(registry: Registry, runId: string, apply: boolean): RepairAction[] {
  try {
    return repairUnlocked(registry, runId, apply);
  } catch (error) {
    throw orRemoved(error, { fs: registry.fs, root: registry.root, runId });
  }
}

function repairUnlocked(registry: Registry, runId: string, apply: boolean): RepairAction[] {
  const { fs } = registry;
  const paths = existingRunPaths(fs, registry.root, runId);
  const actions: RepairAction[] = [];
  const rescued = withLock({ fs, path: paths.lock }, () => repairJournal(registry, paths, actions, apply));
  if (rescued !== undefined) {
    actions.push({
      action: "take_over_state",
      what: "take the run over as state.json says: it was written after the unreadable line",
    });
    if (apply)
      commitRun(registry, runId, {
        command: { type: "adopt", found: rescued, reason: "Taken over from state.json after a repair." },
      });
  } else if (actions.some(({ action }) => action === "blank_line") && !apply) {
    actions.push({
      action: "rebuild_projections",
      what: "rebuild state.json, refs.json and keys.idx from what is left",
    });
    return actions;
  }
  const { differences } = verifyRun(registry, runId);
  if (differences.length > 0 && !actions.some(({ action }) => action === "take_over_state" || action === "cut_tail")) {
    actions.push({ action: "rebuild_projections", what: `rebuild: ${differences.join("; ")}` });
  }
  if (apply && differences.length > 0) withLock({ fs, path: paths.lock }, () => rebuildProjections(registry, paths));
  return actions;
}

/** Mends the journal itself. Returns the run as `state.json` has it when that covers an unreadable line. */
function repairJournal(
  registry: Registry,
  paths: RunPaths,
  actions: RepairAction[],
  apply: boolean,
): RunDocument | undefined {
  const { fs } = registry;
  const damaged = damagedLines(registry, paths);
  for (const line of damaged) {
    actions.push({
      action: "blank_line",
      what: `blank the unreadable line at byte ${line.start} (${line.bytes} bytes, kept in events.damaged)`,
    });
    if (apply) blankLine(registry, paths, line);
  }
  const size = fs.statSync(paths.events).size;
  const end = findIntactEnd(fs, paths.events, () => foldRun(fs, paths.events, EMPTY_RUN).size);
  if (end < size) {
    actions.push({ action: "cut_tail", what: `void ${size - end} bytes of an unfinished write in events.jsonl` });
    if (apply) voidTail(fs, paths.events, { from: end, to: size });
  }
  const stateFile = parseStateFile(readTextIfExists(fs, paths.state));
  const coversDamage = damaged.length > 0 && stateFile?.checkpoint?.bytes === end;
  return coversDamage ? foreignDocument(stateFile.state, parseObject(readTextIfExists(fs, paths.refs))) : undefined;
}

function rebuildProjections(registry: Registry, paths: RunPaths): void {
  const { fs } = registry;
  const fold = foldRun(fs, paths.events, EMPTY_RUN);
  if (fold.document === undefined) return;
  writeKeys(fs, paths.keys, fold.keys);
  replaceFile(fs, paths.refs, refsFileText(fold.document.refs));
  const checkpoint = { seq: fold.seq, bytes: fold.size, keys: fold.keys.length };
  replaceFile(fs, paths.state, stateFileText(fold.document.state, checkpoint));
}

/** Folders of scaffolds that were killed before they were whole. */
export function stagingLeftovers(registry: Registry): string[] {
  // The first is where 0.1.0 made runs.
  return [".staging", "runs/.staging"].flatMap((folder) =>
    listNames(registry.fs, join(registry.root, folder)).map((name) => `${folder}/${name}`),
  );
}
