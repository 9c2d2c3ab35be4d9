import { join } from "node:path";
import { isAwaitingReceipt } from "../../domain/delivery/delivery-problem.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { type RunState, TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { getFileSize } from "../../storage/journal-file.ts";
import { withLock } from "../../storage/lock.ts";
import { existingRunPaths, orRemoved, runPathsIn } from "../../storage/run-paths.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { runIds } from "../../views/index/run-rows.ts";
import { requireDuration } from "../input-checks.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { emptyTrash, moveToTrash } from "./trash.ts";

/** What became of a run, or would. */
export interface PrunedRun {
  runId: string;
  title: string;
  status: string;
  updatedAt: string;
}

export interface PruneReport {
  /** Removed, or to be removed. */
  runs: PrunedRun[];
  /** Old enough, but something is still owed to somebody. */
  kept: { runId: string; why: string }[];
  /** Runs that could not be looked at or removed. */
  problems: { runId: string; code: string; message: string }[];
}

export interface PruneInput {
  /** Runs that ended longer ago are removed, in milliseconds. */
  retentionMs: number;
  /** Does it; without, only says which would be removed. */
  apply?: boolean | undefined;
}

export interface PruneDocument extends PruneReport {
  /** False when a run could not be read or removed. */
  ok: boolean;
  applied: boolean;
}

/**
 * Removes old runs for good, or says which.
 *
 * @throws ClawTaskError `usage`
 */
export function prune(
  { registry }: OperationContext,
  { retentionMs, apply: applied = false }: PruneInput,
): Outcome<PruneDocument> {
  requireDuration(retentionMs, { name: "retention", command: "prune" });
  const report = pruneRuns(registry, registry.now() - retentionMs * 1000, applied);
  return { document: { ok: report.problems.length === 0, applied, ...report } };
}

/**
 * Removes runs that are over and have not changed since a time. One whose outcome, question or message did not reach
 * its requester stays, however old it is. A run disappears in one step; what is left of it is deleted afterwards.
 */
export function pruneRuns(registry: Registry, before: Micros, apply: boolean): PruneReport {
  const report: PruneReport = { runs: [], kept: [], problems: [] };
  const cutoff = formatMicros(before);
  // What a killed command left on its way comes back, and is judged like everything else.
  if (apply) emptyTrash(registry);
  for (const runId of runIds(registry)) {
    try {
      const { state } = loadRun(registry, runId).run;
      if (!isOld(state, cutoff)) continue;
      const why = describeUndelivered(state);
      if (why !== undefined) report.kept.push({ runId, why });
      else if (!apply || removeRun(registry, runId, cutoff)) report.runs.push(about(state));
    } catch (thrown) {
      const error = storageError(orRemoved(thrown, { fs: registry.fs, root: registry.root, runId }), `run ${runId}`);
      if (!isClawTaskError(error)) throw error;
      // Another command removed it first.
      if (error.code === "run_not_found") continue;
      report.problems.push({ runId, code: error.code, message: error.message });
    }
  }
  if (apply) emptyTrash(registry);
  return report;
}

function isOld(state: RunState, cutoff: string): boolean {
  return TERMINAL_RUN_STATUSES.includes(state.status) && state.updatedAt < cutoff;
}

/** What somebody was to be told and was not, in words. */
function describeUndelivered(state: RunState): string | undefined {
  if (isAwaitingReceipt(state.delivery)) return `its outcome is ${state.delivery?.state ?? ""}`;
  const message = state.messages?.find(({ delivery }) => isAwaitingReceipt(delivery));
  return message === undefined ? undefined : `a message is ${message.delivery.state}`;
}

function about({ runId, title, status, updatedAt }: RunState): PrunedRun {
  return { runId, title, status, updatedAt };
}

/** Looks once more, with the run's lock held: somebody may have opened it again. */
function removeRun(registry: Registry, runId: string, cutoff: string): boolean {
  const { fs, root } = registry;
  const paths = existingRunPaths(fs, root, runId);
  return withLock({ fs, path: paths.lock }, () => {
    const size = getFileSize(fs, paths.events);
    const { state } = loadRun(registry, runId).run;
    if (!isOld(state, cutoff) || describeUndelivered(state) !== undefined) return false;
    const isUnchanged = (path: string): boolean => getFileSize(fs, runPathsIn(path).events) === size;
    return moveToTrash(registry, { home: join(root, "runs"), name: runId, isUnchanged });
  });
}
