import { join } from "node:path";
import { toJsonFile } from "../../model/json.ts";
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
import { findIntactEnd, repairLines, type RepairAction, type RepairOptions } from "./repair-journal.ts";
import { verifyRun } from "./verify-run.ts";

/**
 * Says what would mend a run, and does it when asked to. A line that cannot be read, or was changed, is kept beside the
 * journal and blanked in place, so that every other byte stays where it is. When `state.json` was written after that
 * line, it knows what the line said and is taken over as the truth.
 */
export function repairRun(registry: Registry, runId: string, options: RepairOptions): RepairAction[] {
  try {
    return repairUnlocked(registry, runId, options);
  } catch (error) {
    throw orRemoved(error, { fs: registry.fs, root: registry.root, runId });
  }
}

function repairUnlocked(registry: Registry, runId: string, options: RepairOptions): RepairAction[] {
  const { fs } = registry;
  const { apply } = options;
  const paths = existingRunPaths(fs, registry.root, runId);
  const actions: RepairAction[] = [];
  const does = (...wanted: RepairAction["action"][]): boolean => actions.some(({ action }) => wanted.includes(action));
  const rescued = withLock({ fs, path: paths.lock }, () => repairJournal(registry, paths, { ...options, actions }));
  if (does("needs_decision")) return actions;
  if (rescued !== undefined) {
    actions.push({
      action: "take_over_state",
      what: "take the run over as state.json says: it was written after the lines that are lost",
    });
    if (apply) takeOver(registry, paths, { runId, rescued });
  } else if (does("blank_line", "accept_line", "end_line") && !apply) {
    actions.push({
      action: "rebuild_projections",
      what: "rebuild state.json, refs.json and keys.idx from what is left",
    });
    return actions;
  }
  const { differences } = verifyRun(registry, runId);
  if (differences.length > 0 && !does("take_over_state", "cut_tail")) {
    actions.push({ action: "rebuild_projections", what: `rebuild: ${differences.join("; ")}` });
  }
  if (apply && differences.length > 0) withLock({ fs, path: paths.lock }, () => rebuildProjections(registry, paths));
  return actions;
}

/** Mends the journal itself. Returns the run as `state.json` has it when that covers lines that are lost. */
function repairJournal(
  registry: Registry,
  paths: RunPaths,
  options: RepairOptions & { actions: RepairAction[] },
): RunDocument | undefined {
  const { fs } = registry;
  const { actions, apply, acceptChanges = false } = options;
  const { hasLostLines } = repairLines(registry, paths, options);
  const size = fs.statSync(paths.events).size;
  const end = findIntactEnd(fs, paths.events, () => foldRun(fs, paths.events, EMPTY_RUN).size);
  const isEnded = actions.some(({ action }) => action === "end_line");
  if (end < size && !isEnded) {
    actions.push({ action: "cut_tail", what: `void ${size - end} bytes of an unfinished write in events.jsonl` });
    if (apply) voidTail(fs, paths.events, { from: end, to: size });
  }
  const stateFile = parseStateFile(readTextIfExists(fs, paths.state));
  const known = stateFile?.checkpoint?.bytes ?? 0;
  const isShort = known > size && !acceptChanges;
  const coversDamage = isShort || (hasLostLines && known === end);
  return coversDamage ? foreignDocument(stateFile?.state, parseObject(readTextIfExists(fs, paths.refs))) : undefined;
}

/** The journal says less than the state until the state is written into it: a copy is kept meanwhile. */
function takeOver(
  registry: Registry,
  paths: RunPaths,
  { runId, rescued }: { runId: string; rescued: RunDocument },
): void {
  const { fs } = registry;
  withLock({ fs, path: paths.lock }, () => {
    replaceFile(fs, join(paths.folder, "state.damaged.json"), toJsonFile(rescued));
    rebuildProjections(registry, paths);
  });
  commitRun(registry, runId, {
    command: { type: "adopt", found: rescued, reason: "Taken over from state.json after a repair." },
  });
  fs.rmSync(join(paths.folder, "state.damaged.json"), { force: true });
}

function rebuildProjections(registry: Registry, paths: RunPaths): void {
  const { fs } = registry;
  const fold = foldRun(fs, paths.events, EMPTY_RUN);
  if (fold.document === undefined) return;
  writeKeys(fs, paths.keys, fold.keys);
  replaceFile(fs, paths.refs, refsFileText(fold.document.refs));
  const checkpoint = { seq: fold.seq, bytes: fold.size, keys: fold.keys.length, last: fold.last };
  replaceFile(fs, paths.state, stateFileText(fold.document.state, checkpoint));
}

/** Folders of scaffolds that were killed before they were whole. */
export function stagingLeftovers(registry: Registry): string[] {
  // The first is where 0.1.0 made runs.
  return [".staging", "runs/.staging"].flatMap((folder) =>
    listNames(registry.fs, join(registry.root, folder)).map((name) => `${folder}/${name}`),
  );
}
